"""Fit trial: training rows and one candidate -> its row of the board.

This step may read neither the test rows nor their truth: its role has no permission to.
"""

from dataclasses import dataclass
from typing import Any

from dropcast.contracts.codec import from_document
from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.messages import RowsSplit, TrialAsked, TrialEnded, choose_seed
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.wiring import Wiring
from dropcast.search.board import Trial
from dropcast.training import read_feature_rows
from dropcast.training.trials import run_trial


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the state machine asks for: one trial of a round."""

    split: RowsSplit
    trial: TrialAsked


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("trial", event, context, try_candidate)


def try_candidate(event: Event, wiring: Wiring) -> TrialEnded:
    """Write how the trial's candidate did in cross-validation, or why it could not be fitted."""
    asked = from_document(Asked, event)
    run = asked.split.run
    recipe = wiring.find_recipe(run.dataset)
    rows = read_feature_rows(wiring.arrays.read(asked.split.train_key), recipe)
    trial = read_document(wiring.lake, Trial, asked.trial.trial_key)
    row = run_trial(recipe, rows, trial, seed=choose_seed(run.recipe_hash))
    write_document(wiring.lake, asked.trial.row_key, row)
    return TrialEnded(number=trial.number, error=None)
