"""Waiting for what a drop sets in motion, told step by step."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cli.client import Stack
from dropcast.contracts.codec import from_document
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import CURRENT_VERSION, name_ledger_record
from dropcast.contracts.messages import name_run
from dropcast.recipe import Recipe

POLL_SECONDS = 0.4


class WaitingError(DropcastError):
    """The stack did not get there in time; the message says what was awaited."""


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """How an execution of the state machine ended; ``output`` is its last state's."""

    status: str
    output: dict[str, Any]
    error: str | None


def wait_for(what: str, look: Callable[[], Any | None], *, timeout_seconds: float) -> Any:
    """Return the first thing that ``look`` finds; raise :class:`WaitingError` after a while."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise WaitingError(f"waited {timeout_seconds:.0f} s for {what}, in vain")
        time.sleep(POLL_SECONDS)


def wait_for_drop(
    stack: Stack, *, dataset: str, raw_key: str, version_id: str, timeout_seconds: float = 120
) -> DropRecord:
    """Return the ledger record of a drop, once ingest has finished with it."""
    key = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id=version_id)

    def look() -> DropRecord | None:
        document = stack.read_json("LakeBucketName", key)
        record = None if document is None else from_document(DropRecord, document)
        return record if record is not None and record.is_finished else None

    found: DropRecord = wait_for(
        f"ingest to be done with {raw_key}", look, timeout_seconds=timeout_seconds
    )
    return found


def find_references(stack: Stack, recipe: Recipe) -> dict[str, str]:
    """Return the current versions of the reference tables that a recipe reads; those that were
    never dropped are left out."""
    found = {
        table.dataset: stack.read_json(
            "LakeBucketName", CURRENT_VERSION.format(dataset=table.dataset)
        )
        for table in recipe.references
    }
    return {name: pointer["version"] for name, pointer in found.items() if pointer is not None}


def name_current_run(stack: Stack, recipe: Recipe, dataset_version: str) -> str:
    """Return the id of the run that trains this version under this recipe now."""
    return name_run(dataset_version, recipe.hash, find_references(stack, recipe))


def name_execution(stack: Stack, recipe: Recipe, dataset_version: str) -> str:
    """Return the ARN of the execution that trains this version under this recipe."""
    machine = stack.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    return f"{machine}:{recipe.dataset}-{name_current_run(stack, recipe, dataset_version)}"


def watch_run(
    stack: Stack, execution_arn: str, *, timeout_seconds: float = 900
) -> Iterator[str | RunEnded]:
    """Yield each state's name as the execution enters it, then how it ended."""
    client = stack.stepfunctions
    described: Any = wait_for(
        f"execution {execution_arn.rsplit(':', 1)[-1]} to start",
        lambda: _describe(client, execution_arn),
        timeout_seconds=timeout_seconds,
    )
    told = 0
    deadline = time.monotonic() + timeout_seconds
    while True:
        described = client.describe_execution(executionArn=execution_arn)
        entered = _list_entered_states(client, execution_arn)
        yield from entered[told:]
        told = len(entered)
        if described["status"] != "RUNNING":
            yield _read_end(described)
            return
        if time.monotonic() > deadline:
            raise WaitingError(f"the run still stands at '{entered[-1:]}'")
        time.sleep(POLL_SECONDS)


def wait_for_run(stack: Stack, execution_arn: str, *, timeout_seconds: float = 900) -> RunEnded:
    """Return how an execution ended."""
    for told in watch_run(stack, execution_arn, timeout_seconds=timeout_seconds):
        if isinstance(told, RunEnded):
            return told
    raise WaitingError(f"{execution_arn} ended untold")


def _describe(client: Any, execution_arn: str) -> Any | None:
    try:
        return client.describe_execution(executionArn=execution_arn)
    except client.exceptions.ExecutionDoesNotExist:
        return None


def _list_entered_states(client: Any, execution_arn: str) -> list[str]:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


def _read_end(described: Any) -> RunEnded:
    return RunEnded(
        status=described["status"],
        output=json.loads(described.get("output") or "{}"),
        error=described.get("error"),
    )
