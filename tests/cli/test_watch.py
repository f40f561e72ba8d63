"""`watch` follows a drop or a run to its end, says each step once, and fails where they did."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import following
from cli.app import make_app
from dropcast.contracts.keys import SCORE_REPORT
from dropcast.recipes import RECIPES
from operations import watching
from operations.drop_runs import FollowingError
from operations.stacks import DeployedStack
from operations.targets import WatchError
from operations.watching import name_current_run
from tests.cli.deployments import DATASET, MODEL, VERSION, Deployment, open_deployment

KEY = f"raw/{DATASET}/may.csv"
NEXT = "b" * 64
RUN = re.compile(r"^ +\d+\.\d s (.+)$", re.MULTILINE)


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with open_deployment(monkeypatch) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(make_app(), ["watch", *arguments])


def name_run_of(deployment: Deployment, version: str = VERSION, dataset: str = DATASET) -> str:
    return f"{dataset}-{name_current_run(deployment.stack, RECIPES[dataset], version)}"


def do_at_each_pause(monkeypatch: pytest.MonkeyPatch, *acts: Callable[[], Any]) -> None:
    """Let the next thing happen whenever `watch` is about to wait."""
    left = iter(acts)

    def pause(_: DeployedStack) -> float:
        next(left)()
        return 0.0

    monkeypatch.setattr(watching, "choose_pause", pause)


def test_a_drop_is_followed_to_the_decision_and_the_models_figures(deployment: Deployment) -> None:
    deployment.record(KEY, deployment.drop(KEY))
    name = name_run_of(deployment)
    deployment.build_features(name.removeprefix(f"{DATASET}-"))
    deployment.start(name)
    result = run(KEY)
    assert result.exit_code == 0, result.output
    assert RUN.findall(result.stdout) == ["Split rows", "Is it good?", "Reject model"]
    for said in (
        "looks at: account 123456789012 as arn:aws:",
        "by credentials from the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        # A file's own words are no markup.
        f"[red]{KEY}[/]",
        "698 rows of 2 features",
        f"rejected: {MODEL}",
        "roc_auc 0.61 is not above 0.75",
        "0.5500 to 0.6700",
    ):
        assert said in result.stdout
        assert result.stdout.count(said) == 1


def test_each_state_of_a_drop_is_said_once_as_it_comes(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_id = deployment.drop(KEY)
    failed = {"state": "failed", "error": "StoreBusyError", "message": "S3 was\nbusy"}
    do_at_each_pause(
        monkeypatch,
        lambda: deployment.record(KEY, version_id, state="processing"),
        lambda: None,
        lambda: deployment.record(KEY, version_id, **failed),
        lambda: deployment.record(KEY, version_id, attempt=2),
    )
    deployment.start(name_run_of(deployment))
    result = run(KEY)
    assert result.exit_code == 0, result.output
    lines = [line.strip() for line in result.stdout.splitlines() if " attempt " in line]
    assert lines[0].startswith("attempt 1 began at ")
    assert lines[1:] == ["attempt 1 failed: StoreBusyError: S3 was busy"]


def test_a_run_that_fails_says_why_and_what_to_do(deployment: Deployment) -> None:
    deployment.record(KEY, deployment.drop(KEY))
    deployment.start(name_run_of(deployment), fails=True)
    result = run(KEY)
    assert result.exit_code == 1
    assert RUN.findall(result.stdout) == ["Split rows", "Is it good?", "Run failed"]
    assert isinstance(result.exception, FollowingError)
    assert "the run ended FAILED (TooFewRowsError: no rows)" in str(result.exception)
    assert "dropcast dead" in str(result.exception)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            {"state": "refused", "dataset_version": None, "commit": None},
            "its report above says why",
        ),
        (
            {"state": "failed", "attempt": 3, "error": "DocumentError"},
            "ingest failed 3 times with DocumentError",
        ),
        ({"commit": "superseded"}, f"watch {KEY}"),
    ],
)
def test_a_drop_that_was_not_taken_in_fails(
    deployment: Deployment, said: dict[str, Any], sentence: str
) -> None:
    deployment.record(KEY, deployment.drop(KEY), **said)
    result = run(KEY)
    assert result.exit_code == 1
    assert isinstance(result.exception, FollowingError)
    assert sentence in str(result.exception)
    # The report is shown where there is one, and is not repeated by the error.
    assert result.stdout.count("Version:  ") == (
        said["state"] != "failed" if "state" in said else 1
    )


def test_the_report_of_a_newer_drop_is_not_shown_as_this_ones(deployment: Deployment) -> None:
    first = deployment.drop(KEY)
    record = deployment.record(KEY, first)
    deployment.put("RawBucketName", record.report_key, "Version:  another\nState:  refused\n")
    deployment.start(name_run_of(deployment))
    result = run(KEY)
    assert result.exit_code == 0
    assert "refused" not in result.stdout
    place = f"s3://{deployment.stack.outputs['RawBucketName']}/{record.report_key}"
    assert f"a newer drop of the same key has its report at {place}" in result.stdout


@pytest.mark.parametrize(("fails", "status"), [({}, "SUCCEEDED"), ({"fails": True}, "FAILED")])
def test_the_same_data_again_start_no_run_and_the_earlier_one_is_named(
    deployment: Deployment, fails: dict[str, bool], status: str
) -> None:
    name = name_run_of(deployment)
    deployment.start(name, **fails)
    deployment.record(
        KEY, deployment.drop(KEY), commit="unchanged", started_at="2999-01-01T00:00:00+00:00"
    )
    result = run(KEY)
    assert result.exit_code == (status != "SUCCEEDED")
    assert f"no run is started: {name} trained on the same data before" in result.stdout
    assert f"and ended {status}; to see it: dropcast watch {name}" in result.stdout
    assert RUN.findall(result.stdout) == []


def test_the_same_data_without_any_run_are_said_to_start_none(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "UNCHANGED_SECONDS", 0.0)
    deployment.record(KEY, deployment.drop(KEY), commit="unchanged")
    deployment.move(DATASET)
    result = run(KEY)
    assert result.exit_code == 0, result.output
    assert "held the same data before; no run was started" in result.stdout


def test_a_run_under_another_recipe_than_the_one_here_is_found(deployment: Deployment) -> None:
    """The stack may be of another release than this folder."""
    deployment.record(KEY, deployment.drop(KEY))
    deployment.start(f"{DATASET}-{VERSION[:16]}-{'0' * 16}")
    result = run(KEY)
    assert result.exit_code == 0, result.output
    assert f"rejected: {MODEL}" in result.stdout


def test_a_drop_that_a_later_one_overtook_is_followed_in_the_laters_run(
    deployment: Deployment,
) -> None:
    deployment.record(KEY, deployment.drop(KEY))
    deployment.move(DATASET, NEXT)
    later = name_run_of(deployment, NEXT)
    deployment.start(later)
    result = run(KEY)
    assert result.exit_code == 0, result.output
    assert f"execution {later}" in result.stdout


def test_features_that_do_not_come_end_the_wait(deployment: Deployment) -> None:
    deployment.record(KEY, deployment.drop(KEY))
    result = run(KEY, "--timeout", "0")
    assert isinstance(result.exception, FollowingError)
    assert "name more with --timeout" in str(result.exception)
    late = run(f"score/{DATASET}/nowhere.csv", "--timeout", "0")
    assert isinstance(late.exception, WatchError)


def test_a_drop_that_ingest_never_saw_ends_the_wait(deployment: Deployment) -> None:
    deployment.drop(KEY)
    result = run(KEY, "--timeout", "0")
    assert isinstance(result.exception, watching.WaitingError)
    assert "for ingest to be done" in str(result.exception)


def test_a_dataset_that_waits_for_its_reference_table_says_which(deployment: Deployment) -> None:
    key = "raw/chicago_arrests/may.csv"
    deployment.record(key, deployment.drop(key))
    result = run("--dataset", "chicago_arrests")
    assert isinstance(result.exception, FollowingError)
    assert "drop one under raw/police_stations/" in str(result.exception)


def test_a_reference_table_trains_nothing_and_names_the_run_that_reads_it(
    deployment: Deployment,
) -> None:
    key = "raw/police_stations/stations.csv"
    deployment.record(key, deployment.drop(key))
    alone = run(key)
    assert alone.exit_code == 0, alone.output
    assert "police_stations is a reference table: it trains nothing itself" in alone.stdout
    assert "chicago_arrests, which reads it, has no file yet" in alone.stdout
    for dataset in ("police_stations", "chicago_arrests"):
        deployment.move(dataset)
    name = name_run_of(deployment, dataset="chicago_arrests")
    assert f"its run: dropcast watch {name}" in run(key).stdout


def test_a_file_to_be_answered_is_followed_to_its_report(deployment: Deployment) -> None:
    key = f"score/{DATASET}/june.csv"
    version_id = deployment.drop(key)
    report = SCORE_REPORT.format(dataset=DATASET, name="june.csv")
    deployment.put("RawBucketName", report, f"Version: {version_id}\nReceipt: scored/r.json\n")
    good = run("--dataset", DATASET)
    assert good.exit_code == 0, good.output
    assert "scored/r.json" in good.stdout
    deployment.put("RawBucketName", report, f"Version: {version_id}\nState: refused\n")
    bad = run(key)
    assert bad.exit_code == 1
    assert "State: refused" in bad.stdout
    assert isinstance(bad.exception, FollowingError)


def test_an_interrupt_ends_it_with_one_line(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.drop(KEY)

    def interrupt() -> None:
        raise KeyboardInterrupt

    do_at_each_pause(monkeypatch, interrupt)
    result = run(KEY)
    assert result.exit_code == 130
    assert result.stdout.splitlines()[-1] == "no longer watched; what was started goes on"
    assert result.stderr == ""
