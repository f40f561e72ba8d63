"""Who was champion and who moved the pointer: written once, listed newest first."""

import dataclasses

import pytest

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import UnknownModelError
from dropcast.contracts.messages import ChampionRolledBack, Registration
from dropcast.contracts.ports import BlobStore
from dropcast.storage.ledger import S3Ledger
from dropcast.storage.reading import read_documents
from tests.storage.test_registry import make_champion, open_registry

ROLLBACK = ChampionRolledBack(
    dataset="d",
    outcome="requested",
    replaced="b",
    model="a",
    reason="worse",
    key_id="key",
    request_id="request",
    at="2024-05-01T10:00:00.000+00:00",
    code_hash="code",
)
DROP = DropRecord(
    dataset="d",
    raw_key="raw/d/a.csv",
    raw_version_id="1",
    sequencer="0A",
    size_bytes=1,
    state="processing",
    report_key="reports/d/a.csv.txt",
    code_hash="code",
    started_at="2024-05-01T10:00:00+00:00",
    attempt=1,
)


def make_registration(model: str, at: str) -> Registration:
    return Registration(
        champion=make_champion(model),
        registered_at=at,
        replaced=None,
        metric="roc_auc",
        metrics={"roc_auc": 0.75},
    )


def test_a_registration_is_kept_once_as_it_was_first(store: BlobStore) -> None:
    registry = open_registry(store)
    first = make_registration("a", "2024-05-01T10:00:00+00:00")
    assert registry.record(first)
    assert not registry.record(dataclasses.replace(first, replaced="b"))
    assert registry.find_registration("d", "a") == first


@pytest.mark.parametrize("model", ["b", "../a", "", "a/b", "{}"])
def test_a_model_that_was_never_registered_is_unknown(store: BlobStore, model: str) -> None:
    registry = open_registry(store)
    registry.record(make_registration("a", "2024-05-01T10:00:00+00:00"))
    with pytest.raises(UnknownModelError, match="GET /d/versions"):
        registry.find_registration("d", model)


def test_registrations_are_listed_newest_first_and_of_one_dataset_alone(store: BlobStore) -> None:
    registry = open_registry(store)
    made = [make_registration(f"m{i:02}", f"2024-05-{i:02}T10:00:00+00:00") for i in range(1, 13)]
    for registration in made[::2] + made[1::2]:
        registry.record(registration)
    other = make_registration("other", "2025-01-01T00:00:00+00:00")
    registry.record(
        dataclasses.replace(other, champion=dataclasses.replace(other.champion, dataset="d2"))
    )
    assert registry.list_registrations("d") == tuple(reversed(made))
    assert registry.list_registrations("d3") == ()


def test_each_step_of_a_rollback_is_a_record_of_its_own(store: BlobStore) -> None:
    registry = open_registry(store)
    done = dataclasses.replace(ROLLBACK, outcome="rolled back")
    later = dataclasses.replace(ROLLBACK, at="2024-05-01T10:00:00.001+00:00")
    for record in (ROLLBACK, done, later, ROLLBACK):
        registry.record_rollback(record)
    assert registry.list_rollbacks("d") == (later, done, ROLLBACK)
    store.write("audit/d/run-0123.json", b"{}", "application/json")
    assert len(registry.list_rollbacks("d")) == 3


def test_keys_are_listed_by_their_beginning_in_order(store: BlobStore) -> None:
    for key in ("a/2", "a/10", "a/1", "ab/1", "b"):
        store.write(key, b"", "x/y")
    assert store.list_keys("a/") == ["a/1", "a/10", "a/2"]
    assert store.list_keys("c") == []


def test_a_drop_is_found_by_its_version_whatever_shape_that_has(store: BlobStore) -> None:
    ledger = S3Ledger(lake=store, pause=lambda _seconds: None)
    odd = dataclasses.replace(DROP, raw_version_id="3/L4kqtJlcpXroDTDmJ+rmSpXd3", size_bytes=2)
    other = dataclasses.replace(DROP, raw_key="raw/d/b.csv", size_bytes=3)
    for drop in (DROP, odd, other):
        ledger.begin(drop)

    def find(version_id: str) -> DropRecord | None:
        return ledger.find(dataset="d", raw_key=DROP.raw_key, version_id=version_id)

    assert (find(DROP.raw_version_id), find(odd.raw_version_id)) == (DROP, odd)
    assert find("3/L4kqtJlcpXroDTDmJ rmSpXd3") is None


def test_many_documents_keep_the_order_of_their_keys(store: BlobStore) -> None:
    for i in range(30):
        store.write(f"n/{i}", str(i).encode(), "application/json")
    keys = [f"n/{i}" for i in reversed(range(30))]
    assert read_documents(store, int, keys) == list(reversed(range(30)))
    assert read_documents(store, int, []) == []
