"""Propose trials: what the last round found goes on the leaderboard; the next round is asked for.

Run twice with the same message it writes the same objects: each round has a leaderboard of its own, and
what is proposed is a function of leaderboard, recipe and round.
"""

from typing import Any

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import InvalidRunError, StaleRunError
from dropcast.contracts.keys import LEADERBOARD, TRIAL, TRIAL_ROW
from dropcast.contracts.messages import (
    RowsSplit,
    Run,
    TrialAsked,
    TrialsProposed,
    TrialsTried,
)
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipe import Recipe
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.steps import Event, run_step
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow, Trial, fail_trial
from dropcast.search.propose import propose_trials


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("propose", event, context, propose_next)


def propose_next(event: Event, dependencies: Dependencies) -> TrialsProposed:
    """Begin the search of rows that were split, or go on after a round that was tried."""
    if "outcomes" not in event:
        split = from_document(RowsSplit, event)
        recipe = _find_recipe(split.run, dependencies)
        return _ask(split, recipe, Leaderboard(metric=recipe.gate.metric, rows=()), 0, dependencies)
    tried = from_document(TrialsTried, event)
    recipe = _find_recipe(tried.split.run, dependencies)
    return _ask(tried.split, recipe, _gather(tried, dependencies), tried.round + 1, dependencies)


def _find_recipe(run: Run, dependencies: Dependencies) -> Recipe:
    recipe = dependencies.find_recipe(run.dataset)
    if run.recipe_hash != recipe.training_hash:
        raise StaleRunError(
            f"the recipe of '{run.dataset}' was deployed anew while run {run.run_id} searched; "
            f'start it again with {{"dataset": "{run.dataset}"}}'
        )
    return recipe


def _gather(tried: TrialsTried, dependencies: Dependencies) -> Leaderboard:
    """Return the leaderboard with the rows of the round that has ended."""
    leaderboard = read_document(dependencies.lake, Leaderboard, tried.leaderboard_key)
    errors = {outcome.number: outcome.error for outcome in tried.outcomes}
    asked = {trial.number for trial in tried.trials}
    if errors.keys() != asked:
        raise InvalidRunError(
            f"run {tried.split.run.run_id}, round {tried.round}: trials {sorted(asked)} were asked "
            f"for, {sorted(errors)} ended; start the run again"
        )
    rows = [_read_row(trial, errors[trial.number], dependencies) for trial in tried.trials]
    return Leaderboard(metric=leaderboard.metric, rows=(*leaderboard.rows, *rows))


def _read_row(asked: TrialAsked, error: str | None, dependencies: Dependencies) -> LeaderboardRow:
    # A trial that was stopped may have left the row of an earlier execution: it does not count.
    if error is not None:
        return fail_trial(read_document(dependencies.lake, Trial, asked.trial_key), error)
    return read_document(dependencies.lake, LeaderboardRow, asked.row_key)


def _ask(
    split: RowsSplit,
    recipe: Recipe,
    leaderboard: Leaderboard,
    number: int,
    dependencies: Dependencies,
) -> TrialsProposed:
    """Write the leaderboard and the trials of round ``number``."""
    run = split.run
    place = {"dataset": run.dataset, "run_id": run.run_id}
    trials = propose_trials(recipe, leaderboard, round=number, seed=recipe.random_state)
    asked = tuple(
        TrialAsked(
            number=trial.number,
            trial_key=TRIAL.format(**place, trial=str(trial.number)),
            row_key=TRIAL_ROW.format(**place, trial=str(trial.number)),
        )
        for trial in trials
    )
    leaderboard_key = LEADERBOARD.format(**place, round=str(number))
    write_document(dependencies.lake, leaderboard_key, leaderboard)
    for trial, told in zip(trials, asked, strict=True):
        write_document(dependencies.lake, told.trial_key, trial)
    return TrialsProposed(
        split=split, round=number, trials=asked, ended=not trials, leaderboard_key=leaderboard_key
    )
