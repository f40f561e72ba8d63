"""Several tries of one drop: what each leaves, and who stands at the end."""

from collections.abc import Callable
from typing import Any

import pytest

from dropcast.contracts import environment
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DocumentError, StoreRefusedError
from dropcast.contracts.keys import CURRENT_VERSION
from dropcast.contracts.ports import Commit
from dropcast.runtime.dependencies import Dependencies
from dropcast.storage.s3 import S3BlobStore
from dropcast.storage.versions import S3VersionStore
from tests.functions.cloud import Cloud
from tests.functions.steps import ingest_drop

HEADER = (
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
    "speechiness,tempo,time_signature,valence,target\n"
)
ROW = "0.1,0.5,200000,0.4,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1\n"
GOOD = (HEADER + ROW).encode()


class Killed(BaseException):
    """An end that no function catches."""


def take(cloud: Cloud, event: Any) -> DropRecord:
    record = ingest_drop(event, cloud.dependencies)
    assert record is not None
    return record


def find(cloud: Cloud, event: Any) -> DropRecord:
    found = event["detail"]["object"]
    record = cloud.dependencies.ledger.find(
        dataset="spotify_preference", raw_key=found["key"], version_id=found["version-id"]
    )
    assert record is not None
    return record


def rewire(cloud: Cloud, **stores: object) -> Dependencies:
    """Return another instance of the function, some of whose ports are given."""
    dependencies = Dependencies(
        environ=cloud.environ, s3=cloud.s3, recipes=cloud.dependencies.recipes
    )
    vars(dependencies).update(stores)
    return dependencies


class StalledStore(S3BlobStore):
    """A bucket whose first conditional write waits for what ``meanwhile`` does."""

    meanwhile: Callable[[], object] | None = None

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        first, self.meanwhile = self.meanwhile, None
        if first is not None:
            first()
        return super().swap(key, body, content_type, etag)


def test_a_report_that_was_long_on_its_way_is_not_written_over_a_newer_ones(cloud: Cloud) -> None:
    older = cloud.drop(b"title,one\nx,1\n")
    store = StalledStore(client=cloud.s3, bucket="raw")
    newer: list[DropRecord] = []
    store.meanwhile = lambda: newer.append(take(cloud, cloud.drop(b"title,two\nx,1\n")))
    dependencies = Dependencies(
        environ=cloud.environ, s3=cloud.s3, buckets={environment.RAW_BUCKET: store}
    )
    late = ingest_drop(older, dependencies)
    assert late is not None
    assert (late.state, newer[0].state) == ("refused", "refused")
    report = cloud.read_text("raw", late.report_key)
    assert f"Version:          {newer[0].raw_version_id}" in report


@pytest.mark.parametrize("body", [GOOD, b"title,one\nx,1\n"])
def test_a_try_that_wakes_up_after_the_next_one_ended_leaves_its_report(
    cloud: Cloud, body: bytes
) -> None:
    event = cloud.drop(body)
    store = StalledStore(client=cloud.s3, bucket="raw")
    reports: list[str] = []

    def try_again() -> None:
        reports.append(cloud.read_text("raw", take(cloud, event).report_key))

    store.meanwhile = try_again
    late = ingest_drop(event, rewire(cloud, raw=store))
    assert late == find(cloud, event)
    assert late is not None
    assert late.attempt == 2
    assert cloud.read_text("raw", late.report_key) == reports[0]


class Refusing(S3BlobStore):
    """A bucket that takes no report."""

    def swap(self, key: str, *_: object) -> bool:
        raise StoreRefusedError(f"'{key}' may not be written")


def test_a_report_that_cannot_be_written_is_a_failed_try_and_the_data_are_in(cloud: Cloud) -> None:
    event = cloud.drop(GOOD)
    with pytest.raises(StoreRefusedError):
        ingest_drop(event, rewire(cloud, raw=Refusing(client=cloud.s3, bucket="raw")))
    failed = find(cloud, event)
    assert (failed.state, failed.error) == ("failed", "StoreRefusedError")
    finished = take(cloud, event)
    assert (finished.state, finished.commit, finished.attempt) == ("success", "changed", 2)


class KilledAfterCommit(S3VersionStore):
    """Commits, and is heard of no more."""

    def commit_part(self, **asked: Any) -> Commit:
        super().commit_part(**asked)
        raise Killed


def test_a_try_after_one_that_was_killed_behind_its_commit_names_what_that_one_did(
    cloud: Cloud,
) -> None:
    first = take(cloud, cloud.drop(GOOD))
    again = cloud.drop(GOOD)
    dying = KilledAfterCommit(lake=cloud.dependencies.lake, pause=lambda _seconds: None)
    with pytest.raises(Killed):
        ingest_drop(again, rewire(cloud, versions=dying))
    take(cloud, cloud.drop((HEADER + ROW * 2).encode(), "other.csv"))
    record = take(cloud, again)
    assert (record.commit, record.dataset_version) == ("unchanged", first.dataset_version)


def test_what_stops_a_try_is_in_the_ledger_and_the_next_try_takes_the_drop_in(
    cloud: Cloud,
) -> None:
    event = cloud.drop((HEADER + ROW).encode())
    key = CURRENT_VERSION.format(dataset="spotify_preference")
    cloud.s3.put_object(Bucket="lake", Key=key, Body=b"{")
    with pytest.raises(DocumentError, match=key):
        take(cloud, event)
    found = event["detail"]["object"]
    where = {
        "dataset": "spotify_preference",
        "raw_key": found["key"],
        "version_id": found["version-id"],
    }
    failed = cloud.dependencies.ledger.find(**where)
    assert failed is not None
    assert (failed.state, failed.error, failed.attempt) == ("failed", "DocumentError", 1)
    assert key in failed.message
    assert failed.finished_at is not None

    cloud.s3.delete_object(Bucket="lake", Key=key)
    finished = take(cloud, event)
    assert (finished.state, finished.attempt, finished.error) == ("success", 2, None)
    assert cloud.dependencies.ledger.find(**where) == finished


def test_a_try_that_is_cut_off_leaves_a_record_that_says_it_is_under_way(cloud: Cloud) -> None:
    event = cloud.drop((HEADER + ROW).encode())

    class Dying(S3VersionStore):
        def commit_part(self, **_: object) -> Commit:
            raise Killed

    dying = Dependencies(environ=cloud.environ, s3=cloud.s3, recipes=cloud.dependencies.recipes)
    vars(dying)["versions"] = Dying(lake=dying.lake, pause=lambda _seconds: None)
    with pytest.raises(Killed):
        ingest_drop(event, dying)
    found = event["detail"]["object"]
    record = cloud.dependencies.ledger.find(
        dataset="spotify_preference", raw_key=found["key"], version_id=found["version-id"]
    )
    assert record is not None
    assert (record.state, record.finished_at) == ("processing", None)
    assert take(cloud, event).attempt == 2
