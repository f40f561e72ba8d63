"""`watch` finds the newest drop, a key, a URI, a run's name or ARN, or says what can be watched."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.app import make_app
from dropcast.contracts.errors import UnknownDatasetError
from dropcast.recipes import RECIPES
from operations.accounts import WrongCloudError
from operations.drop_runs import FollowingError
from operations.targets import WatchError
from operations.watching import name_current_run
from tests.cli.deployments import DATASET, VERSION, Deployment, open_deployment

KEY = f"raw/{DATASET}/may.csv"
RUN = re.compile(r"^ +\d+\.\d s (.+)$", re.MULTILINE)


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with open_deployment(monkeypatch) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(make_app(), ["watch", *arguments])


def name_run_of(deployment: Deployment) -> str:
    return f"{DATASET}-{name_current_run(deployment.stack, RECIPES[DATASET], VERSION)}"


def test_without_a_name_the_newest_drop_is_followed(deployment: Deployment) -> None:
    older, newer = f"raw/{DATASET}/z.csv", f"raw/{DATASET}/a.csv"

    def find_time(key: str) -> Any:
        bucket = deployment.stack.outputs["RawBucketName"]
        return deployment.stack.s3.head_object(Bucket=bucket, Key=key)["LastModified"]

    deployment.drop(older)
    # S3 tells whole seconds.
    while True:
        version_id = deployment.drop(newer)
        deployment.drop(f"raw/{DATASET}/folder/", b"")
        if find_time(newer) > find_time(older):
            break
    deployment.record(newer, version_id)
    deployment.start(name_run_of(deployment))
    for arguments in ([], ["--dataset", DATASET]):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert f"/{newer}, version {version_id}" in result.stdout


def test_a_run_is_followed_by_its_name_and_its_arn_and_a_drop_by_its_uri(
    deployment: Deployment,
) -> None:
    deployment.record(KEY, deployment.drop(KEY))
    arn = deployment.start("by-hand")
    for what in ("by-hand", arn):
        result = run(what)
        assert result.exit_code == 0, result.output
        assert RUN.findall(result.stdout) == ["Split rows", "Is it good?", "Reject model"]
    deployment.start(name_run_of(deployment))
    assert run(f"s3://{deployment.stack.outputs['RawBucketName']}/{KEY}").exit_code == 0


def test_a_file_beside_raw_and_score_is_followed_to_its_refusal(deployment: Deployment) -> None:
    for key in ("stray.csv", "elsewhere/stray.csv"):
        version_id = deployment.drop(key)
        deployment.record(key, version_id, state="refused", commit=None, dataset_version=None)
        # A file at the bucket's root is the newest drop as well.
        for arguments in ([key], []) if "/" not in key else ([key],):
            result = run(*arguments)
            assert result.exit_code == 1
            assert f"/{key}, version {version_id}" in result.stdout
            assert isinstance(result.exception, FollowingError)


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        ([f"raw/{DATASET}/nowhere.csv"], WatchError, "there is nothing at s3://"),
        (["nowhere"], WatchError, "no execution 'nowhere', or not yet"),
        (["reports/a/b.txt"], WatchError, "'reports/a/b.txt' is not a drop, a function wrote it"),
        (["s3://elsewhere/raw/a/b.csv"], WatchError, "'elsewhere' is not the bucket of drops"),
        (["arn:aws:states:us-east-1:1:execution:m:e"], WatchError, "is not an execution of arn:"),
        ([], WatchError, "nothing was dropped yet under s3://"),
        (["--dataset", DATASET], WatchError, f"raw/{DATASET}/ or s3://"),
        (["--dataset", "spotify_preferenc"], UnknownDatasetError, "did you mean"),
        ([KEY, "--dataset", DATASET], WatchError, "leave WHAT out"),
        (["--account", "210987654321"], WrongCloudError, "you named account 210987654321"),
    ],
)
@pytest.mark.usefixtures("deployment")
def test_what_cannot_be_watched_says_what_can(
    arguments: list[str], kind: type[Exception], sentence: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, kind)
    assert sentence in str(result.exception)
