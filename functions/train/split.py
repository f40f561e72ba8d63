"""Split rows: a dataset's feature table -> training rows, test rows and, apart, their truth."""

from functools import partial
from typing import Any

from dropcast.contracts.messages import RowsSplit, Run, RunByHand
from dropcast.recipes import RECIPES
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.runtime.state_machine_events import read_run
from dropcast.steps.split import split_rows

read_message = partial(read_run, datasets=tuple(RECIPES))


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("split", event, context, read_message, call_step)


def call_step(started: Run | RunByHand, ports: Dependencies) -> RowsSplit:
    """Split the rows with this function's ports."""
    return split_rows(
        started,
        lake=ports.lake,
        arrays=ports.arrays,
        versions=ports.versions,
        find_recipe=ports.find_recipe,
    )
