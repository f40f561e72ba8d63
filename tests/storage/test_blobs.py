from pathlib import Path

import pytest

from dropcast.contracts.errors import ObjectNotFoundError
from dropcast.contracts.ports import BlobStore


def test_what_is_written_is_read_back_whole_and_as_a_stream(store: BlobStore) -> None:
    body = bytes(range(256)) * 9000
    store.write("a/b", body, "x/y")
    assert store.read("a/b").body == body
    with store.open("a/b") as stream:
        assert stream.read(3) == body[:3]
        assert stream.read() == body[3:]


def test_an_objects_address_names_its_bucket_and_its_key_as_it_is(store: BlobStore) -> None:
    uri = store.name_uri("raw/a b/ü+%.csv")
    assert uri.startswith("s3://")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    assert (bucket in ("lake", "memory"), key) == (True, "raw/a b/ü+%.csv")


def test_a_local_file_is_stored_whole(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"rows")
    store.write_file("f", path, "x/y")
    assert store.read("f").body == b"rows"


def test_a_missing_object_is_named_by_its_key(store: BlobStore) -> None:
    assert not store.has("nothing")
    with pytest.raises(ObjectNotFoundError, match="no object 'nothing'"):
        store.read("nothing")
    with pytest.raises(ObjectNotFoundError, match="no object 'nothing'"):
        store.open("nothing")


def test_an_object_without_versions_has_the_version_null(store: BlobStore) -> None:
    store.write("k", b"1", "x/y")
    assert store.find_version_id("k") == "null"
    with pytest.raises(ObjectNotFoundError):
        store.find_version_id("nothing")


def test_create_stores_once(store: BlobStore) -> None:
    assert store.create("k", b"first", "x/y")
    assert not store.create("k", b"second", "x/y")
    assert store.read("k").body == b"first"


def test_swap_stores_only_over_the_state_it_has_seen(store: BlobStore) -> None:
    assert store.swap("k", b"1", "x/y", None)
    seen = store.read("k").etag
    assert store.swap("k", b"2", "x/y", seen)
    assert not store.swap("k", b"3", "x/y", seen)
    assert not store.swap("k", b"3", "x/y", None)
    assert store.read("k").body == b"2"


def test_swap_of_an_object_that_is_gone_is_refused(store: BlobStore) -> None:
    assert not store.swap("gone", b"1", "x/y", '"etag"')
    assert not store.has("gone")
