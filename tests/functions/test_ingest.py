import csv
import gzip
import io
from typing import BinaryIO

import pytest

from dropcast.contracts import environment
from dropcast.contracts.blobs import Blob
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import InvalidEventError
from dropcast.runtime.dependencies import Dependencies
from dropcast.storage.s3 import S3BlobStore
from operations.reports import read_fact
from tests.functions.cloud import SAMPLE, Cloud
from tests.functions.steps import ingest_drop

HEADER = (
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
    "speechiness,tempo,time_signature,valence,target\n"
)
ROW = "0.1,0.5,200000,0.4,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1\n"


def take(cloud: Cloud, event: object) -> DropRecord:
    finished = ingest_drop(event, cloud.dependencies)  # type: ignore[arg-type]
    assert finished is not None
    return finished


def test_a_drop_becomes_a_version_a_report_and_a_ledger_record(cloud: Cloud) -> None:
    finished = take(cloud, cloud.drop((HEADER + ROW * 3).encode()))
    assert (finished.state, finished.rows_accepted, finished.rows_quarantined) == ("success", 3, 0)
    version = cloud.dependencies.versions.read_current("spotify_preference")
    assert finished.dataset_version == version
    (part,) = cloud.dependencies.versions.read_version("spotify_preference", version).parts
    assert part.rows == 3
    assert cloud.dependencies.frames.read(part.key)["tempo"].tolist() == [120.5] * 3
    report = cloud.read_text("raw", finished.report_key)
    assert finished.report_key == "reports/spotify_preference/songs.csv.txt"
    assert "Rows accepted:    3" in report
    assert (
        cloud.dependencies.ledger.find(
            dataset="spotify_preference",
            raw_key=finished.raw_key,
            version_id=finished.raw_version_id,
        )
        == finished
    )


def test_bad_rows_are_kept_with_line_and_reasons_and_the_counts_add_up(cloud: Cloud) -> None:
    bad = "0.1,1.5,200000,loud,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1\n"
    finished = take(cloud, cloud.drop((HEADER + ROW + bad + ROW).encode()))
    assert finished.state == "completed_with_errors"
    assert (finished.rows_accepted, finished.rows_quarantined) == (2, 1)
    assert finished.quarantine_key is not None
    (row,) = csv.DictReader(io.StringIO(cloud.read_text("lake", finished.quarantine_key)))
    assert row["line_number"] == "3"
    assert "danceability: 1.5 is above the maximum 1" in row["reasons"]
    assert "energy: 'loud' is not a number" in row["reasons"]


def test_the_same_bytes_again_change_nothing_and_say_so(cloud: Cloud) -> None:
    body = SAMPLE.read_bytes()
    first = take(cloud, cloud.drop(body))
    lake = [key for key in cloud.list_keys("lake") if not key.startswith("ledger/")]
    again = take(cloud, cloud.drop(body))
    assert (again.state, again.commit) == (first.state, "unchanged")
    assert again.dataset_version == first.dataset_version
    assert "held the same data before" in cloud.read_text("raw", again.report_key)
    assert [key for key in cloud.list_keys("lake") if not key.startswith("ledger/")] == lake


def test_a_repeated_event_gives_the_same_record(cloud: Cloud) -> None:
    event = cloud.drop((HEADER + ROW).encode())
    assert take(cloud, event) == take(cloud, event)


def test_an_event_that_names_no_version_is_a_fault_that_names_the_bucket(cloud: Cloud) -> None:
    event = cloud.drop((HEADER + ROW).encode())
    del event["detail"]["object"]["version-id"]
    with pytest.raises(InvalidEventError, match="versioning of the bucket 'raw'"):
        take(cloud, event)
    assert cloud.list_keys("lake") == []


def test_an_older_event_never_brings_old_data_back(cloud: Cloud) -> None:
    older = cloud.drop((HEADER + ROW).encode())
    newer = cloud.drop((HEADER + ROW * 2).encode())
    kept = take(cloud, newer)
    late = take(cloud, older)
    assert (late.state, late.commit) == ("success", "superseded")
    # The report beside the file is the one on the newer drop.
    assert f"Version:          {kept.raw_version_id}" in cloud.read_text("raw", late.report_key)
    assert cloud.dependencies.versions.read_current("spotify_preference") == kept.dataset_version


def test_a_refused_drop_that_comes_late_leaves_the_newer_ones_report(cloud: Cloud) -> None:
    older, newer = (cloud.drop(f"title,{n}\nx,1\n".encode()) for n in ("one", "two"))
    kept = take(cloud, newer)
    late = take(cloud, older)
    assert (kept.state, late.state) == ("refused", "refused")
    report = cloud.read_text("raw", late.report_key)
    assert f"Version:          {kept.raw_version_id}" in report


def test_the_report_on_a_file_that_was_deleted_meanwhile_is_written(cloud: Cloud) -> None:
    event = cloud.drop((HEADER + ROW).encode())
    cloud.s3.delete_object(Bucket="raw", Key=event["detail"]["object"]["key"])
    assert "Version:" in cloud.read_text("raw", take(cloud, event).report_key)


