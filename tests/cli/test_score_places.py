"""`score` drops its file where the options lead: in the stack's bucket, in the named account."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.app import make_app
from operations.accounts import WrongCloudError
from operations.clouds import StackNotFoundError
from operations.scoring_files import ScoreError
from operations.watching import WaitingError
from tests.cli.deployments import ACCOUNT, DATASET, Deployment, open_deployment
from tests.functions.cloud import SAMPLE

KEY = f"score/{DATASET}/{SAMPLE.name}"


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with open_deployment(monkeypatch) as opened:
        yield opened


def run(*arguments: str) -> Result:
    """Run the command without waiting for a report: nobody here answers the file."""
    command = ["score", str(SAMPLE), "--dataset", DATASET, "--timeout", "0"]
    return CliRunner().invoke(make_app(), [*command, *arguments])


def list_drops(deployment: Deployment) -> list[str]:
    listed: Any = deployment.stack.s3.list_objects_v2(
        Bucket=deployment.stack.outputs["RawBucketName"]
    )
    return [one["Key"] for one in listed.get("Contents", [])]


@pytest.mark.parametrize("named", [[], ["--account", ACCOUNT, "--stage", "aws"]])
def test_the_bucket_is_the_stacks_where_none_is_named(
    deployment: Deployment, named: list[str]
) -> None:
    assert isinstance(run(*named).exception, WaitingError)
    assert list_drops(deployment) == [KEY]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["--account", "210987654321"], WrongCloudError),
        (["--stage", "local"], WrongCloudError),
        (["--stack", "Elsewhere"], StackNotFoundError),
    ],
)
def test_nothing_is_dropped_elsewhere_than_where_it_was_named(
    deployment: Deployment, arguments: list[str], kind: type[Exception]
) -> None:
    bucket = deployment.stack.outputs["RawBucketName"]
    for more in ([], ["--bucket", bucket]):
        # A bucket that is named needs no stack.
        wanted = WaitingError if more and kind is StackNotFoundError else kind
        assert isinstance(run(*arguments, *more).exception, wanted)
        assert list_drops(deployment) == ([KEY] if wanted is WaitingError else [])


def test_the_shells_bucket_is_taken_unless_another_stack_is_named(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAW_BUCKET", "the-shells-own")
    result = run()
    assert isinstance(result.exception, ScoreError)
    assert "bucket the-shells-own" in str(result.exception)
    assert isinstance(run("--stack", "Elsewhere").exception, StackNotFoundError)
    assert list_drops(deployment) == []
