"""Drops that go astray on the deployed stack: each has a report, and no report starts anything."""

import json
from typing import Any

import pytest

from dropcast.contracts.keys import REPORT, UNPLACED, name_report
from operations.reports import read_fact, split_uri
from operations.stacks import DeployedStack
from operations.watching import wait_for_drop
from tests.e2e.conftest import DATASET, SAMPLE
from tests.e2e.test_abuse import count_dead_letters
from tests.e2e.test_path import list_keys
from tests.e2e.test_redrive import list_dead, run_command
from tests.e2e.test_scoring_files import wait_for_report

pytestmark = pytest.mark.e2e

OUTSIDE = ("songs.csv", "Raw/spotify preference.csv", "data/2024/é b.csv", "scored")
DIRECTLY = ("raw/songs.csv", "raw/Bitcoin/may.csv")


def list_ledger(stack: DeployedStack) -> set[str]:
    return set(list_keys(stack, "LakeBucketName", f"ledger/{UNPLACED}/"))


def list_refused(stack: DeployedStack) -> dict[str, dict[str, Any]]:
    """Return what ``dead --refused`` lists, by key."""
    found = run_command(stack, "dead", "--refused", "--json")
    assert found.returncode == 0, found.stderr
    return {one["key"]: one for one in json.loads(found.stdout)}


@pytest.mark.smoke
def test_strays_of_each_kind_are_refused_with_a_report_and_listed(stack: DeployedStack) -> None:
    bucket, messages = stack.outputs["RawBucketName"], count_dead_letters(stack, "Ingest")
    before = list_ledger(stack)
    versions = {key: stack.drop_file(SAMPLE, key) for key in (*OUTSIDE, *DIRECTLY)}
    for key, version_id in versions.items():
        drop = wait_for_drop(stack, dataset=UNPLACED, raw_key=key, version_id=version_id)
        assert drop.state == "refused", key
        assert drop.report_key == name_report(REPORT, dataset=UNPLACED, name=key)
        report = stack.read_object_text("RawBucketName", drop.report_key)
        assert split_uri(str(read_fact(report, "File"))) == (bucket, key)
        assert "\n\nThis file was not taken in: " in report
        assert f"belongs at s3://{bucket}/raw/<dataset>/<file>" in report
        assert "The datasets are: bitcoin, " in report
    near = stack.read_object_text("RawBucketName", f"reports/{UNPLACED}/{OUTSIDE[1]}.txt")
    assert f"s3://{bucket}/raw/{DATASET}/spotify preference.csv" in near
    assert "only raw/ is read" in near
    listed = list_refused(stack)
    for key, version_id in versions.items():
        found = listed[key]
        assert (found["version_id"], found["dataset"]) == (version_id, UNPLACED)
        assert found["report"] == f"s3://{bucket}/reports/{UNPLACED}/{key}.txt"
        assert found["message"].startswith("This file was not taken in: ")
    # A second drop of a key, once its first report is there, starts ingest once, not for ever.
    again = stack.drop_file(SAMPLE, OUTSIDE[0])
    wait_for_drop(stack, dataset=UNPLACED, raw_key=OUTSIDE[0], version_id=again)
    assert len(list_ledger(stack) - before) == len(versions) + 1
    assert list_refused(stack)[OUTSIDE[0]]["version_id"] == again
    assert not set(versions) & {one["key"] for one in list_dead(stack)}
    assert count_dead_letters(stack, "Ingest") == messages


@pytest.mark.smoke
def test_a_file_directly_under_score_is_refused_with_the_place_too(stack: DeployedStack) -> None:
    version_id = stack.drop_file(SAMPLE, "score/songs.csv")
    report = wait_for_report(stack, UNPLACED, "score/songs.csv", version_id)
    bucket = stack.outputs["RawBucketName"]
    assert read_fact(report, "State") == "refused"
    assert "This file was not taken in: its key names no dataset after score/." in report
    assert f"It belongs at s3://{bucket}/score/<dataset>/<file>." in report
    found = list_refused(stack)["score/songs.csv"]
    assert found["version_id"] == version_id
    assert split_uri(found["report"]) == (bucket, f"scored-reports/{UNPLACED}/score/songs.csv.txt")
    assert found["message"] in report
