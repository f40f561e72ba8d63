"""The demo shows a drop's report once, whole and as it is."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from cli.demo_run import show_drop
from dropcast.contracts.drops import DropRecord, DropState
from dropcast.contracts.serialization.codec import to_document
from operations.clouds import Cloud
from operations.demo_stack import report_steps
from operations.drop_runs import FollowingError
from operations.local_stack import DeployError
from operations.stacks import DeployedStack
from tests.moto_clients import open_session

DATASET = "bitcoin"
REPORT = "File:             s3://raw/x\n\nIt lacks the columns [bold] and [/]: close"


class OneDrop(DeployedStack):
    """A stack whose one drop has ended."""

    def __init__(self, state: DropState, message: str) -> None:
        super().__init__(
            name="Dropcast",
            arn="arn:aws:cloudformation:us-east-1:123456789012:stack/Dropcast/1",
            status="CREATE_COMPLETE",
            outputs={"RawBucketName": "raw"},
            resources=(),
            cloud=Cloud(session=open_session(), endpoint_url="http://localhost", environ={}),
        )
        object.__setattr__(self, "ended", (state, message))

    def drop_file(self, path: Path, key: str) -> str:
        del path, key
        return "v1"

    def read_json(self, bucket_output: str, key: str) -> object:
        assert (bucket_output, key.startswith(f"ledger/{DATASET}/")) == ("LakeBucketName", True)
        state, message = vars(self)["ended"]
        record = DropRecord(
            dataset=DATASET,
            raw_key=f"raw/{DATASET}/demo",
            raw_version_id="v1",
            sequencer="1",
            size_bytes=1,
            attempt=1,
            state=state,
            report_key=f"reports/{DATASET}/demo.txt",
            code_hash="c",
            started_at="2026-01-01T00:00:00+00:00",
            dataset_version=None if state == "refused" else "f" * 64,
            message=message,
        )
        return to_document(record)

    def read_object_text(self, bucket_output: str, key: str) -> str:
        assert (bucket_output, key) == ("RawBucketName", f"reports/{DATASET}/demo.txt")
        return REPORT


def show(stack: DeployedStack) -> str:
    shown = io.StringIO()
    console = Console(file=shown, width=60)
    try:
        show_drop(stack, DATASET, Path("x.csv"), console)
    finally:
        text = shown.getvalue()
        assert text.count("It lacks the columns [bold] and [/]: close") == 1
        assert f"Report s3://raw/reports/{DATASET}/demo.txt\n" in text
    return text


def test_a_refused_drop_is_described_in_its_report_alone() -> None:
    with pytest.raises(FollowingError) as caught:
        show(OneDrop("refused", "It lacks the columns [bold] and [/]: close"))
    assert str(caught.value) == "the file was refused; its report above says why"


def test_a_drop_that_was_taken_in_shows_its_report_and_goes_on() -> None:
    assert "refused" not in show(OneDrop("success", "taken in"))


def test_a_step_is_reported_once_it_has_ended_well() -> None:
    reported: list[str] = []
    show_step = report_steps(reported.append)
    with show_step("Build the layers") as show:
        show("core")
        assert reported == []
    (line,) = reported
    assert line.startswith("done Build the layers ")
    with pytest.raises(DeployError), show_step("Deploy"):
        raise DeployError("ended with 1")
    assert reported == [line]
