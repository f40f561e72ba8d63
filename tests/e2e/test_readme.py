"""The README's commands on a stack that is there, run as they stand.

``--local`` means the cloud of ``make demo``; the tests' own is reached by the shell's variables, so
it is left out, as the README says for AWS.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropcast.contracts.keys import RAW, SCORE_DROP
from operations.demo_stack import find_sample
from operations.stacks import DeployedStack
from operations.watching import wait_for_drop, wait_for_run
from tests.e2e.conftest import DATASET, Trained
from tests.e2e.test_scoring_files import wait_for_report
from toolchain.project import ROOT

pytestmark = pytest.mark.e2e

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
(SECTION,) = re.findall(
    r"^## Use it with the AWS CLI and curl\n(.*?)^## ", README, re.DOTALL | re.MULTILINE
)
SCRIPTS: list[str] = [
    block.replace(" --local", "") for block in re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
]
SAMPLE = find_sample(DATASET)


def find_script(*words: str) -> str:
    """Return the section's one script that has all these words."""
    (found,) = (str(script) for script in SCRIPTS if all(word in script for word in words))
    return found


def run(script: str, stack: DeployedStack) -> str:
    """Run a script of the README; return what it printed.

    The PATH is the machine's own after `. .venv/bin/activate`, so no aws is on it but the
    project's.
    """
    if shutil.which("curl", path="/usr/bin:/bin") is None:
        pytest.skip("curl is not on this machine")
    finished = subprocess.run(
        ["sh", "-ec", script],
        env={**os.environ, **stack.environ, "PATH": f"{ROOT}/.venv/bin:/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{script}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def read_documents(text: str) -> list[dict[str, object]]:
    """Return the JSON documents that a script printed one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def test_every_make_command_in_the_readme_is_a_target() -> None:
    commands = [line for block in BLOCKS for line in block.splitlines() if line.startswith("make")]
    assert {"demo", "down", "dead", "redrive", "setup", "check", "test", "e2e"} <= {
        command.split()[1] for command in commands
    }
    for command in commands:
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.usefixtures("trained")
def test_the_aws_cli_drops_a_file_and_reads_its_report(stack: DeployedStack) -> None:
    run(find_script("aws s3 cp tests", "/raw/"), stack)
    key = RAW.format(dataset=DATASET, name=SAMPLE.name)
    head = stack.s3.head_object(Bucket=stack.outputs["RawBucketName"], Key=key)
    drop = wait_for_drop(stack, dataset=DATASET, raw_key=key, version_id=head["VersionId"])
    report = run(find_script("/reports/"), stack)
    assert re.search(rf"^Rows accepted: +{drop.rows_accepted:,}$", report, re.MULTILINE)


@pytest.mark.usefixtures("trained")
def test_the_aws_cli_starts_a_run_and_describes_it(stack: DeployedStack) -> None:
    (described,) = read_documents(run(find_script("start-execution"), stack))
    assert described["stateMachineArn"] == stack.outputs["StateMachineArn"]
    assert wait_for_run(stack, str(described["executionArn"])).status == "SUCCEEDED"


@pytest.mark.usefixtures("trained")
def test_the_aws_cli_drops_a_file_to_be_scored(stack: DeployedStack) -> None:
    run(find_script("aws s3 cp tests", "/score/"), stack)
    key = SCORE_DROP.format(dataset=DATASET, name=SAMPLE.name)
    head = stack.s3.head_object(Bucket=stack.outputs["RawBucketName"], Key=key)
    report = wait_for_report(stack, DATASET, SAMPLE.name, head["VersionId"])
    assert "predictions.csv" in report


@pytest.mark.usefixtures("trained")
def test_curl_gets_predictions_and_the_card(stack: DeployedStack) -> None:
    script = find_script("curl", "/model")
    rows = json.loads(SAMPLE.with_name("request.json").read_text())["rows"]
    response, card = read_documents(run(script, stack))
    assert isinstance(response["predictions"], list)
    assert len(response["predictions"]) == len(rows)
    assert isinstance(response["receipt"], dict)
    assert response["receipt"]["model"] == card["model"]
    without_key = re.sub(r' -H "x-api-key: [^"]*"', " -w '%{http_code}'", script)
    assert run(without_key, stack).endswith("403")


@pytest.mark.usefixtures("trained")
def test_the_upload_form_drops_a_file_by_its_own_line_of_curl(
    stack: DeployedStack, tmp_path: Path
) -> None:
    (form,) = read_documents(run(find_script("/uploads"), stack))
    shutil.copyfile(SAMPLE, tmp_path / "my_songs.csv")
    sent = subprocess.run(
        ["sh", "-ec", str(form["curl"])],
        cwd=tmp_path,
        env={**os.environ, **stack.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert sent.returncode == 0, sent.stderr
    head = stack.s3.head_object(Bucket=stack.outputs["RawBucketName"], Key=str(form["key"]))
    assert head["ContentLength"] == SAMPLE.stat().st_size


@pytest.mark.usefixtures("trained")
def test_a_saved_response_is_replayed(stack: DeployedStack) -> None:
    try:
        assert run(find_script("dropcast replay"), stack).startswith("same: ")
    finally:
        (ROOT / "answer.json").unlink(missing_ok=True)


@pytest.fixture
def saved() -> Iterator[list[str]]:
    """The file that is scored, and what ``score`` saves beside it; removed afterwards."""
    name = "my_songs.csv"
    names = [name, f"{name}.predictions.csv", f"{name}.problems.csv"]
    try:
        yield names
    finally:
        for name in names:
            (ROOT / name).unlink(missing_ok=True)


def test_our_own_commands_watch_and_fetch(
    stack: DeployedStack, trained: Trained, saved: list[str]
) -> None:
    assert trained.run.status == "SUCCEEDED"
    stack.drop_file(SAMPLE, RAW.format(dataset=DATASET, name=SAMPLE.name))
    shown = run(find_script("dropcast watch", "dropcast score"), stack)
    assert "Rows accepted:" in shown
    assert "Rows scored:" in shown
    assert f"saved {saved[1]}" in shown
    assert (ROOT / saved[1]).read_text().count("\n") > 1
