"""State machines that probes make and run, and what is asked of their runs."""

import json
from collections.abc import Mapping
from typing import Any

from proofs.probes.lambda_functions import make_mirror
from proofs.probes.resources import allow, find_arn, make_role
from proofs.probes.target import Target

State = Mapping[str, Any]


def make_machine_role(target: Target) -> str:
    """Return a role that calls the mirror."""
    arn = find_arn(target, target.once(make_mirror))
    return make_role(
        target,
        {"Service": "states.amazonaws.com"},
        [allow(["lambda:InvokeFunction"], [arn, f"{arn}:*"])],
    )


def make_machine(
    target: Target, states: Mapping[str, State], *, role: str | None = None, **more: object
) -> str:
    """Return the ARN of a new machine whose first state is the first of these."""
    service, name = target.client("stepfunctions"), target.name("machine")
    definition = {"StartAt": next(iter(states)), "States": states, **more}
    role_arn = role or target.once(make_machine_role)
    made = service.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role_arn
    )
    arn = str(made["stateMachineArn"])
    target.remove_later(name, lambda: service.delete_state_machine(stateMachineArn=arn))
    return arn


def task(target: Target, **more: object) -> State:
    """Return a task that calls the mirror, the way the product's tasks call."""
    arn = find_arn(target, target.once(make_mirror))
    return {"Type": "Task", "Resource": arn, "End": True, **more}


def start(target: Target, machine: str, given: object, **named: str) -> str:
    service = target.client("stepfunctions")
    answer = service.start_execution(stateMachineArn=machine, input=json.dumps(given), **named)
    return str(answer["executionArn"])


def finish(target: Target, execution: str) -> Any:
    """Return the execution's description once it has ended."""
    service = target.client("stepfunctions")

    def look() -> Any | None:
        found = service.describe_execution(executionArn=execution)
        return None if found["status"] == "RUNNING" else found

    return target.wait_for(look)


def run(target: Target, machine: str, given: object) -> Any:
    return finish(target, start(target, machine, given))


def list_events(target: Target, execution: str) -> list[Any]:
    service = target.client("stepfunctions")
    pages = service.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]
