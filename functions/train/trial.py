"""Fit trial: training rows and one candidate -> its row of the leaderboard."""

from functools import partial
from typing import Any

from dropcast.contracts.messages import TrialEnded, TrialStarted
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.steps.run_trial import run_one_trial

read_message = partial(from_document, TrialStarted)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("trial", event, context, read_message, call_step)


def call_step(started: TrialStarted, ports: Dependencies) -> TrialEnded:
    """Run the trial with this function's ports."""
    return run_one_trial(
        started, lake=ports.lake, arrays=ports.arrays, find_recipe=ports.find_recipe
    )
