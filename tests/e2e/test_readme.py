"""The README's commands, run as they stand there."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.client import Stack
from cli.project import ROOT
from cli.shell_environment import save_environment
from cli.watching import wait_for_drop
from dropcast.contracts.keys import RAW, SCORE_DROP
from tests.e2e.conftest import DATASET
from tests.e2e.test_scoring_files import wait_for_report

pytestmark = pytest.mark.e2e

README = (ROOT / "README.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line and not line.startswith(". ")
]


def find_commands(word: str) -> list[str]:
    return [command for command in COMMANDS if command.startswith(word)]


@pytest.fixture(scope="module")
def shell_environment(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shell that finds the project's AWS CLI first, whatever others there are,
    and may read demo.env."""
    environment_file = save_environment(stack, tmp_path_factory.mktemp("shell"))
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    # The variables' file puts the project's own aws behind the machine's.
    path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "ENVIRONMENT_FILE": str(environment_file)}


def run(command: str, environment: dict[str, str]) -> str:
    """Run one README line in a shell; return what it printed."""
    finished = subprocess.run(
        ["sh", "-ec", f'. "$ENVIRONMENT_FILE"\n{command}'],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def test_every_make_command_in_the_readme_is_a_target() -> None:
    commands = find_commands("make")
    assert {command.split()[1] for command in commands} == {
        "demo",
        "down",
        "dead",
        "redrive",
        "build",
        "synth",
        "check",
        "test",
        "e2e",
    }
    for command in commands:
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.usefixtures("trained")
def test_the_aws_cli_drops_a_file_and_reads_its_report(
    stack: Stack, shell_environment: dict[str, str]
) -> None:
    upload, report, start, score = find_commands("aws")
    run(upload, shell_environment)
    key = RAW.format(dataset=DATASET, name="generated_sample.csv")
    head = stack.s3.head_object(Bucket=stack.outputs["RawBucketName"], Key=key)
    drop = wait_for_drop(stack, dataset=DATASET, raw_key=key, version_id=head["VersionId"])
    assert f"Rows accepted:    {drop.rows_accepted:,}" in run(report, shell_environment)
    assert "executionArn" in run(start, shell_environment)
    run(score, shell_environment)
    key = SCORE_DROP.format(dataset=DATASET, name="generated_sample.csv")
    head = stack.s3.head_object(Bucket=stack.outputs["RawBucketName"], Key=key)
    told = wait_for_report(stack, DATASET, "generated_sample.csv", head["VersionId"])
    assert "predictions.csv" in told


@pytest.mark.usefixtures("trained")
def test_curl_gets_predictions_and_the_card(shell_environment: dict[str, str]) -> None:
    predict, card = find_commands("curl")
    rows = json.loads(Path(ROOT, "tests/samples/spotify_preference/request.json").read_text())
    answer = json.loads(run(predict, shell_environment))
    assert len(answer["predictions"]) == len(rows["rows"])
    assert answer["receipt"]["model"] == json.loads(run(card, shell_environment))["model"]
    without_key = re.sub(r' -H "x-api-key: [^"]*"', " -w '%{http_code}'", predict)
    assert run(without_key, shell_environment).endswith("403")
