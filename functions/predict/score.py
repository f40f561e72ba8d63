"""Score function: a file was dropped under score/ -> predictions, problems, receipt, report."""

from functools import partial
from typing import Any

from dropcast.contracts.keys import SCORE_DROP
from dropcast.contracts.messages import RawArrived
from dropcast.contracts.scored_files import DropScored
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.runtime.s3_events import read_raw_arrived
from dropcast.steps.score_file import score_dropped_file

read_message = partial(read_raw_arrived, place=SCORE_DROP)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("score", event, context, read_message, call_step)


def call_step(arrived: RawArrived | None, ports: Dependencies) -> DropScored | None:
    """Score the file with this function's ports; a folder marker is no file."""
    if arrived is None:
        return None
    return score_dropped_file(
        arrived,
        raw=ports.raw,
        models=ports.models,
        registry=ports.registry,
        reports=ports.reports,
        find_recipe=ports.find_recipe,
        datasets=ports.recipes,
        code_hash=ports.code_hash,
    )