def test_a_file_that_cannot_be_understood_is_refused_whole_with_a_report(cloud: Cloud) -> None:
    kept = take(cloud, cloud.drop((HEADER + ROW).encode()))
    before = cloud.list_keys("lake")
    refused = take(cloud, cloud.drop(b"title,energie,tempo\nx,1,2\n", "other.csv"))
    assert refused.state == "refused"
    report = cloud.read_text("raw", refused.report_key)
    assert "danceability" in report
    assert "energie" in report
    assert cloud.dependencies.versions.read_current("spotify_preference") == kept.dataset_version
    assert [k for k in cloud.list_keys("lake") if not k.startswith("ledger/")] == [
        k for k in before if not k.startswith("ledger/")
    ]


def test_the_report_names_whole_addresses(cloud: Cloud) -> None:
    finished = take(cloud, cloud.drop((HEADER + ROW + ROW.replace("0.4", "loud")).encode()))
    report = cloud.read_text("raw", finished.report_key)
    assert read_fact(report, "File") == "s3://raw/raw/spotify_preference/songs.csv"
    assert read_fact(report, "Quarantine") == f"s3://lake/{finished.quarantine_key}"


@pytest.mark.parametrize(
    ("key", "report_key", "first"),
    [
        ("raw/a.csv", "reports/unplaced/raw/a.csv.txt", "its key names no dataset after raw/."),
        ("raw/Songs/ü.csv", "reports/unplaced/raw/Songs/ü.csv.txt", "its key names no dataset"),
        ("raw/unplaced/a", "reports/unplaced/raw/unplaced/a.txt", "its key names no dataset"),
        ("a.csv", "reports/unplaced/a.csv.txt", "nothing reads files at this place"),
        ("Raw/a.csv", "reports/unplaced/Raw/a.csv.txt", "nothing reads files at this place"),
        ("score.csv", "reports/unplaced/score.csv.txt", "nothing reads files at this place"),
    ],
)
def test_a_drop_that_names_no_dataset_is_refused_and_its_report_says_the_place(
    cloud: Cloud, key: str, report_key: str, first: str
) -> None:
    refused = take(cloud, cloud.put_raw(key, (HEADER + ROW).encode()))
    assert (refused.state, refused.dataset) == ("refused", "unplaced")
    assert refused.report_key == report_key
    report = cloud.read_text("raw", report_key)
    assert read_fact(report, "File") == f"s3://raw/{key}"
    assert read_fact(report, "State") == "refused"
    assert f"\n\nThis file was not taken in: {first}" in report
    assert "belongs at s3://raw/raw/<dataset>/<file>" in report
    assert "The datasets are: spotify_preference." in report
    assert [k for k in cloud.list_keys("lake") if not k.startswith("ledger/unplaced/")] == []
    found = cloud.dependencies.ledger.find(
        dataset="unplaced", raw_key=key, version_id=refused.raw_version_id
    )
    assert found == refused


def test_a_drop_of_an_unknown_dataset_gets_of_the_nearest_and_of_the_way_to_a_new_one(
    cloud: Cloud,
) -> None:
    refused = take(cloud, cloud.put_raw("raw/spotify_preferense/a.csv", b"x"))
    assert refused.report_key == "reports/spotify_preferense/a.csv.txt"
    report = cloud.read_text("raw", refused.report_key)
    assert "not taken in: no dataset 'spotify_preferense'; known: spotify_preference" in report
    assert "did you mean 'spotify_preference'?" in report
    assert "`make new FILE=<file> DATASET=spotify_preferense`" in report
    assert "`npx cdk deploy`" in report


class NothingButReports(S3BlobStore):
    """The raw bucket as ingest's role may use it: it reads drops and reports, and no strays."""

    def _check(self, key: str) -> None:
        assert key.startswith(("raw/", "reports/")), f"ingest may not read {key}"

    def read(self, key: str) -> Blob:
        self._check(key)
        return super().read(key)

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        self._check(key)
        return super().open(key, version_id)

    def find_version_id(self, key: str) -> str:
        self._check(key)
        return super().find_version_id(key)


def test_a_stray_is_refused_unread_and_the_same_whichever_version_comes_last(cloud: Cloud) -> None:
    store = NothingButReports(client=cloud.s3, bucket="raw")
    dependencies = Dependencies(
        environ=cloud.environ, s3=cloud.s3, buckets={environment.RAW_BUCKET: store}
    )
    older, newer = (cloud.put_raw("songs.csv", body) for body in (b"1", b"2"))
    reports = []
    for event in (newer, older):
        refused = ingest_drop(event, dependencies)
        assert refused is not None
        reports.append(cloud.read_text("raw", refused.report_key))
    assert reports[0] == reports[1]
    assert "refused" in reports[0]


def test_a_folder_marker_is_nothing_to_take_in(cloud: Cloud) -> None:
    assert ingest_drop(cloud.put_raw("raw/spotify_preference/", b""), cloud.dependencies) is None
    assert cloud.list_keys("lake") == []


def test_a_gzip_of_the_same_rows_is_read_whatever_it_is_called(cloud: Cloud) -> None:
    finished = take(cloud, cloud.drop(gzip.compress((HEADER + ROW).encode(), mtime=0), "no suffix"))
    assert (finished.state, finished.rows_accepted) == ("success", 1)


def test_a_very_long_name_still_gets_its_report(cloud: Cloud) -> None:
    key = "raw/spotify_preference/" + "n" * (1024 - len("raw/spotify_preference/"))
    finished = take(cloud, cloud.put_raw(key, (HEADER + ROW).encode()))
    assert len(finished.report_key) < 200
    assert key in cloud.read_text("raw", finished.report_key)
