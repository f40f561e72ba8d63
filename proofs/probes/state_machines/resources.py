"""State machines of probes, and their executions."""

import json
from collections.abc import Mapping
from typing import Any

from proofs.probes.lambda_functions import find_arn, make_shared_function
from proofs.probes.resources import allow, make_role
from proofs.probes.target import Target

State = Mapping[str, Any]


def make_caller_role(target: Target, *function_arns: str) -> str:
    """Return a role for state machines that may call these functions and nothing else."""
    statements = [allow(["lambda:InvokeFunction"], function_arns)] if function_arns else []
    return make_role(target, {"Service": "states.amazonaws.com"}, *statements)


def _make_shared_role(target: Target) -> str:
    arn = find_arn(target, target.once(make_shared_function))
    return make_caller_role(target, arn, f"{arn}:*")


def make_machine(
    target: Target, states: Mapping[str, State], *, role: str | None = None, **more: object
) -> str:
    """Return the ARN of a new machine that starts with the first of these states."""
    service, name = target.client("stepfunctions"), target.name("machine")
    definition = {"StartAt": next(iter(states)), "States": states, **more}
    role_arn = role or target.once(_make_shared_role)
    made = service.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role_arn
    )
    arn = str(made["stateMachineArn"])
    target.remove_later(name, lambda: service.delete_state_machine(stateMachineArn=arn))
    return arn


def make_task(target: Target, function: str | None = None, **more: object) -> State:
    """Return a task that calls a function, or the shared one, as the product's tasks do."""
    arn = find_arn(target, function or target.once(make_shared_function))
    return {"Type": "Task", "Resource": arn, "End": True, **more}


def start(target: Target, machine: str, given: object, **named: str) -> str:
    """Start an execution with the input ``given``; return its ARN."""
    service = target.client("stepfunctions")
    started = service.start_execution(stateMachineArn=machine, input=json.dumps(given), **named)
    return str(started["executionArn"])


def finish(target: Target, execution: str) -> Any:
    """Return the execution's description once it has ended."""
    service = target.client("stepfunctions")

    def look() -> Any | None:
        found = service.describe_execution(executionArn=execution)
        return None if found["status"] == "RUNNING" else found

    return target.wait_for(look)


def run(target: Target, machine: str, given: object) -> Any:
    """Run a machine; return the execution's description once it has ended."""
    return finish(target, start(target, machine, given))


def describe_end(execution: Any) -> str:
    """Return the status and the error of an execution."""
    return f"{execution['status']} {execution.get('error')}"


def list_events(target: Target, execution: str) -> list[Any]:
    """Return the history of an execution."""
    service = target.client("stepfunctions")
    pages = service.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]
