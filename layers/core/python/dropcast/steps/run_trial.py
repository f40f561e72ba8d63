"""Fit trial: training rows and one candidate -> its row of the leaderboard.

This step may read neither the test rows nor their truth: its role has no permission to.
"""

from collections.abc import Callable

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.messages import TrialEnded, TrialStarted
from dropcast.contracts.ports import BlobStore
from dropcast.recipe import Recipe
from dropcast.search.leaderboard import Trial
from dropcast.steps.tables.arrays import ArrayTables
from dropcast.training.fit import run_trial
from dropcast.training.rows import read_feature_rows


def run_one_trial(
    started: TrialStarted,
    *,
    lake: BlobStore,
    arrays: ArrayTables,
    find_recipe: Callable[[str], Recipe],
) -> TrialEnded:
    """Write how the trial's candidate did in cross-validation, or why it could not be fitted."""
    run = started.split.run
    recipe = find_recipe(run.dataset)
    rows = read_feature_rows(arrays.read(started.split.train_key), recipe)
    trial = read_document(lake, Trial, started.trial.trial_key)
    row = run_trial(recipe, rows, trial, seed=recipe.random_state)
    write_document(lake, started.trial.row_key, row)
    return TrialEnded(number=trial.number, error=None)
