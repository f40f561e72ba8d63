import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import ContendedError, EmptyDatasetError
from dropcast.contracts.keys import CURRENT_VERSION
from dropcast.contracts.messages import FileState, Part
from dropcast.contracts.ports import BlobStore, Commit
from dropcast.storage.memory import MemoryBlobStore
from dropcast.storage.versions import S3VersionStore


def open_versions(store: BlobStore) -> S3VersionStore:
    return S3VersionStore(lake=store, pause=lambda _seconds: None)


def make_part(name: str) -> Part:
    return Part(key=f"clean/parts/d/{name}.parquet", sha256=name, rows=1, schema_hash="s")


def drop(
    versions: S3VersionStore, raw_key: str, sequencer: str, part: str, *, attempt: int = 1
) -> str:
    commit = versions.commit_part(
        dataset="d",
        raw_key=raw_key,
        state=FileState(
            sequencer=sequencer, attempt=attempt, raw_version_id="v", part=make_part(part)
        ),
    )
    return commit.outcome


def test_the_first_drop_makes_a_version_and_an_empty_dataset_has_none(store: BlobStore) -> None:
    versions = open_versions(store)
    with pytest.raises(EmptyDatasetError, match="drop a file under raw/d/"):
        versions.read_current("d")
    assert drop(versions, "raw/d/a", "1", "x") == "changed"
    current = versions.read_version("d", versions.read_current("d"))
    assert current.parts == (make_part("x"),)


def test_the_same_bytes_again_or_under_another_name_are_the_same_version(store: BlobStore) -> None:
    versions = open_versions(store)
    drop(versions, "raw/d/a", "1", "x")
    before = versions.read_current("d")
    assert drop(versions, "raw/d/a", "2", "x") == "unchanged"
    assert drop(versions, "raw/d/copy", "3", "x") == "unchanged"
    assert versions.read_current("d") == before


def test_a_new_drop_of_a_key_replaces_its_part_and_an_older_event_never_does(
    store: BlobStore,
) -> None:
    versions = open_versions(store)
    assert drop(versions, "raw/d/a", "2", "new") == "changed"
    assert drop(versions, "raw/d/a", "1", "old") == "superseded"
    # Its event came twice, or its answer was lost: it is told what it did.
    assert drop(versions, "raw/d/a", "2", "new") == "changed"
    parts = versions.read_version("d", versions.read_current("d")).parts
    assert parts == (make_part("new"),)


def test_a_later_try_of_a_drop_stands_over_an_earlier_one_that_read_it_otherwise(
    store: BlobStore,
) -> None:
    versions = open_versions(store)
    assert drop(versions, "raw/d/a", "1", "by an older release", attempt=1) == "changed"
    assert drop(versions, "raw/d/a", "1", "by a newer release", attempt=2) == "changed"
    assert drop(versions, "raw/d/a", "1", "by an older release", attempt=1) == "superseded"
    assert drop(versions, "raw/d/a", "1", "by a newer release", attempt=4) == "changed"
    # The fourth try made what the second had made already, and stands over the third all the same.
    assert drop(versions, "raw/d/a", "1", "by a third release", attempt=3) == "superseded"
    parts = versions.read_version("d", versions.read_current("d")).parts
    assert parts == (make_part("by a newer release"),)


def test_a_try_that_is_reported_late_is_reported_the_version_that_it_made(store: BlobStore) -> None:
    versions = open_versions(store)

    def commit(name: str, sequencer: str, part: str) -> Commit:
        state = FileState(sequencer=sequencer, attempt=1, raw_version_id="v", part=make_part(part))
        return versions.commit_part(dataset="d", raw_key=name, state=state)

    first = commit("raw/d/a", "1", "x")
    again = commit("raw/d/copy", "2", "x")
    commit("raw/d/b", "3", "y")
    assert again.outcome == "unchanged"
    assert commit("raw/d/a", "1", "x") == first
    assert commit("raw/d/copy", "2", "x") == again


@given(
    drops=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.sampled_from("xyz")),
        min_size=1,
        max_size=6,
        unique_by=lambda d: (d[0], d[1]),
    ),
    data=st.data(),
)
def test_any_order_and_any_repetition_of_the_drops_ends_in_one_version(
    drops: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    orders = [drops, data.draw(st.permutations(drops + drops))]
    found = []
    for order in orders:
        versions = open_versions(MemoryBlobStore())
        for key, sequencer, part in order:
            drop(versions, key, str(sequencer), part)
        found.append(versions.read_current("d"))
    assert found[0] == found[1]


def test_two_writers_at_once_both_end_in_the_version() -> None:
    store = MemoryBlobStore()
    rival = open_versions(store)
    rivals = iter(["b", "c", "d"])

    class Interrupted(MemoryBlobStore):
        """Lets a rival commit between this writer's read and its swap."""

        def __init__(self) -> None:
            super().__init__()
            self.objects = store.objects

        def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
            name = next(rivals, None) if key == CURRENT_VERSION.format(dataset="d") else None
            if name is not None:
                drop(rival, f"raw/d/{name}", "1", name)
            return super().swap(key, body, content_type, etag)

    versions = open_versions(Interrupted())
    assert drop(versions, "raw/d/a", "1", "a") == "changed"
    parts = versions.read_version("d", versions.read_current("d")).parts
    assert parts == tuple(make_part(name) for name in "abcd")


def test_a_pointer_that_never_rests_is_given_up_with_a_transient_error() -> None:
    class Restless(MemoryBlobStore):
        def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
            del body, content_type, etag
            return key != CURRENT_VERSION.format(dataset="d")

    with pytest.raises(ContendedError, match="kept being written"):
        drop(open_versions(Restless()), "raw/d/a", "1", "a")


def test_a_manifest_is_there_before_the_pointer_names_it() -> None:
    order: list[str] = []
    drop(open_versions(MemoryBlobStore(on_write=order.append)), "raw/d/a", "1", "a")
    assert [key.split("/")[1] for key in order] == ["versions", "current"]


def test_versions_do_not_depend_on_which_process_names_them() -> None:
    names = set()
    for order in itertools.permutations("abc"):
        versions = open_versions(MemoryBlobStore())
        for part in order:
            drop(versions, f"raw/d/{part}", "1", part)
        names.add(versions.read_current("d"))
    assert len(names) == 1
