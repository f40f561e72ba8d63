import csv
import gzip
import io

import pytest

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import InvalidEventError
from functions.ingest.handler import ingest_drop
from tests.functions.cloud import SAMPLE, Cloud

HEADER = (
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
    "speechiness,tempo,time_signature,valence,target\n"
)
ROW = "0.1,0.5,200000,0.4,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1\n"


def take(cloud: Cloud, event: object) -> DropRecord:
    finished = ingest_drop(event, cloud.wiring)  # type: ignore[arg-type]
    assert finished is not None
    return finished


def test_a_drop_becomes_a_version_a_report_and_a_ledger_record(cloud: Cloud) -> None:
    finished = take(cloud, cloud.drop((HEADER + ROW * 3).encode()))
    assert (finished.state, finished.rows_accepted, finished.rows_quarantined) == ("success", 3, 0)
    version = cloud.wiring.versions.read_current("spotify_preference")
    assert finished.dataset_version == version
    (part,) = cloud.wiring.versions.read_version("spotify_preference", version).parts
    assert part.rows == 3
    assert cloud.wiring.frames.read(part.key)["tempo"].tolist() == [120.5] * 3
    report = cloud.read_text("raw", finished.report_key)
    assert finished.report_key == "reports/spotify_preference/songs.csv.txt"
    assert "Rows accepted:    3" in report
    assert (
        cloud.wiring.ledger.find(
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


def test_an_event_that_tells_no_version_is_a_fault_that_names_the_bucket(cloud: Cloud) -> None:
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
    assert cloud.wiring.versions.read_current("spotify_preference") == kept.dataset_version


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
    assert cloud.wiring.versions.read_current("spotify_preference") == kept.dataset_version
    assert [k for k in cloud.list_keys("lake") if not k.startswith("ledger/")] == [
        k for k in before if not k.startswith("ledger/")
    ]


@pytest.mark.parametrize(
    ("key", "report_key", "sentence"),
    [
        ("raw/spotify/a.csv", "reports/spotify/a.csv.txt", "no dataset 'spotify'"),
        ("raw/a.csv", "reports/unplaced/a.csv.txt", "no dataset 'unplaced'; known: spotify"),
        ("raw/Songs/a b+ü.csv", "reports/unplaced/Songs/a b+ü.csv.txt", "no dataset 'unplaced'"),
    ],
)
def test_a_drop_without_a_dataset_is_refused_with_a_report_too(
    cloud: Cloud, key: str, report_key: str, sentence: str
) -> None:
    refused = take(cloud, cloud.put_raw(key, b"x"))
    assert (refused.state, refused.report_key) == ("refused", report_key)
    assert sentence in cloud.read_text("raw", report_key)


def test_a_folder_marker_is_nothing_to_take_in(cloud: Cloud) -> None:
    assert ingest_drop(cloud.put_raw("raw/spotify_preference/", b""), cloud.wiring) is None
    assert cloud.list_keys("lake") == []


def test_a_gzip_of_the_same_rows_is_read_whatever_it_is_called(cloud: Cloud) -> None:
    finished = take(cloud, cloud.drop(gzip.compress((HEADER + ROW).encode(), mtime=0), "no suffix"))
    assert (finished.state, finished.rows_accepted) == ("success", 1)


def test_a_very_long_name_still_gets_its_report(cloud: Cloud) -> None:
    key = "raw/spotify_preference/" + "n" * (1024 - len("raw/spotify_preference/"))
    finished = take(cloud, cloud.put_raw(key, (HEADER + ROW).encode()))
    assert len(finished.report_key) < 200
    assert key in cloud.read_text("raw", finished.report_key)
