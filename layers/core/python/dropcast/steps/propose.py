"""Propose trials: add the last round's rows to the leaderboard, and propose the next round.

Run twice with the same message it writes the same objects: each round has a leaderboard of its own,
and what is proposed is a function of leaderboard, recipe and round.
"""

from collections.abc import Callable

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import InvalidRunError, StaleRunError
from dropcast.contracts.keys import LEADERBOARD, TRIAL, TRIAL_ROW
from dropcast.contracts.messages import (
    RowsSplit,
    TrialKeys,
    TrialsProposed,
    TrialsTried,
)
from dropcast.contracts.ports import BlobStore
from dropcast.recipe import Recipe
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow, Trial, fail_trial
from dropcast.search.propose import propose_trials


def propose_round(
    ended: RowsSplit | TrialsTried, *, lake: BlobStore, find_recipe: Callable[[str], Recipe]
) -> TrialsProposed:
    """Begin the search of rows that were split, or go on after a round that was tried."""
    split = ended if isinstance(ended, RowsSplit) else ended.split
    run = split.run
    recipe = find_recipe(run.dataset)
    if run.recipe_hash != recipe.training_hash:
        raise StaleRunError(
            f"the recipe of '{run.dataset}' was deployed anew while run {run.run_id} searched; "
            f'start it again with {{"dataset": "{run.dataset}"}}'
        )
    if isinstance(ended, RowsSplit):
        number, leaderboard = 0, Leaderboard(metric=recipe.gate.metric, rows=())
    else:
        number, leaderboard = ended.round + 1, _gather_rows(ended, lake)
    return _write_round(split, recipe, leaderboard, number, lake)


def _gather_rows(tried: TrialsTried, lake: BlobStore) -> Leaderboard:
    """Return the leaderboard with the rows of the round that has ended."""
    leaderboard = read_document(lake, Leaderboard, tried.leaderboard_key)
    errors = {outcome.number: outcome.error for outcome in tried.outcomes}
    proposed = {trial.number for trial in tried.trials}
    if errors.keys() != proposed:
        raise InvalidRunError(
            f"run {tried.split.run.run_id}, round {tried.round}: trials {sorted(proposed)} were "
            f"proposed, {sorted(errors)} ended; start the run again"
        )
    rows = [_read_row(trial, errors[trial.number], lake) for trial in tried.trials]
    return Leaderboard(metric=leaderboard.metric, rows=(*leaderboard.rows, *rows))


def _read_row(trial: TrialKeys, error: str | None, lake: BlobStore) -> LeaderboardRow:
    # A trial that was stopped may have left the row of an earlier execution: it does not count.
    if error is not None:
        return fail_trial(read_document(lake, Trial, trial.trial_key), error)
    return read_document(lake, LeaderboardRow, trial.row_key)


def _write_round(
    split: RowsSplit, recipe: Recipe, leaderboard: Leaderboard, number: int, lake: BlobStore
) -> TrialsProposed:
    """Write the leaderboard and the trials of round ``number``."""
    run = split.run
    place = {"dataset": run.dataset, "run_id": run.run_id}
    trials = propose_trials(recipe, leaderboard, round=number, seed=recipe.random_state)
    keys = tuple(
        TrialKeys(
            number=trial.number,
            trial_key=TRIAL.format(**place, trial=str(trial.number)),
            row_key=TRIAL_ROW.format(**place, trial=str(trial.number)),
        )
        for trial in trials
    )
    leaderboard_key = LEADERBOARD.format(**place, round=str(number))
    write_document(lake, leaderboard_key, leaderboard)
    for trial, its_keys in zip(trials, keys, strict=True):
        write_document(lake, its_keys.trial_key, trial)
    return TrialsProposed(
        split=split, round=number, trials=keys, ended=not trials, leaderboard_key=leaderboard_key
    )
