"""Propose trials: rows were split, or a round was tried -> leaderboard and the next round."""

from typing import Any

from dropcast.contracts.messages import RowsSplit, TrialsProposed, TrialsTried
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.runtime.state_machine_events import read_search_message
from dropcast.steps.propose import propose_round

read_message = read_search_message


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("propose", event, context, read_message, call_step)


def call_step(ended: RowsSplit | TrialsTried, ports: Dependencies) -> TrialsProposed:
    """Propose the round with this function's ports."""
    return propose_round(ended, lake=ports.lake, find_recipe=ports.find_recipe)
