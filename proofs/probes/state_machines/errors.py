"""Step Functions: errors by their names, retried, caught, or the run's end."""

import json
from itertools import pairwise
from typing import Any

from proofs.probes.lambda_functions import SOURCE
from proofs.probes.probe import Probe
from proofs.probes.resources import allow, find_arn, make_function, make_role
from proofs.probes.state_machines.resources import list_events, make_machine, run, task
from proofs.probes.target import Target

_RETRY = {"ErrorEquals": ["BusyError"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2}
_CAUGHT = {"Type": "Pass", "End": True}


def fail(target: Target, error: str, **more: object) -> tuple[Any, list[Any]]:
    """Run a task that fails by this name; return the execution and its history."""
    machine = make_machine(target, {"Fail": task(target, **more), "Caught": _CAUGHT})
    found = run(target, machine, {"do": "fail", "error": error})
    return found, list_events(target, found["executionArn"])


def _count_failures(events: list[Any]) -> int:
    return sum(event["type"] in ("LambdaFunctionFailed", "TaskFailed") for event in events)


def retry_by_name(target: Target) -> str:
    _, retried = fail(target, "BusyError", Retry=[_RETRY | {"BackoffRate": 1}])
    _, other = fail(target, "DataError", Retry=[_RETRY])
    return f"{_count_failures(retried)} tries, {_count_failures(other)} of another name"


def back_off(target: Target) -> str:
    _, events = fail(target, "BusyError", Retry=[_RETRY])
    times = [e["timestamp"] for e in events if e["type"] in ("LambdaFunctionFailed", "TaskFailed")]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    waited = len(gaps) == 2 and gaps[0] >= 1 and gaps[1] >= 2
    return "a second, then two" if waited else f"{len(gaps)} pauses, too short"


def catch_by_name(target: Target) -> str:
    catch = {"ErrorEquals": ["DataError"], "ResultPath": "$.error", "Next": "Caught"}
    found, _ = fail(target, "DataError", Catch=[catch])
    output = json.loads(found["output"])
    cause = json.loads(output["error"]["Cause"])
    return (
        f"{output['error']['Error']} beside {output.get('do')}, "
        f"cause {' '.join(sorted(set(cause) & {'errorMessage', 'errorType', 'stackTrace'}))}"
    )


def fail_uncaught(target: Target) -> str:
    catch = {"ErrorEquals": ["DataError"], "ResultPath": "$.error", "Next": "Caught"}
    found, _ = fail(target, "BusyError", Catch=[catch])
    return f"{found['status']} {found.get('error')}"


def fail_by_path(target: Target) -> str:
    states = {"Fail": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}}
    found = run(target, make_machine(target, states), {"e": "DataError", "c": "told"})
    return f"{found['status']} {found.get('error')} {found.get('cause')}"


def call_without_leave(target: Target) -> str:
    role = make_role(target, {"Service": "states.amazonaws.com"}, [])
    machine = make_machine(target, {"Call": task(target)}, role=role)
    found = run(target, machine, {})
    return f"{found['status']} {found.get('error')}"


def call_other(
    target: Target, files: dict[str, str | bytes], given: object, **settings: Any
) -> str:
    """Run a machine that calls a function of its own; tell how it ended."""
    name = make_function(target, files, **{k: v for k, v in settings.items() if k != "most"})
    if "most" in settings:
        target.client("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=settings["most"]
        )
    arn = find_arn(target, name)
    role = make_role(
        target,
        {"Service": "states.amazonaws.com"},
        [allow(["lambda:InvokeFunction"], [arn])],
    )
    machine = make_machine(
        target, {"Call": {"Type": "Task", "Resource": arn, "End": True}}, role=role
    )
    found = run(target, machine, given)
    return f"{found['status']} {found.get('error')}"


def call_throttled(target: Target) -> str:
    return call_other(target, {"handler.py": SOURCE}, {}, most=0)


def call_late(target: Target) -> str:
    return call_other(target, {"handler.py": SOURCE}, {"do": "sleep", "seconds": 4}, Timeout=1)


_ERRORS = "AWS Step Functions Developer Guide: Handling errors in Step Functions workflows"
_TRAINING = "cdk/training.py"
_ROWS = (
    (
        "Retried by the error's name",
        "3 tries, 1 of another name",
        _ERRORS,
        f"{_TRAINING}: TransientError",
        retry_by_name,
    ),
    (
        "IntervalSeconds 1 and BackoffRate 2",
        "a second, then two",
        _ERRORS,
        _TRAINING,
        back_off,
    ),
    (
        "Caught by the error's name, with ResultPath",
        "DataError beside fail, cause errorMessage errorType stackTrace",
        _ERRORS,
        f"{_TRAINING}: Data cannot train a model",
        catch_by_name,
    ),
    ("An error that nothing catches", "FAILED BusyError", _ERRORS, _TRAINING, fail_uncaught),
    (
        "Fail with ErrorPath and CausePath",
        "FAILED DataError told",
        "AWS Step Functions Developer Guide: Fail workflow state",
        _TRAINING,
        fail_by_path,
    ),
    (
        "A machine whose role may not call the function",
        "FAILED Lambda.AWSLambdaException",
        _ERRORS,
        f"{_TRAINING}: the machine's role",
        call_without_leave,
    ),
    (
        "A function that may run no times at once, by its name in a machine",
        "FAILED Lambda.TooManyRequestsException",
        _ERRORS,
        f"{_TRAINING}: waits_for_room",
        call_throttled,
    ),
    (
        "A function whose time is up, by its name in a machine",
        "FAILED Sandbox.Timedout",
        "AWS Step Functions Developer Guide: Handle Lambda service exceptions (an edition of it "
        "says Lambda.Unknown)",
        f"{_TRAINING}: caught as any other",
        call_late,
    ),
)
PROBES = tuple(
    Probe(name=name, service="Step Functions", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
