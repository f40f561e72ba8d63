"""Step Functions, Standard: names, Map, limits, time, redrive."""

import json
from typing import Any

from proofs.probes.probe import Probe, outcome
from proofs.probes.state_machines.resources import (
    finish,
    list_events,
    make_machine,
    run,
    start,
    task,
)
from proofs.probes.target import Target


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


_CAUGHT = {"Type": "Pass", "End": True}


def limit_states(target: Target) -> str:
    machine = make_machine(target, {"Answer": task(target)})
    found = run(target, machine, {"do": "answer", "bytes": 300_000})
    return f"{found['status']} {found.get('error')}"


def limit_input(target: Target) -> str:
    machine = make_machine(target, {"Pass": _CAUGHT})
    return outcome(lambda: start(target, machine, "x" * 263_000)).partition(" ")[0]


def end_machine(target: Target) -> str:
    waits = {"Wait": {"Type": "Wait", "Seconds": 6, "End": True}}
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
