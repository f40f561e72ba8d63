"""Recipes with candidates to search, and boards as trials fill them."""

import dataclasses
from collections.abc import Callable, Sequence

from dropcast.recipe import Candidate, Choices, Floats, Integers, Recipe, Search, candidate
from dropcast.recipe.training import Metric
from dropcast.recipes import RECIPES
from dropcast.search.board import Board, BoardRow, Trial, fail_trial

_RECIPE = RECIPES["spotify_preference"]
PLAIN = candidate("logistic_regression", C=1.0)
FOREST = candidate(
    "random_forest",
    n_estimators=100,
    max_features="sqrt",
    search={
        "min_samples_leaf": Integers(low=1, high=50, log=True),
        "max_features": Choices(options=("sqrt", None, 0.5)),
    },
)
BOOSTED = candidate(
    "xgboost",
    learning_rate=0.1,
    max_depth=4,
    subsample=0.9,
    search={
        "learning_rate": Floats(low=0.01, high=0.3, log=True),
        "max_depth": Integers(low=2, high=8),
    },
)


def make_recipe(
    candidates: Sequence[Candidate] = (PLAIN, FOREST, BOOSTED),
    *,
    rounds: int = 3,
    trials: int = 4,
    metric: Metric = "roc_auc",
) -> Recipe:
    return dataclasses.replace(
        _RECIPE,
        candidates=tuple(candidates),
        search=Search(rounds=rounds, trials=trials),
        gate=dataclasses.replace(_RECIPE.gate, metric=metric),
    )


def measure_trial(trial: Trial, mean: float) -> BoardRow:
    """Return the row of a trial whose folds did about ``mean``."""
    return BoardRow(
        number=trial.number,
        entry=trial.entry,
        candidate=trial.candidate,
        fold_scores=(mean - 0.01, mean + 0.01),
        mean=mean,
        std=0.01,
        error=None,
    )


def extend_board(
    board: Board, trials: Sequence[Trial], measure: Callable[[Trial], float | None]
) -> Board:
    """Return the board with a row more for each trial; one that measures ``None`` has failed."""
    rows = list(board.rows)
    for trial in trials:
        mean = measure(trial)
        rows.append(fail_trial(trial, "boom") if mean is None else measure_trial(trial, mean))
    return Board(metric=board.metric, rows=tuple(rows))


def start_board(recipe: Recipe) -> Board:
    return Board(metric=recipe.gate.metric, rows=())
