"""Training runs that ended badly and were not followed by a good one.

AWS's RedriveExecution goes on at the state that did not end. Our states catch their errors and go
to a Fail state, and that state is then the one that did not end: a redrive enters it again and
fails again. So only a run that was stopped, or ran out of time, is redriven; one that failed is
started again with the same input (docs/adr/0019). Every step writes the same under the same keys
when it is repeated, so either way the end is the same model with the same bytes.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from dropcast.contracts.keys import CURRENT_VERSION, is_dataset
from operations.recovery.findings import NO_ERROR, Dead
from operations.stacks import DeployedStack

BAD_ENDS = ("FAILED", "TIMED_OUT", "ABORTED")
GOOD_STATES = frozenset({"SUCCEEDED", "RUNNING", "PENDING_REDRIVE"})
MAX_NAME_CHARACTERS = 80
# "<dataset>-<16 hexadecimal digits>-<16 more>", as the features function names a run.
_NAMED = re.compile(r"([a-z][a-z0-9_]*)-([0-9a-f]{16}-[0-9a-f]{16})(?:-again-\d+)?")


@dataclass(frozen=True, kw_only=True)
class RunInput:
    """What a run was started with.

    ``run_id`` is ``None`` where a person started it for the current version.
    """

    dataset: str | None
    run_id: str | None


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """An execution of the state machine, with what it was started with."""

    arn: str
    name: str
    status: str
    started_at: datetime
    given: RunInput


def find_dead_runs(stack: DeployedStack, *, now: datetime, days: float) -> list[Dead]:
    """Return the runs of the last ``days`` that ended badly and were not followed by better ones.

    Left out are those that were followed by another attempt of the same run (which is listed
    instead), by a good run of the dataset, or by another version of it: a model of what the dataset
    was before is not wanted any more.
    """
    since = now - timedelta(days=days)
    listed = [run for run in _list_executions(stack) if run.started_at >= since]
    bad = [run for run in listed if run.status in BAD_ENDS]
    return [_describe(stack, run) for run in bad if not is_followed(run, listed, stack=stack)]


def is_followed(run: TrainingRun, listed: Iterable[TrainingRun], *, stack: DeployedStack) -> bool:
    """Return whether nothing is to be done about a run that ended badly."""
    later = [other for other in listed if other.started_at > run.started_at]
    if any(
        other.given.dataset == run.given.dataset is not None
        and (other.status in GOOD_STATES or other.given == run.given)
        for other in later
    ):
        return True
    if run.given.run_id is None or run.given.dataset is None:
        return False
    current = read_current_version(stack, run.given.dataset)
    return current is not None and not run.given.run_id.startswith(current[:16])


def read_current_version(stack: DeployedStack, dataset: str) -> str | None:
    """Return the dataset's version now, ``None`` where it has none."""
    client = stack.cloud.client("s3")
    try:
        answer = client.get_object(
            Bucket=stack.find_output("LakeBucketName"), Key=CURRENT_VERSION.format(dataset=dataset)
        )
    except client.exceptions.NoSuchKey:
        return None
    return str(json.loads(answer["Body"].read())["version"])


def start_again(stack: DeployedStack, arn: str) -> str:
    """Start a run again by the means that can end well; return what was done."""
    client = stack.cloud.client("stepfunctions")
    described = client.describe_execution(executionArn=arn)
    if described["status"] not in BAD_ENDS:
        return f"nothing was done: it is {described['status']} now"
    # A service without it (the local cloud) leaves the field out.
    if described.get("redriveStatus") == "REDRIVABLE" and described["status"] != "FAILED":
        client.redrive_execution(executionArn=arn)
        return "redriven: it goes on at the state where it was stopped"
    for number in range(1, 1000):
        name = name_again(described["name"], number)
        try:
            client.start_execution(
                stateMachineArn=described["stateMachineArn"], name=name, input=described["input"]
            )
        except client.exceptions.ExecutionAlreadyExists:
            continue
        return f"started again as {name}"
    return "nothing was done: it was started again 999 times; remove its cause first"


def name_again(name: str, number: int) -> str:
    """Return the name of a run's next attempt, in Step Functions' 80 characters.

    >>> name_again("bitcoin-0-1", 1), name_again("bitcoin-0-1-again-1", 2)
    ('bitcoin-0-1-again-1', 'bitcoin-0-1-again-2')
    """
    ending = f"-again-{number}"
    return re.sub(r"-again-\d+$", "", name)[: MAX_NAME_CHARACTERS - len(ending)] + ending


def _list_executions(stack: DeployedStack) -> list[TrainingRun]:
    client = stack.cloud.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=stack.find_output("StateMachineArn")
    )
    return [
        TrainingRun(
            arn=one["executionArn"],
            name=one["name"],
            status=one["status"],
            started_at=one["startDate"],
            given=_read_input(client, one),
        )
        for page in pages
        for one in page["executions"]
    ]


def _read_input(client: Any, listed: Any) -> RunInput:
    """Return what a run was started with, by its name where that has it, else by its input."""
    named = _NAMED.fullmatch(listed["name"])
    if named is not None:
        return RunInput(dataset=named[1], run_id=named[2])
    try:
        text = client.describe_execution(executionArn=listed["executionArn"])["input"]
        given = json.loads(text)
    except (ClientError, ValueError):
        given = None
    given = given if isinstance(given, dict) else {}
    dataset, run_id = given.get("dataset"), given.get("run_id")
    return RunInput(
        dataset=dataset if isinstance(dataset, str) and is_dataset(dataset) else None,
        run_id=run_id if isinstance(run_id, str) else None,
    )


def _describe(stack: DeployedStack, run: TrainingRun) -> Dead:
    described = stack.cloud.client("stepfunctions").describe_execution(executionArn=run.arn)
    ended = described.get("stopDate") or run.started_at
    return Dead(
        kind="run",
        handle=run.arn,
        what=f"training run {run.name} {run.status.lower().replace('_', ' ')}",
        at=ended,
        dataset=run.given.dataset,
        error=described.get("error") or (None if run.status != "FAILED" else "States.Runtime"),
        message=read_cause(described.get("cause")),
    )


def read_cause(cause: str | None) -> str:
    """Return the message in a cause: a function's is JSON, a service's is text.

    >>> read_cause('{"errorMessage": "no rows", "errorType": "TooFewRowsError"}')
    'no rows'
    """
    try:
        document = json.loads(cause or "")
    except ValueError:
        return cause or NO_ERROR
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return str(message or cause)
