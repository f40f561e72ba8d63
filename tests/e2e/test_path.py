"""The whole path on the deployed stack, from a dropped file to a prediction."""

import json
from pathlib import Path
from typing import Any

import pytest

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import CURRENT_VERSION, RAW
from dropcast.recipes import find_recipe
from operations.stacks import DeployedStack
from operations.watching import name_execution, wait_for, wait_for_drop, wait_for_run
from tests.e2e.conftest import DATASET, SAMPLE, Trained
from tests.real_data import real_data
from toolchain.endpoints import STACK_NAME

pytestmark = pytest.mark.e2e

ROW = {
    "acousticness": 0.1,
    "danceability": 0.7,
    "duration_ms": 204600,
    "energy": 0.6,
    "instrumentalness": 0.0,
    "key": 2,
    "liveness": 0.15,
    "loudness": -8.5,
    "mode": 1,
    "speechiness": 0.2,
    "tempo": 120.0,
    "time_signature": 4,
    "valence": 0.4,
}


def drop(stack: DeployedStack, path: Path, name: str) -> DropRecord:
    key = RAW.format(dataset=DATASET, name=name)
    version_id = stack.drop_file(path, key)
    return wait_for_drop(stack, dataset=DATASET, raw_key=key, version_id=version_id)


def list_keys(stack: DeployedStack, bucket_output: str, prefix: str = "") -> list[str]:
    pages = stack.s3.get_paginator("list_objects_v2").paginate(
        Bucket=stack.outputs[bucket_output], Prefix=prefix
    )
    return sorted(item["Key"] for page in pages for item in page.get("Contents", []))


def list_runs(stack: DeployedStack) -> list[str]:
    response = stack.stepfunctions.list_executions(stateMachineArn=stack.outputs["StateMachineArn"])
    return sorted(execution["name"] for execution in response["executions"])


def find_queue(stack: DeployedStack, construct: str) -> str:
    """Return a queue's URL by its construct: the cloud chooses its name."""
    client = stack.session.client("cloudformation", endpoint_url=stack.endpoint_url)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
    (found,) = [
        item["PhysicalResourceId"]
        for page in pages
        for item in page["StackResourceSummaries"]
        if construct in item["LogicalResourceId"] and item["ResourceType"] == "AWS::SQS::Queue"
    ]
    return found


@pytest.mark.smoke
def test_before_any_drop_there_is_no_champion_and_the_response_says_what_to_do(
    response_before_any_drop: tuple[int, Any],
) -> None:
    status, problem = response_before_any_drop
    assert status == 404
    assert "drop a file under raw/spotify_preference/" in problem["detail"]


@pytest.mark.smoke
def test_a_dropped_file_becomes_a_champion(trained: Trained) -> None:
    assert trained.run.status == "SUCCEEDED"
    assert trained.run.output["decision"] == "registered"
    assert trained.drop.state == "completed_with_errors"
    assert trained.drop.rows_quarantined > 0


@pytest.mark.smoke
def test_the_api_predicts_one_row_and_many_with_a_receipt(
    stack: DeployedStack, trained: Trained
) -> None:
    status, one = stack.call_api("POST", f"{DATASET}/predict", ROW)
    assert status == 200
    status, many = stack.call_api("POST", f"{DATASET}/predict", {"rows": [ROW] * 3})
    assert status == 200
    assert many["predictions"] == one["predictions"] * 3
    (prediction,) = one["predictions"]
    assert sum(prediction["probabilities"].values()) == pytest.approx(1.0)
    assert one["receipt"]["model"] == trained.run.output["model"]
    assert one["receipt"]["dataset_version"] == trained.drop.dataset_version


def test_the_card_leads_back_to_the_data(stack: DeployedStack, trained: Trained) -> None:
    status, card = stack.call_api("GET", f"{DATASET}/model")
    assert status == 200
    assert card["fit"]["dataset_version"] == trained.drop.dataset_version
    auc = card["evaluation"]["metrics"]["roc_auc"]
    assert 0.5 < auc["low"] < auc["value"] < auc["high"] <= 1.0


@pytest.mark.smoke
def test_the_file_dropped_twice_is_one_version_and_one_model(
    stack: DeployedStack, trained: Trained
) -> None:
    before = list_keys(stack, "ModelBucketName"), list_runs(stack)
    again = drop(stack, SAMPLE, "sample.csv")
    assert (again.commit, again.dataset_version) == ("unchanged", trained.drop.dataset_version)
    versions = list_keys(stack, "LakeBucketName", f"clean/versions/{DATASET}/")
    assert len(versions) == 1
    assert (list_keys(stack, "ModelBucketName"), list_runs(stack)) == before


@pytest.mark.usefixtures("trained")
def test_a_file_of_something_else_is_refused_and_changes_nothing(stack: DeployedStack) -> None:
    path = real_data("messy/latin1_bad_number.csv")
    refused_and_changed_nothing(stack, path)


