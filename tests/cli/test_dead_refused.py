"""Refused drops are no failure: `dead` only counts them, `dead --refused` lists them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from rich.console import Console
from typer.testing import CliRunner, Result

from cli.app import make_app
from cli.commands.dead import show_refused
from dropcast.batch import describe_scoring
from dropcast.contracts import environment
from dropcast.contracts.keys import name_ledger_record
from dropcast.contracts.scored_files import DropScored
from dropcast.runtime.dependencies import Dependencies
from operations.recovery.looking import find_dead, find_refused, look
from operations.recovery.refused import Refused, to_json
from operations.reports import read_message, split_uri
from tests.cli.stacks import DATASET, Desk
from tests.cli.test_destroy import VARIABLES
from tests.cli.test_where_commands_act import TEMPLATE
from tests.functions.cloud import make_event
from tests.functions.steps import ingest_drop

STRAYS = ("songs.csv", "Raw/x.csv", "data/deep/x.csv", "reports", "raw/songs.csv")
REFUSED = {
    "state": "refused",
    "message": "This file was not taken in:\nit lacks columns",
    "report_key": f"reports/{DATASET}/may.csv.txt",
    "finished_at": "2026-05-04T12:00:00+00:00",
}


def answer(desk: Desk, key: str, version_id: str, **told: Any) -> None:
    """Write the report of the score function."""
    dropped = DropScored(
        dataset=DATASET,
        raw_key=key,
        raw_version_id=version_id,
        model=None,
        rows_answered=0,
        rows_refused=0,
        receipt_key=None,
        report_key=f"scored-reports/{DATASET}/may.csv.txt",
        **told,
    )
    text = describe_scoring(dropped, None, name_uri=lambda one: f"s3://raw/{one}")
    desk.drop_at(dropped.report_key, text.encode())


def test_a_refused_drop_has_its_reason_its_time_and_its_reports_address(desk: Desk) -> None:
    key, version = desk.drop("may.csv")
    desk.record(key, version, **REFUSED)
    (found,) = find_refused(desk.stack)
    assert (found.dataset, found.key, found.version_id) == (DATASET, key, version)
    assert found.message == REFUSED["message"]
    assert found.at.isoformat() == REFUSED["finished_at"]
    assert found.report == f"s3://raw/reports/{DATASET}/may.csv.txt"
    assert find_dead(desk.stack, older_than_seconds=0) == []


@pytest.mark.parametrize("state", ["success", "completed_with_errors", "failed", "processing"])
def test_a_drop_in_another_state_is_not_refused(desk: Desk, state: str) -> None:
    key, version = desk.drop("may.csv")
    desk.record(key, version, state=state)
    desk.drop("june.csv")
    assert find_refused(desk.stack) == []


def test_only_the_newest_version_of_a_key_counts(desk: Desk) -> None:
    key, bad = desk.drop("may.csv")
    desk.record(key, bad, **REFUSED)
    _, good = desk.drop("may.csv", b"a\n2\n")
    desk.record(key, good, state="success")
    gone, version = desk.drop("june.csv")
    desk.record(gone, version, **REFUSED)
    desk.client("s3").delete_object(Bucket="raw", Key=gone)
    assert find_refused(desk.stack) == []
    _, worse = desk.drop("may.csv", b"?")
    desk.record(key, worse, **REFUSED)
    assert [one.version_id for one in find_refused(desk.stack)] == [worse]


def test_a_file_to_be_answered_is_refused_where_its_report_says_so_of_this_version(
    desk: Desk,
) -> None:
    key, first = desk.drop_to_score("may.csv")
    answer(desk, key, first, state="refused", message="no champion yet\n\nDrop a file first")
    (found,) = find_refused(desk.stack)
    assert (found.dataset, found.key, found.version_id) == (DATASET, key, first)
    assert found.message == "no champion yet\n\nDrop a file first"
    assert found.report == f"s3://raw/scored-reports/{DATASET}/may.csv.txt"
    _, second = desk.drop_to_score("may.csv", b"a\n2\n")
    assert find_refused(desk.stack) == []
    answer(desk, key, second, state="scored", message="every row is answered")
    assert find_refused(desk.stack) == []


@pytest.mark.parametrize("key", STRAYS)
def test_a_stray_that_was_refused_is_not_lost_and_is_listed_as_refused(
    desk: Desk, key: str
) -> None:
    version = desk.drop_at(key)
    (lost,) = find_dead(desk.stack, older_than_seconds=0)
    assert (lost.dataset, lost.key, "its event was lost" in lost.what) == ("unplaced", key, True)
    desk.record(key, version, dataset="unplaced", **REFUSED)
    assert find_dead(desk.stack, older_than_seconds=0) == []
    (found,) = find_refused(desk.stack)
    assert (found.dataset, found.key, found.version_id) == ("unplaced", key, version)


def test_what_functions_write_and_empty_folders_are_no_strays(desk: Desk) -> None:
    for key in (f"reports/{DATASET}/a.txt", "scored/x/y/receipt.json", "scored-reports/x/y.txt"):
        desk.drop_at(key)
    for folder in ("data/", "raw/", "x/y/"):
        desk.drop_at(folder, b"")
    found = look(desk.stack, older_than_seconds=0)
    assert (found.dead, found.refused) == ([], [])


def test_the_record_and_the_report_that_ingest_writes_are_what_is_read(desk: Desk) -> None:
    s3 = desk.client("s3")
    names = {environment.RAW_BUCKET: "raw", environment.LAKE_BUCKET: "lake"}
    dependencies = Dependencies(environ={**names, environment.CODE_HASH: "code"}, s3=s3)
    version = desk.drop_at("Raw/bitcoin.csv")
    refused = ingest_drop(make_event("raw", "Raw/bitcoin.csv", version_id=version), dependencies)
    assert refused is not None
    (found,) = find_refused(desk.stack)
    assert found.message == refused.message
    bucket, key = split_uri(found.report)
    assert (bucket, key) == ("raw", refused.report_key)
    report = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert read_message(report) == found.message


class CountingReads:
    """S3's client, counting the objects that are read by their keys."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.read: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_object(self, **asked: Any) -> Any:
        self.read.append(asked["Key"])
        return self._client.get_object(**asked)


