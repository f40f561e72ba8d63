"""The use of a run, read from its log, its history and its counted requests."""

from typing import Any

import pytest

from bench.costs import read_functions, read_run
from operations.pricing.per_use import FunctionUse, RunUse

REPORT = "REPORT RequestId: a\tDuration: 12.3 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB"


def test_a_function_is_billed_by_its_report_lines_and_its_requests() -> None:
    seen = [
        ("split", "GET lake features/", 3),
        ("split", "HEAD models champions/", 1),
        ("split", "GET lake (list)", 2),
        ("split", "PUT lake work/", 4),
        ("split", "PUT models models/", 1),
        ("split", "POST lake clean/", 1),
        ("split", "DELETE lake work/", 9),
    ]
    messages = {"split": ["START a", "é", "END a", REPORT], "predict": []}
    assert read_functions(messages, seen) == (
        FunctionUse(
            function="split",
            milliseconds=(13,),
            log_bytes=len("START a") + 2 + len("END a") + len(REPORT),
            # Deleting is free; a list is billed as a write; only raw and lake send events.
            s3_writes=8,
            s3_reads=4,
            s3_events=4,
        ),
    )


def test_a_report_without_a_billed_duration_is_no_measurement() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        read_functions({"split": ["REPORT RequestId: a\tDuration: 1 ms"]}, [])


def make_history(*kinds: str) -> list[dict[str, Any]]:
    return [{"type": kind} for kind in kinds]


def test_a_run_has_the_transitions_of_its_states_its_attempts_its_start_and_its_end() -> None:
    history = make_history(
        "ExecutionStarted",
        *("TaskStateEntered", "TaskScheduled", "TaskFailed", "TaskScheduled", "TaskSucceeded"),
        *("ChoiceStateEntered", "ChoiceStateExited"),
        *("MapStateEntered", "TaskScheduled", "TaskScheduled", "TaskSucceeded", "TaskFailed"),
        "MapStateExited",
        *("MapStateEntered", "TaskScheduled", "TaskSucceeded", "MapStateExited"),
        "ExecutionSucceeded",
    )
    # Two attempts, a choice, two maps, three trials, the start and the end.
    assert read_run(history) == RunUse(transitions=10, history=19, first_round=2)


def test_a_run_without_trials_has_no_first_round() -> None:
    history = make_history("ExecutionStarted", "PassStateEntered", "ExecutionSucceeded")
    assert read_run(history) == RunUse(transitions=3, history=3, first_round=0)