@pytest.mark.smoke
@pytest.mark.usefixtures("trained")
def test_a_file_without_the_columns_is_refused_and_changes_nothing(
    stack: DeployedStack, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("title,danceabilty\nx,0.5\n")
    report = refused_and_changed_nothing(stack, path)
    assert "danceabilty" in report


def refused_and_changed_nothing(stack: DeployedStack, path: Path) -> str:
    ignored = ("ledger/", "reports/")

    def list_state() -> list[str]:
        buckets = ("LakeBucketName", "ModelBucketName")
        return [k for b in buckets for k in list_keys(stack, b) if not k.startswith(ignored)]

    before = list_state(), list_runs(stack), stack.call_api("POST", f"{DATASET}/predict", ROW)
    refused = drop(stack, path, "other.csv")
    assert refused.state == "refused"
    report = stack.read_object_text("RawBucketName", refused.report_key)
    assert "danceability" in report
    after = list_state(), list_runs(stack), stack.call_api("POST", f"{DATASET}/predict", ROW)
    assert after == before
    return report


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (f"{DATASET}/predict", {**ROW, "energy": 1.7, "tempo": "fast"}, 400, ["energy", "tempo"]),
        (f"{DATASET}/predict", {"rows": []}, 400, ["rows"]),
        ("spotify_preferense/predict", ROW, 404, ["no model predicts for 'spotify_preferense'"]),
        (f"{DATASET}/predict", {"rows": [ROW] * 1001}, 413, ["1,000"]),
        (f"{DATASET}/predict", {**ROW, "note": "x" * 1_100_000}, 413, ["1,048,576 bytes"]),
    ],
)
@pytest.mark.usefixtures("trained")
def test_a_bad_request_gets_a_problem_and_never_a_stack_trace(
    stack: DeployedStack, path: str, body: object, status: int, words: list[str]
) -> None:
    found, problem = stack.call_api("POST", path, body)
    assert found == problem["status"] == status
    text = json.dumps(problem, ensure_ascii=False)
    for word in words:
        assert word in text
    assert "Traceback" not in text


def test_a_run_started_by_hand_trains_on_the_current_version(
    stack: DeployedStack, trained: Trained
) -> None:
    started = stack.stepfunctions.start_execution(
        stateMachineArn=stack.outputs["StateMachineArn"], input=json.dumps({"dataset": DATASET})
    )
    run = wait_for_run(stack, started["executionArn"])
    assert run.status == "SUCCEEDED"
    assert run.output["decision"] == "already champion"
    assert run.output["model"] == trained.run.output["model"]


@pytest.mark.smoke
@pytest.mark.usefixtures("trained")
def test_a_run_started_by_hand_for_an_unknown_dataset_fails_with_its_name(
    stack: DeployedStack,
) -> None:
    started = stack.stepfunctions.start_execution(
        stateMachineArn=stack.outputs["StateMachineArn"], input=json.dumps({"dataset": "songs"})
    )
    run = wait_for_run(stack, started["executionArn"])
    assert run.status == "FAILED"
    assert run.error == "UnknownDatasetError"


@pytest.mark.smoke
def test_an_event_that_cannot_be_handled_ends_as_a_dead_letter_message_that_says_why(
    stack: DeployedStack,
) -> None:
    key = CURRENT_VERSION.format(dataset="no_such_dataset")
    stack.s3.put_object(Bucket=stack.outputs["LakeBucketName"], Key=key, Body=b"{}")
    queues = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    queue = find_queue(stack, "FeaturesDeadLetters")

    def receive() -> str | None:
        messages = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        return messages[0]["Body"] if messages else None

    message = wait_for("a dead-letter message", receive, timeout_seconds=90)
    assert key in message
    assert "no dataset 'no_such_dataset'" in message
    assert "UnknownDatasetError" in message


def test_a_real_file_under_the_same_key_takes_its_place_and_a_model_is_decided(
    stack: DeployedStack, trained: Trained
) -> None:
    path = real_data("spotify_preference/song_attributes.csv")
    finished = drop(stack, path, "sample.csv")
    assert (finished.state, finished.rows_accepted) == ("success", 2017)
    assert finished.dataset_version != trained.drop.dataset_version
    execution = name_execution(stack, find_recipe(DATASET), str(finished.dataset_version))
    run = wait_for_run(stack, execution)
    assert (run.status, run.output["decision"]) == ("SUCCEEDED", "registered")
    status, card = stack.call_api("GET", f"{DATASET}/model")
    assert status == 200
    assert card["evaluation"]["metrics"]["roc_auc"]["low"] > 0.75
    # The new champion predicts, and the receipt names it.
    receipt = wait_for(
        "the new champion's prediction",
        lambda: _answer_of(stack, run.output["model"]),
        timeout_seconds=60,
    )
    assert receipt["dataset_version"] == finished.dataset_version


def _answer_of(stack: DeployedStack, model: str) -> dict[str, str] | None:
    _, response = stack.call_api("POST", f"{DATASET}/predict", ROW)
    receipt: dict[str, str] = response["receipt"]
    return receipt if receipt["model"] == model else None
