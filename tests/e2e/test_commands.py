"""`env` and `watch` beside the deployed stack: in a real shell, on drops and on a run by hand."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dropcast.contracts.keys import RAW, SCORE_DROP
from operations.stacks import DeployedStack
from tests.e2e.conftest import DATASET, SAMPLE, SAMPLE_KEY, Trained
from tests.e2e.terminal import PROGRAM
from toolchain.project import ROOT

pytestmark = pytest.mark.e2e

SHELLS = ("sh", "dash", "bash", "zsh")
# With no tool on the PATH but the machine's; aws comes with the project.
COMMANDS = f"""
( eval "$('{PROGRAM}' env)"
  aws s3 ls "s3://$RAW_BUCKET/score/{DATASET}/"
  curl -s --fail "$API_URL/datasets" -H "x-api-key: $API_KEY"
  aws sts get-caller-identity --query Account --output text )
echo "after: ${{RAW_BUCKET-nothing}} ${{API_KEY-nothing}}"
"""


def run_shell(shell: str, stack: DeployedStack, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a shell that has the cloud's variables and the machine's own PATH."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    return subprocess.run(
        [shell, "-ec", script],
        cwd=ROOT,
        env={**os.environ, **stack.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def run_program(stack: DeployedStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a shell that has the cloud's variables."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, **stack.environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.smoke
@pytest.mark.parametrize("shell", SHELLS)
def test_a_subshell_has_the_stack_and_leaves_no_variable_behind(
    stack: DeployedStack, shell: str
) -> None:
    stack.drop_file(SAMPLE, SCORE_DROP.format(dataset=DATASET, name="env.csv"))
    shown = run_shell(shell, stack, COMMANDS)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "env.csv" in shown.stdout
    assert '"datasets"' in shown.stdout
    assert shown.stdout.endswith("000000000000\nafter: nothing nothing\n")
    assert shown.stderr == ""


def test_a_stack_that_is_not_there_fails_the_eval(stack: DeployedStack) -> None:
    shown = run_program(stack, "env", "--stack", "Elsewhere")
    assert (shown.returncode, shown.stdout) == (1, "false\n")
    assert "no stack 'Elsewhere'" in shown.stderr


@pytest.mark.smoke
def test_a_drop_is_followed_to_its_model_and_then_starts_no_other_run(
    stack: DeployedStack, trained: Trained
) -> None:
    shown = run_program(stack, "watch", SAMPLE_KEY)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for words in ("Rows accepted:", "Split rows", "Beats the gate?", "Model card", "roc_auc"):
        assert words in shown.stdout
    assert f"{trained.run.output['decision']}: {trained.run.output['model']}" in shown.stdout
    # Each state as often as it was entered, and no more.
    assert len(re.findall(r"\d s Register model$", shown.stdout, re.MULTILINE)) == 1

    stack.drop_file(SAMPLE, SAMPLE_KEY)
    shown = run_program(stack, "watch", "--dataset", DATASET)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert SAMPLE_KEY in shown.stdout
    assert "no run is started" in shown.stdout
    assert "Split rows" not in shown.stdout


def test_a_refused_drop_shows_its_report_once_and_fails(
    stack: DeployedStack, tmp_path: Path
) -> None:
    file = tmp_path / "page.csv"
    file.write_text("<html>no table</html>\n")
    key = RAW.format(dataset=DATASET, name="page.csv")
    stack.drop_file(file, key)
    shown = run_program(stack, "watch", f"s3://{stack.outputs['RawBucketName']}/{key}")
    assert shown.returncode == 1, shown.stdout
    assert shown.stdout.count("Looked for:") == 1
    assert "Looked for:" not in shown.stderr
    assert "refused; its report above says why" in shown.stderr


@pytest.mark.usefixtures("trained")
def test_a_reference_table_trains_nothing(stack: DeployedStack) -> None:
    sample = ROOT / "tests/samples/police_stations/generated_sample.csv"
    stack.drop_file(sample, RAW.format(dataset="police_stations", name="watched.csv"))
    shown = run_program(stack, "watch", "--dataset", "police_stations")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "it trains nothing itself" in shown.stdout


@pytest.mark.usefixtures("trained")
def test_a_file_to_be_scored_is_followed_to_its_report(stack: DeployedStack) -> None:
    key = SCORE_DROP.format(dataset=DATASET, name="watched.csv")
    stack.drop_file(SAMPLE, key)
    shown = run_program(stack, "watch", key)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "Rows scored:" in shown.stdout


@pytest.mark.usefixtures("trained")
def test_a_file_is_scored_with_no_bucket_named(stack: DeployedStack, tmp_path: Path) -> None:
    file = tmp_path / "songs.csv"
    file.write_bytes(SAMPLE.read_bytes())
    shown = run_program(stack, "score", str(file), "--dataset", DATASET)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert (tmp_path / "songs.csv.predictions.csv").read_text().startswith('"line_number"')


@pytest.mark.smoke
@pytest.mark.usefixtures("trained")
def test_runs_that_were_started_by_hand_are_followed_by_name_and_by_arn(
    stack: DeployedStack,
) -> None:
    machine = stack.outputs["StateMachineArn"]

    def start(dataset: str) -> str:
        given = json.dumps({"dataset": dataset})
        command = f"aws stepfunctions start-execution --state-machine-arn {machine} --input"
        script = f"PATH={ROOT}/.venv/bin:$PATH; {command} '{given}'"
        started = run_shell("sh", stack, script)
        assert started.returncode == 0, started.stderr
        return str(json.loads(started.stdout)["executionArn"])

    arn = start(DATASET)
    shown = run_program(stack, "watch", arn.rsplit(":", 1)[-1])
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "already champion: " in shown.stdout
    assert "Model card" in shown.stdout
    shown = run_program(stack, "watch", start("songs"))
    assert shown.returncode == 1, shown.stdout
    assert "the run ended FAILED (UnknownDatasetError: " in shown.stderr
    assert "no dataset 'songs'; known: " in shown.stderr


def test_what_cannot_be_watched_says_what_can(stack: DeployedStack) -> None:
    for what, sentence in {
        f"raw/{DATASET}/nowhere.csv": "there is nothing at s3://",
        "nowhere": "there is no execution 'nowhere'",
        f"reports/{DATASET}/a.txt": "is not a drop, a function wrote it",
        "s3://elsewhere/raw/a/b": "is not the bucket of drops",
    }.items():
        shown = run_program(stack, "watch", what)
        assert (shown.returncode, "Traceback" in shown.stderr) == (1, False)
        assert sentence in shown.stderr
