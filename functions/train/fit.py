"""Fit model: training rows -> the leaderboard's best candidate, compiled to a scoring program."""

from functools import partial
from typing import Any

from dropcast.contracts.messages import ModelFitted, SearchFinished
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.steps.fit import fit_model

read_message = partial(from_document, SearchFinished)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("fit", event, context, read_message, call_step)


def call_step(search: SearchFinished, ports: Dependencies) -> ModelFitted:
    """Fit the model with this function's ports."""
    return fit_model(search, lake=ports.lake, arrays=ports.arrays, find_recipe=ports.find_recipe)
