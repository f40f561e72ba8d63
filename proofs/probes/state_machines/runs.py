"""Step Functions' standard executions: names, Map, limits, timeouts, redrive."""

import json
from typing import Any

from proofs.probes.probe import describe_call, make_probes
from proofs.probes.state_machines.resources import (
    describe_end,
    finish,
    list_events,
    make_machine,
    make_task,
    run,
    start,
)
from proofs.probes.target import Target


def _start_twice(target: Target) -> str:
    service = target.client("stepfunctions")
    waits = {"Wait": {"Type": "Wait", "Seconds": 2, "End": True}}
    machine, name = make_machine(target, waits), target.name("run")
    first = start(target, machine, {"a": 1}, name=name)
    same, other = (
        describe_call(lambda given=given: start(target, machine, given, name=name))  # type: ignore[misc]
        for given in ({"a": 1}, {"a": 2})
    )
    finish(target, first)
    after = describe_call(lambda: start(target, machine, {"a": 1}, name=name))
    listed = len(service.list_executions(stateMachineArn=machine)["executions"])
    return f"{same}; {other}; {after}; {listed} run"


def _run_map(target: Target, state: dict[str, Any], most: int, given: object) -> Any:
    """Run an inline Map with one state for each item; return the execution's output."""
    mapping = {
        "Type": "Map",
        "MaxConcurrency": most,
        "End": True,
        **state,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "One",
            "States": {"One": state["ItemProcessor"]},
        },
    }
    return json.loads(run(target, make_machine(target, {"Each": mapping}), given)["output"])


def _limit_concurrency(target: Target) -> str:
    sleeps = make_task(target, Parameters={"do": "sleep", "seconds.$": "$.seconds"})
    results = _run_map(target, {"ItemProcessor": sleeps}, 2, [{"seconds": 1}] * 4)
    together = max(
        sum(other["started"] <= one["started"] < other["ended"] for other in results)
        for one in results
    )
    return f"{together} at once of {len(results)}"


def _keep_order(target: Target) -> str:
    state = {
        "ItemsPath": "$.items",
        "ItemSelector": {"value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
        "ItemProcessor": {"Type": "Pass", "End": True},
        "ResultPath": "$.outcomes",
    }
    output = _run_map(target, state, 3, {"items": ["a", "b", "c"]})
    outcomes = "".join(f"{one['value']}{one['index']}" for one in output["outcomes"])
    return f"{outcomes}, beside {' '.join(sorted(set(output) - {'outcomes'}))}"


def _exceed_result(target: Target) -> str:
    machine = make_machine(target, {"Return": make_task(target)})
    return describe_end(run(target, machine, {"do": "return", "bytes": 300_000}))


def _exceed_input(target: Target) -> str:
    machine = make_machine(target, {"Pass": {"Type": "Pass", "End": True}})
    return describe_call(lambda: start(target, machine, "x" * 263_000)).partition(" ")[0]


def _time_out_machine(target: Target) -> str:
    waits = {"Wait": {"Type": "Wait", "Seconds": 6, "End": True}}
    return str(run(target, make_machine(target, waits, TimeoutSeconds=1), {})["status"])


def _time_out_task(target: Target) -> str:
    machine = make_machine(target, {"Sleep": make_task(target, TimeoutSeconds=1)})
    return describe_end(run(target, machine, {"do": "sleep", "seconds": 4}))


def _redrive(target: Target) -> str:
    service = target.client("stepfunctions")
    states = {"First": {"Type": "Pass", "Next": "Second"}, "Second": make_task(target)}
    machine = make_machine(target, states)
    arn = run(target, machine, {"do": "fail", "error": "BusyError"})["executionArn"]
    service.redrive_execution(executionArn=arn)

    def look() -> Any | None:
        again = service.describe_execution(executionArn=arn)
        return again if again.get("redriveCount") and again["status"] != "RUNNING" else None

    again = target.wait_for(look)
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in list_events(target, arn)
        if "stateEnteredEventDetails" in event
    ]
    return f"{again['status']}, redriven {again['redriveCount']}, entered {' '.join(entered)}"


def _make_invalid(target: Target) -> str:
    return describe_call(lambda: make_machine(target, {"A": {"Type": "Pass", "Next": "Nowhere"}}))


_NAMES = "AWS Step Functions API Reference: StartExecution"
_ERRORS = "AWS Step Functions Developer Guide: Handling errors in Step Functions workflows"
_MAP = "AWS Step Functions Developer Guide: Using Map state in Inline mode"
_QUOTAS = "AWS Step Functions Developer Guide: Step Functions service quotas"
_TRAINING = "cdk/training.py"
PROBES = make_probes(
    "Step Functions",
    (
        "A name started twice: with the same input, with another, and after its end",
        "ok; 400 ExecutionAlreadyExists; 400 ExecutionAlreadyExists; 1 run",
        _NAMES,
        "storage/executions.py: a run is started once",
        _start_twice,
    ),
    (
        "A Map's MaxConcurrency of 2",
        "2 at once of 4",
        _MAP,
        f"{_TRAINING}: CONCURRENT_TRIALS",
        _limit_concurrency,
    ),
    (
        "A Map's items, selector, order and ResultPath",
        "a0b1c2, beside items",
        _MAP,
        f"{_TRAINING}: Try candidates",
        _keep_order,
    ),
    (
        "A state's result above 256 KiB",
        "FAILED States.DataLimitExceeded",
        _QUOTAS,
        f"{_TRAINING}: messages hold keys, never tables",
        _exceed_result,
    ),
    ("A start with more than 256 KiB", "400", _QUOTAS, _TRAINING, _exceed_input),
    (
        "A machine that times out",
        "TIMED_OUT",
        "Amazon States Language: TimeoutSeconds",
        f"{_TRAINING}: TIMEOUT_HOURS",
        _time_out_machine,
    ),
    ("A task that times out", "FAILED States.Timeout", _ERRORS, _TRAINING, _time_out_task),
    (
        "A redriven run continues where it failed",
        "FAILED, redriven 1, entered First Second Second",
        "AWS Step Functions Developer Guide: Restarting state machine executions with redrive",
        "cli: redrive of failed runs",
        _redrive,
    ),
    (
        "A definition that leads nowhere",
        "400 InvalidDefinition",
        "AWS Step Functions API Reference: CreateStateMachine",
        "cdk deploy fails, not the first run",
        _make_invalid,
    ),
)
