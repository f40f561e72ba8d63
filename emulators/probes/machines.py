"""Step Functions, Standard: names, Map, retries, catches, limits, redrive."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from emulators.probes.making import allow, find_arn, make_function, make_role
from emulators.probes.mirror import SOURCE, make_mirror
from emulators.probes.probe import Probe, outcome
from emulators.probes.target import Target

_NOT_YET = frozenset({"AccessDeniedException"})
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
    made = target.insist(
        lambda: service.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role_arn
        ),
        while_code=_NOT_YET,
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


def start_twice(target: Target) -> str:
    service = target.client("stepfunctions")
    waits = {"Wait": {"Type": "Wait", "Seconds": 2, "End": True}}
    machine, name = make_machine(target, waits), target.name("run")
    first = start(target, machine, {"a": 1}, name=name)
    same, other = (
        outcome(lambda given=given: start(target, machine, given, name=name))  # type: ignore[misc]
        for given in ({"a": 1}, {"a": 2})
    )
    finish(target, first)
    after = outcome(lambda: start(target, machine, {"a": 1}, name=name))
    listed = len(service.list_executions(stateMachineArn=machine)["executions"])
    return f"{same}; {other}; {after}; {listed} run"


def map_items(target: Target, most: int) -> Any:
    sleeps = {"do": "sleep", "seconds.$": "$.seconds"}
    inner = {"StartAt": "One", "States": {"One": task(target, Parameters=sleeps)}}
    state = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **inner},
        "MaxConcurrency": most,
        "End": True,
    }
    found = run(target, make_machine(target, {"Each": state}), [{"seconds": 1}] * 4)
    return json.loads(found["output"])


def map_at_most(target: Target) -> str:
    answers = map_items(target, 2)
    together = max(
        sum(other["started"] <= one["started"] < other["ended"] for other in answers)
        for one in answers
    )
    return f"{together} at once of {len(answers)}"


def keep_order(target: Target) -> str:
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "One",
            "States": {"One": {"Type": "Pass", "End": True}},
        },
        "MaxConcurrency": 3,
        "ResultPath": "$.outcomes",
        "End": True,
    }
    found = run(target, make_machine(target, {"Each": state}), {"items": ["a", "b", "c"]})
    output = json.loads(found["output"])
    told = "".join(f"{one['value']}{one['index']}" for one in output["outcomes"])
    return f"{told}, beside {' '.join(sorted(set(output) - {'outcomes'}))}"


_RETRY = {"ErrorEquals": ["BusyError"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2}


def fail(target: Target, error: str, **more: object) -> tuple[Any, list[Any]]:
    """Run a task that fails by this name; return the execution and its history."""
    machine = make_machine(target, {"Fail": task(target, **more), "Caught": _CAUGHT})
    found = run(target, machine, {"do": "fail", "error": error})
    return found, list_events(target, found["executionArn"])


_CAUGHT = {"Type": "Pass", "End": True}


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


def limit_states(target: Target) -> str:
    machine = make_machine(target, {"Answer": task(target)})
    found = run(target, machine, {"do": "answer", "bytes": 300_000})
    return f"{found['status']} {found.get('error')}"


def limit_input(target: Target) -> str:
    machine = make_machine(target, {"Pass": _CAUGHT})
    return outcome(lambda: start(target, machine, "x" * 263_000)).partition(" ")[0]


def end_machine(target: Target) -> str:
    waits = {"Wait": {"Type": "Wait", "Seconds": 20, "End": True}}
    return str(run(target, make_machine(target, waits, TimeoutSeconds=1), {})["status"])


def end_task(target: Target) -> str:
    states = {"Sleep": task(target, TimeoutSeconds=1)}
    found = run(target, make_machine(target, states), {"do": "sleep", "seconds": 4})
    return f"{found['status']} {found.get('error')}"


def redrive(target: Target) -> str:
    service = target.client("stepfunctions")
    states = {"First": {"Type": "Pass", "Next": "Second"}, "Second": task(target)}
    machine = make_machine(target, states)
    found = run(target, machine, {"do": "fail", "error": "BusyError"})
    service.redrive_execution(executionArn=found["executionArn"])

    def look() -> Any | None:
        again = service.describe_execution(executionArn=found["executionArn"])
        return again if again.get("redriveCount") and again["status"] != "RUNNING" else None

    again = target.wait_for(look)
    events = list_events(target, found["executionArn"])
    entered = [
        e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e
    ]
    return f"{again['status']}, redriven {again['redriveCount']}, entered {' '.join(entered)}"


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


def refuse_definition(target: Target) -> str:
    return outcome(lambda: make_machine(target, {"A": {"Type": "Pass", "Next": "Nowhere"}}))


_NAMES = "AWS Step Functions API Reference: StartExecution"
_ERRORS = "AWS Step Functions Developer Guide: Handling errors in Step Functions workflows"
_MAP = "AWS Step Functions Developer Guide: Using Map state in Inline mode"
_QUOTAS = "AWS Step Functions Developer Guide: Step Functions service quotas"
_TRAINING = "cdk/training.py"
_ROWS = (
    (
        "A name started twice: with the same input, with another, and after its end",
        "ok; 400 ExecutionAlreadyExists; 400 ExecutionAlreadyExists; 1 run",
        _NAMES,
        "runtime/executions.py: a run is started once",
        start_twice,
    ),
    (
        "A Map's MaxConcurrency of 2",
        "2 at once of 4",
        _MAP,
        f"{_TRAINING}: CONCURRENT_TRIALS",
        map_at_most,
    ),
    (
        "A Map's items, selector, order and ResultPath",
        "a0b1c2, beside items",
        _MAP,
        f"{_TRAINING}: Try candidates",
        keep_order,
    ),
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
        "A state's answer above 256 KiB",
        "FAILED States.DataLimitExceeded",
        _QUOTAS,
        f"{_TRAINING}: messages hold keys, never tables",
        limit_states,
    ),
    ("A start with more than 256 KiB", "400", _QUOTAS, _TRAINING, limit_input),
    (
        "A machine whose time is up",
        "TIMED_OUT",
        "Amazon States Language: TimeoutSeconds",
        f"{_TRAINING}: TIMEOUT_HOURS",
        end_machine,
    ),
    ("A task whose time is up", "FAILED States.Timeout", _ERRORS, _TRAINING, end_task),
    (
        "A redriven run goes on where it failed",
        "FAILED, redriven 1, entered First Second Second",
        "AWS Step Functions Developer Guide: Restarting state machine executions with redrive",
        "cli: redrive of failed runs",
        redrive,
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
        _ERRORS,
        f"{_TRAINING}: caught as any other",
        call_late,
    ),
    (
        "A definition that leads nowhere",
        "400 InvalidDefinition",
        "AWS Step Functions API Reference: CreateStateMachine",
        "cdk deploy fails, not the first run",
        refuse_definition,
    ),
)
PROBES = tuple(
    Probe(name=name, service="Step Functions", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
