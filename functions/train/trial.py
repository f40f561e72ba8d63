"""Fit trial: training rows and one candidate -> its row of the leaderboard.

This step may read neither the test rows nor their truth: its role has no permission to.
"""

from dataclasses import dataclass
from typing import Any

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.messages import RowsSplit, TrialAsked, TrialEnded
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.steps import Event, run_step
from dropcast.search.leaderboard import Trial
from dropcast.training import read_feature_rows
from dropcast.training.fit.trials import run_trial


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the state machine asks for: one trial of a round."""

    split: RowsSplit
    trial: TrialAsked


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("trial", event, context, try_candidate)


def try_candidate(event: Event, dependencies: Dependencies) -> TrialEnded:
    """Write how the trial's candidate did in cross-validation, or why it could not be fitted."""
    asked = from_document(Asked, event)
    run = asked.split.run
    recipe = dependencies.find_recipe(run.dataset)
    rows = read_feature_rows(dependencies.arrays.read(asked.split.train_key), recipe)
    trial = read_document(dependencies.lake, Trial, asked.trial.trial_key)
    row = run_trial(recipe, rows, trial, seed=recipe.random_state)
    write_document(dependencies.lake, asked.trial.row_key, row)
    return TrialEnded(number=trial.number, error=None)
