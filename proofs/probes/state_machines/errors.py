"""Step Functions' errors: retried or caught by their names, or the end of the execution."""

import json
from itertools import pairwise
from typing import Any

from proofs.probes.lambda_functions import find_arn, make_function
from proofs.probes.probe import make_probes
from proofs.probes.state_machines.resources import (
    describe_end,
    list_events,
    make_caller_role,
    make_machine,
    make_task,
    run,
)
from proofs.probes.target import Target

_RETRY = {"ErrorEquals": ["BusyError"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2}
_CATCH = {"ErrorEquals": ["DataError"], "ResultPath": "$.error", "Next": "Caught"}
_FAILURES = ("LambdaFunctionFailed", "TaskFailed")


def _fail(target: Target, error: str, **more: object) -> Any:
    """Run a task that fails with this error; return the execution."""
    caught = {"Type": "Pass", "End": True}
    machine = make_machine(target, {"Fail": {**make_task(target), **more}, "Caught": caught})
    return run(target, machine, {"do": "fail", "error": error})


def _list_failures(target: Target, error: str, retry: dict[str, object]) -> list[Any]:
    execution = _fail(target, error, Retry=[retry])
    events = list_events(target, execution["executionArn"])
    return [event["timestamp"] for event in events if event["type"] in _FAILURES]


def _retry_by_name(target: Target) -> str:
    retried = _list_failures(target, "BusyError", _RETRY | {"BackoffRate": 1})
    other = _list_failures(target, "DataError", _RETRY)
    return f"{len(retried)} tries, {len(other)} of another name"


def _back_off(target: Target) -> str:
    times = _list_failures(target, "BusyError", _RETRY)
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    waited = len(gaps) == 2 and gaps[0] >= 1 and gaps[1] >= 2
    return "a second, then two" if waited else f"{len(gaps)} pauses, too short"


def _catch_by_name(target: Target) -> str:
    output = json.loads(_fail(target, "DataError", Catch=[_CATCH])["output"])
    cause = json.loads(output["error"]["Cause"])
    return (
        f"{output['error']['Error']} beside {output.get('do')}, "
        f"cause {' '.join(sorted(set(cause) & {'errorMessage', 'errorType', 'stackTrace'}))}"
    )


def _fail_uncaught(target: Target) -> str:
    return describe_end(_fail(target, "BusyError", Catch=[_CATCH]))


def _fail_by_path(target: Target) -> str:
    states = {"Fail": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}}
    execution = run(target, make_machine(target, states), {"e": "DataError", "c": "cause"})
    return f"{describe_end(execution)} {execution.get('cause')}"


def _call_without_permission(target: Target) -> str:
    machine = make_machine(target, {"Call": make_task(target)}, role=make_caller_role(target))
    return describe_end(run(target, machine, {}))


def _call_function(target: Target, function: str, given: object) -> str:
    """Run a machine that calls the function; describe its end."""
    role = make_caller_role(target, find_arn(target, function))
    machine = make_machine(target, {"Call": make_task(target, function)}, role=role)
    return describe_end(run(target, machine, given))


def _call_throttled(target: Target) -> str:
    name = make_function(target)
    target.client("lambda").put_function_concurrency(
        FunctionName=name, ReservedConcurrentExecutions=0
    )
    return _call_function(target, name, {})


def _call_timing_out(target: Target) -> str:
    return _call_function(target, make_function(target, Timeout=1), {"do": "sleep", "seconds": 4})


_ERRORS = "AWS Step Functions Developer Guide: Handling errors in Step Functions workflows"
_TRAINING = "cdk/training.py"
PROBES = make_probes(
    "Step Functions",
    (
        "Retried by the error's name",
        "3 tries, 1 of another name",
        _ERRORS,
        f"{_TRAINING}: TransientError",
        _retry_by_name,
    ),
    ("IntervalSeconds 1 and BackoffRate 2", "a second, then two", _ERRORS, _TRAINING, _back_off),
    (
        "Caught by the error's name, with ResultPath",
        "DataError beside fail, cause errorMessage errorType stackTrace",
        _ERRORS,
        f"{_TRAINING}: Data cannot train a model",
        _catch_by_name,
    ),
    ("An error that nothing catches", "FAILED BusyError", _ERRORS, _TRAINING, _fail_uncaught),
    (
        "Fail with ErrorPath and CausePath",
        "FAILED DataError cause",
        "AWS Step Functions Developer Guide: Fail workflow state",
        _TRAINING,
        _fail_by_path,
    ),
    (
        "A machine whose role may not call the function",
        "FAILED Lambda.AWSLambdaException",
        _ERRORS,
        f"{_TRAINING}: the machine's role",
        _call_without_permission,
    ),
    (
        "A machine that calls a function with a reserved concurrency of 0",
        "FAILED Lambda.TooManyRequestsException",
        _ERRORS,
        f"{_TRAINING}: waits_for_capacity",
        _call_throttled,
    ),
    (
        "A machine that calls a function which times out",
        "FAILED Sandbox.Timedout",
        "AWS Step Functions Developer Guide: Handle Lambda service exceptions (an edition of it "
        "says Lambda.Unknown)",
        f"{_TRAINING}: caught as any other",
        _call_timing_out,
    ),
)
