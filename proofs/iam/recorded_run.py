"""The events of a real run, read from its execution's history."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import RAW
from dropcast.contracts.messages import Champion, ChampionRolledBack, Registration
from dropcast.recipes import find_recipe
from dropcast.storage.registry import S3ModelRegistry
from dropcast.storage.s3 import S3BlobStore
from operations.demo_stack import find_sample
from operations.stacks import DeployedStack
from operations.watching import name_execution, wait_for_drop, wait_for_run

DATASET = "spotify_preference"


class RecordingError(DropcastError):
    """The run to be repeated did not end as it should; its execution says where."""


@dataclass(frozen=True, kw_only=True)
class RecordedRun:
    """A real run, as far as exercises repeat it.

    ``payloads``       what the state machine's functions were called with, by state
    ``row``            a row for which the API returns a prediction
    ``earlier_model``  the champion before the present one
    """

    dataset: str
    payloads: Mapping[str, dict[str, Any]]
    row: Mapping[str, Any]
    earlier_model: str


def record_run(stack: DeployedStack) -> RecordedRun:
    """Drop the sample, wait for its run and read it; raise ``RecordingError``."""
    sample = find_sample(DATASET)
    key = RAW.format(dataset=DATASET, name="sample.csv")
    version = stack.drop_file(sample, key)
    drop = wait_for_drop(stack, dataset=DATASET, raw_key=key, version_id=version)
    execution = name_execution(stack, find_recipe(DATASET), str(drop.dataset_version))
    run = wait_for_run(stack, execution)
    if run.status != "SUCCEEDED":
        raise RecordingError(f"{execution} ended {run.status}: {run.error}")
    body = json.loads(sample.with_name("request.json").read_text())
    return RecordedRun(
        dataset=DATASET,
        payloads=read_payloads(stack, execution),
        row=body["rows"][0],
        earlier_model=make_successor(stack),
    )


def read_payloads(stack: DeployedStack, execution: str) -> dict[str, dict[str, Any]]:
    """Return what each state called its function with.

    The second input of a state that was entered again is at ``<name> again``.
    """
    inputs: dict[str, dict[str, Any]] = {}
    pages = stack.stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=execution
    )
    for page in pages:
        for event in page["events"]:
            entered = event.get("stateEnteredEventDetails")
            if entered:
                name = entered["name"]
                inputs[f"{name} again" if name in inputs else name] = json.loads(entered["input"])
    fitted = inputs["Fit model"]
    tried = inputs["Try candidates"]
    evaluated = inputs["Register model"]
    return {
        **inputs,
        "by hand": {"dataset": DATASET},
        "Propose trials after a failure": _fail_first(inputs["Propose trials again"]),
        "Fit trial": {"split": tried["split"], "trial": tried["trials"][0]},
        "Fit model": {"split": fitted["split"], "leaderboard_key": fitted["leaderboard_key"]},
        "Register model": {"decision": "register", "evaluated": evaluated},
        "Reject model": {"decision": "reject", "evaluated": {**evaluated, "passed": False}},
    }


def _fail_first(tried: dict[str, Any]) -> dict[str, Any]:
    """Return a round's outcomes with the first trial as one that could not be fitted."""
    first, *others = tried["outcomes"]
    return {**tried, "outcomes": [{**first, "error": "States.Timeout"}, *others]}


def make_successor(stack: DeployedStack) -> str:
    """Make a second champion with the same program; return the name of the first."""
    models = S3BlobStore(client=stack.s3, bucket=stack.outputs["ModelBucketName"])
    registry = S3ModelRegistry(models=models, pause=time.sleep)
    first = registry.read_champion(DATASET)
    model = f"{DATASET}-{'0' * 16}"
    if first.model == model:  # by a run before this one
        return str(registry.find_registration(DATASET, model).replaced)
    program = first.program_key.replace(first.model, model)
    second = Champion(**{**vars(first), "model": model, "program_key": program})
    models.write(program, models.read(first.program_key).body, "application/octet-stream")
    card = first.program_key.rpartition("/")[0] + "/card.json"
    models.write(card.replace(first.model, model), models.read(card).body, "application/json")
    if not registry.promote(
        second, generation=registry.read_pointer(DATASET).generation, mover=model
    ):
        raise RecordingError(f"the champion moved from {first.model}; run nothing else meanwhile")
    registry.record(
        Registration(
            champion=second,
            registered_at="2999-01-01T00:00:00+00:00",
            replaced=first.model,
            metric="roc_auc",
            metrics={"roc_auc": 0.75},
        )
    )
    registry.record_rollback(
        ChampionRolledBack(
            dataset=DATASET,
            outcome="rolled back",
            replaced=first.model,
            model=model,
            reason="an exercise",
            key_id="none",
            request_id="none",
            at="2000-01-01T00:00:00.000+00:00",
            code_hash=first.code_hash,
        )
    )
    return first.model
