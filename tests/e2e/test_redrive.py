"""A failure on the deployed stack explains itself, and after a redrive ends as if none happened."""

import hashlib
import json
import os
import subprocess
from typing import Any

import pytest

from dropcast.contracts.keys import PART_RECORD, RAW
from dropcast.ingest import name_part
from dropcast.recipes import find_recipe, find_table
from operations.demo_stack import find_sample
from operations.recovery.dead_letters import count_hidden, list_messages
from operations.recovery.runs import read_current_version
from operations.stacks import DeployedStack
from operations.watching import name_execution, wait_for, wait_for_drop, wait_for_run
from tests.e2e.conftest import DATASET, IS_STRICT, Trained
from tests.e2e.terminal import PROGRAM
from toolchain.project import ROOT

pytestmark = pytest.mark.e2e

# A reference table: its drop trains nothing.
TABLE = "police_stations"


def run_command(stack: DeployedStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the operator's program in a shell that has the cloud's variables."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, **stack.environ},
        capture_output=True,
        text=True,
        check=False,
    )


def list_dead(stack: DeployedStack) -> list[dict[str, Any]]:
    found = run_command(stack, "dead", "--json")
    documents: list[dict[str, Any]] = json.loads(found.stdout)
    assert found.returncode == (1 if documents else 0), found.stderr
    return documents


def test_a_dead_letter_explains_itself_and_is_sent_again_once_its_cause_is_gone(
    stack: DeployedStack,
) -> None:
    path = find_sample(TABLE)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    part = name_part(raw_sha256=sha256, schema_hash=find_table(TABLE).columns_hash)
    lake, record = stack.outputs["LakeBucketName"], PART_RECORD.format(dataset=TABLE, part=part)
    stack.s3.put_object(Bucket=lake, Key=record, Body=b'{"broken": true}')
    key = RAW.format(dataset=TABLE, name=path.name)
    # S3 sends the version too; the embedded cloud does not.
    version_id = stack.drop_file(path, key)

    def find_dead_letter() -> str | None:
        messages = [message.describe() for message in list_messages(stack)]
        return next((one.id for one in messages if one.key == key), None)

    finding_id = wait_for("a dead-letter message", find_dead_letter, timeout_seconds=180)
    (dead,) = [one for one in list_dead(stack) if one["id"] == finding_id]
    assert (dead["dataset"], dead["key"], dead["attempts"]) == (TABLE, key, 3)
    assert dead["error"] == "DocumentError"
    assert "unknown fields ['broken']" in dead["message"]
    stack.s3.delete_object(Bucket=lake, Key=record)
    sent = run_command(stack, *dead["command"].split()[1:])
    assert sent.returncode == 0, sent.stderr
    drop = wait_for("the drop's end", lambda: find_end(stack, key, version_id), timeout_seconds=60)
    assert drop.state in ("success", "unchanged")
    assert read_current_version(stack, TABLE) == drop.dataset_version
    assert find_dead_letter() is None
    assert count_hidden(stack) == 0


def find_end(stack: DeployedStack, key: str, version_id: str) -> Any:
    found = wait_for_drop(stack, dataset=TABLE, raw_key=key, version_id=version_id)
    return found if found.state in ("success", "unchanged") else None


def test_a_failed_run_started_again_ends_with_the_same_model(
    stack: DeployedStack, trained: Trained
) -> None:
    assert trained.run.status == "SUCCEEDED"
    current = str(read_current_version(stack, DATASET))
    execution = name_execution(stack, find_recipe(DATASET), current)
    first = wait_for_run(stack, execution)
    before = read_program(stack, first.output["model"])
    started = stack.stepfunctions.describe_execution(executionArn=execution)
    given = json.loads(started["input"])
    features = stack.s3.get_object(
        Bucket=stack.outputs["LakeBucketName"], Key=given["features_key"]
    )["Body"].read()
    stack.s3.delete_object(Bucket=stack.outputs["LakeBucketName"], Key=given["features_key"])
    failing = stack.stepfunctions.start_execution(
        stateMachineArn=stack.outputs["StateMachineArn"],
        name=f"{execution.rsplit(':', 1)[-1]}-again-1",
        input=started["input"],
    )
    assert wait_for_run(stack, failing["executionArn"]).status == "FAILED"
    (dead,) = [one for one in list_dead(stack) if one["handle"] == failing["executionArn"]]
    # A caller that may not list a key does not learn that it is missing.
    assert dead["error"] == ("StoreRefusedError" if IS_STRICT else "ObjectNotFoundError")
    assert given["features_key"] in dead["message"]
    stack.s3.put_object(
        Bucket=stack.outputs["LakeBucketName"], Key=given["features_key"], Body=features
    )
    sent = run_command(stack, *dead["command"].split()[1:])
    assert sent.returncode == 0, sent.stderr
    again = wait_for_run(stack, f"{execution}-again-2")
    assert (again.status, again.output["decision"]) == ("SUCCEEDED", "already champion")
    assert again.output["model"] == first.output["model"]
    assert read_program(stack, again.output["model"]) == before
    assert dead["id"] not in [one["id"] for one in list_dead(stack)]


def read_program(stack: DeployedStack, model: str) -> bytes:
    """Return the bytes of the model's program."""
    response = stack.s3.get_object(
        Bucket=stack.outputs["ModelBucketName"], Key=f"models/{DATASET}/{model}/model.program"
    )
    return response["Body"].read()
