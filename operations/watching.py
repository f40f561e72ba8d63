"""Waiting for what a drop sets in motion, reported step by step."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import name_ledger_record
from dropcast.contracts.messages import name_run
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipe import Recipe
from operations.recovery.looking import ATTEMPTS
from operations.recovery.runs import read_cause, read_current_version
from operations.stacks import DeployedStack

POLL_SECONDS = 0.4
# AWS limits how often each of its services may be called.
AWS_POLL_SECONDS = 2.0
_RUNNING = frozenset({"RUNNING", "PENDING_REDRIVE"})


class WaitingError(DropcastError):
    """The stack did not get there in time; the message says what was awaited."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution of the state machine, as it was listed."""

    arn: str
    name: str
    status: str
    started_at: datetime

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.status in _RUNNING


@dataclass(frozen=True, kw_only=True)
class StateEntered:
    """An execution entered a state, so many seconds after it was started."""

    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """How an execution of the state machine ended.

    ``output`` is its last state's, ``cause`` the error's message.
    """

    status: str
    output: dict[str, Any]
    error: str | None
    cause: str | None = None


def wait_for(
    what: str,
    look: Callable[[], Any | None],
    *,
    timeout_seconds: float,
    poll_seconds: float = POLL_SECONDS,
) -> Any:
    """Return the first thing that ``look`` finds; raise :class:`WaitingError` after a while."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise WaitingError(f"waited {timeout_seconds:.0f} s for {what}, in vain")
        time.sleep(poll_seconds)


def choose_pause(stack: DeployedStack) -> float:
    """Return how many seconds to wait before a stack is looked at again."""
    return AWS_POLL_SECONDS if stack.endpoint_url is None else POLL_SECONDS


def wait_for_drop(
    stack: DeployedStack,
    *,
    dataset: str,
    raw_key: str,
    version_id: str,
    timeout_seconds: float = 120,
) -> DropRecord:
    """Return the ledger record of a drop, once ingest has finished with it."""
    key = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id=version_id)

    def look() -> DropRecord | None:
        record = _read_record(stack, key)
        return record if record is not None and record.is_finished else None

    found: DropRecord = wait_for(
        f"ingest to be done with {raw_key}", look, timeout_seconds=timeout_seconds
    )
    return found


def watch_drop(
    stack: DeployedStack, *, dataset: str, raw_key: str, version_id: str, timeout_seconds: float
) -> Iterator[DropRecord]:
    """Yield a drop's ledger record whenever it has changed.

    The last one is finished, or is of the last attempt, which failed.
    """
    key = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id=version_id)
    deadline = time.monotonic() + timeout_seconds
    seen: DropRecord | None = None
    while True:
        record = _read_record(stack, key)
        if record is not None and record != seen:
            seen = record
            yield record
            if record.is_finished or (record.state == "failed" and record.attempt >= ATTEMPTS):
                return
        if time.monotonic() > deadline:
            raise WaitingError(f"waited {timeout_seconds:.0f} s for ingest to be done, in vain")
        time.sleep(choose_pause(stack))


def _read_record(stack: DeployedStack, key: str) -> DropRecord | None:
    document = stack.read_json("LakeBucketName", key)
    return None if document is None else from_document(DropRecord, document)


def find_references(stack: DeployedStack, recipe: Recipe) -> dict[str, str]:
    """Return the current versions of the reference tables that a recipe reads.

    Those that were never dropped are left out.
    """
    found = {
        table.dataset: read_current_version(stack, table.dataset) for table in recipe.references
    }
    return {name: version for name, version in found.items() if version is not None}


def name_current_run(stack: DeployedStack, recipe: Recipe, dataset_version: str) -> str:
    """Return the id of the run that trains this version under this recipe now."""
    return name_run(dataset_version, recipe.training_hash, find_references(stack, recipe))


def name_execution(stack: DeployedStack, recipe: Recipe, dataset_version: str) -> str:
    """Return the ARN of the execution that trains this version under this recipe."""
    return name_arn(stack, f"{recipe.dataset}-{name_current_run(stack, recipe, dataset_version)}")


def name_arn(stack: DeployedStack, execution: str) -> str:
    """Return the ARN of the state machine's execution of this name."""
    machine = stack.find_output("StateMachineArn").replace(":stateMachine:", ":execution:")
    return f"{machine}:{execution}"


def find_newest_execution(stack: DeployedStack, *, dataset: str, version: str) -> Execution | None:
    """Return the newest execution that trains a version of a dataset, under whatever recipe."""
    pages = stack.stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=stack.find_output("StateMachineArn")
    )
    found = [
        Execution(
            arn=one["executionArn"],
            name=one["name"],
            status=one["status"],
            started_at=one["startDate"],
        )
        for page in pages
        for one in page["executions"]
        if one["name"].startswith(f"{dataset}-{version[:16]}-")
    ]
    return max(found, key=lambda one: one.started_at, default=None)


def watch_run(
    stack: DeployedStack, execution_arn: str, *, timeout_seconds: float = 900
) -> Iterator[StateEntered | RunEnded]:
    """Yield each state as the execution enters it, then how the execution ended."""
    client = stack.stepfunctions
    described: Any = wait_for(
        f"execution {execution_arn.rsplit(':', 1)[-1]} to start",
        lambda: _describe(client, execution_arn),
        timeout_seconds=timeout_seconds,
    )
    reported = 0
    deadline = time.monotonic() + timeout_seconds
    while True:
        described = client.describe_execution(executionArn=execution_arn)
        entered = _list_entered_states(client, execution_arn, described["startDate"])
        yield from entered[reported:]
        reported = len(entered)
        if described["status"] not in _RUNNING:
            yield _read_end(described)
            return
        if time.monotonic() > deadline:
            last = entered[-1].name if entered else "its start"
            raise WaitingError(f"waited {timeout_seconds:.0f} s; the run still stands at '{last}'")
        time.sleep(choose_pause(stack))


def wait_for_run(
    stack: DeployedStack, execution_arn: str, *, timeout_seconds: float = 900
) -> RunEnded:
    """Return how an execution ended."""
    for step in watch_run(stack, execution_arn, timeout_seconds=timeout_seconds):
        if isinstance(step, RunEnded):
            return step
    raise WaitingError(f"{execution_arn} ended without an end")


def _describe(client: Any, execution_arn: str) -> Any | None:
    try:
        return client.describe_execution(executionArn=execution_arn)
    except client.exceptions.ExecutionDoesNotExist:
        return None


def _list_entered_states(
    client: Any, execution_arn: str, started_at: datetime
) -> list[StateEntered]:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [
        StateEntered(
            name=event["stateEnteredEventDetails"]["name"],
            seconds=max(0.0, (event["timestamp"] - started_at).total_seconds()),
        )
        for page in pages
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


def _read_end(described: Any) -> RunEnded:
    return RunEnded(
        status=described["status"],
        output=json.loads(described.get("output") or "{}"),
        error=described.get("error"),
        cause=read_cause(described["cause"]) if described.get("cause") else None,
    )
