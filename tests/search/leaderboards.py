"""Recipes with candidates to search, and leaderboards as trials fill them."""

import dataclasses
from collections.abc import Callable, Sequence

from dropcast.recipe import Candidate, Choices, Floats, Integers, Recipe, Search, candidate
from dropcast.recipe.training import Metric
from dropcast.recipes import RECIPES
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow, Trial, fail_trial

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


def measure_trial(trial: Trial, mean: float) -> LeaderboardRow:
    """Return the row of a trial whose folds did about ``mean``."""
    return LeaderboardRow(
        number=trial.number,
        entry=trial.entry,
        candidate=trial.candidate,
        fold_scores=(mean - 0.01, mean + 0.01),
        mean=mean,
        std=0.01,
        error=None,
    )


def extend_leaderboard(
    leaderboard: Leaderboard, trials: Sequence[Trial], measure: Callable[[Trial], float | None]
) -> Leaderboard:
    """Return the leaderboard with a row for each trial; one that measures ``None`` failed."""
    rows = list(leaderboard.rows)
    for trial in trials:
        mean = measure(trial)
        rows.append(fail_trial(trial, "boom") if mean is None else measure_trial(trial, mean))
    return Leaderboard(metric=leaderboard.metric, rows=tuple(rows))


def start_leaderboard(recipe: Recipe) -> Leaderboard:
    return Leaderboard(metric=recipe.gate.metric, rows=())