def test_counting_the_refused_reads_no_record_and_no_report_twice(desk: Desk) -> None:
    for number in range(5):
        key, version = desk.drop(f"{number}.csv")
        desk.record(key, version, **REFUSED)
        key, version = desk.drop_to_score(f"{number}.csv")
    desk.record("songs.csv", desk.drop_at("songs.csv"), dataset="unplaced", **REFUSED)
    counting = CountingReads(desk.client("s3"))
    desk.stack.cloud.fakes["s3"] = counting  # type: ignore[attr-defined]
    found = look(desk.stack, older_than_seconds=0)
    assert len(found.refused) == 6
    assert len(counting.read) == len(set(counting.read)) == 11


@dataclass(frozen=True, kw_only=True)
class Account:
    """A stack that the command finds by itself."""

    raw: str
    lake: str
    s3: Any

    def refuse(self, key: str) -> str:
        """Drop a file that is refused; return its version id."""
        version = str(self.s3.put_object(Bucket=self.raw, Key=key, Body=b"?")["VersionId"])
        place = name_ledger_record(dataset=DATASET, raw_key=key, version_id=version)
        self.s3.put_object(Bucket=self.lake, Key=place, Body=json.dumps(REFUSED))
        return version


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("cloudformation")
        client.create_stack(StackName="Dropcast", TemplateBody=json.dumps(TEMPLATE))
        (stack,) = client.describe_stacks(StackName="Dropcast")["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        raw, s3 = outputs["RawBucketName"], boto3.client("s3")
        s3.put_bucket_versioning(Bucket=raw, VersioningConfiguration={"Status": "Enabled"})
        yield Account(raw=raw, lake=outputs["LakeBucketName"], s3=s3)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(make_app(), ["dead", *arguments])


def test_dead_ends_with_how_many_were_refused_and_with_status_0(account: Account) -> None:
    assert "refused" not in run("--older-than", "60").stdout
    account.refuse(f"raw/{DATASET}/may.csv")
    shown = run("--older-than", "60")
    assert shown.exit_code == 0, shown.output
    _, nothing, last = shown.stdout.splitlines()
    assert nothing == "nothing is dead"
    assert last.startswith("1 drop(s) were refused, which is no failure; ")
    assert last.endswith("dropcast dead --refused")
    assert json.loads(run("--older-than", "60", "--json").stdout) == []


def test_dead_with_refused_lists_them_and_ends_with_status_0(account: Account) -> None:
    assert run("--refused").stdout.splitlines()[1:] == ["nothing was refused"]
    key = f"raw/{DATASET}/may.csv"
    version = account.refuse(key)
    # A file without an end is dead, and no business of this list.
    account.s3.put_object(Bucket=account.raw, Key=f"raw/{DATASET}/june.csv", Body=b"1")
    shown = run("--refused")
    assert shown.exit_code == 0, shown.output
    report = f"s3://{account.raw}/reports/{DATASET}/may.csv.txt"
    assert shown.stdout.splitlines()[1:] == [
        key,
        f"  dataset  {DATASET}",
        "  when     2026-05-04 12:00:00 UTC",
        "  message  This file was not taken in: it lacks columns",
        f"  report   {report}",
        "1 refused",
    ]
    (listed,) = json.loads(run("--refused", "--json").stdout)
    assert listed == {
        "dataset": DATASET,
        "key": key,
        "version_id": version,
        "at": REFUSED["finished_at"],
        "message": REFUSED["message"],
        "report": report,
    }


def test_refused_takes_no_age() -> None:
    shown = run("--refused", "--older-than", "0")
    assert shown.exit_code == 2
    assert "--older-than is for drops without an end" in " ".join(shown.output.split())


def test_a_key_writes_no_line_of_its_own_and_controls_no_terminal() -> None:
    key = "x\x1b[2J\nmessage  fine\u202e.csv"
    one = Refused(
        dataset="unplaced",
        key=key,
        version_id="v1",
        at=datetime(2026, 5, 4, tzinfo=UTC),
        message="not taken in\x1b[2J",
        report=f"s3://raw/reports/unplaced/{key}.txt",
    )
    console = Console(record=True, width=200, soft_wrap=True)
    show_refused([one], console)
    spelt = "x\\x1b[2J\\nmessage  fine\\u202e.csv"
    assert console.export_text().splitlines() == [
        spelt,
        "  dataset  unplaced",
        "  when     2026-05-04 00:00:00 UTC",
        "  message  not taken in\\x1b[2J",
        f"  report   s3://raw/reports/unplaced/{spelt}.txt",
        "1 refused",
    ]
    assert json.loads(to_json([one]))[0]["key"] == key
