"""Run with the layers of what proposes: two rounds of trials, and a study's own tools."""

import dataclasses
import json
import sys
import warnings

import optuna

from dropcast.recipe import Floats, Integers, Recipe, candidate
from dropcast.recipes import RECIPES
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow
from dropcast.search.propose import propose_trials

UNUSED = {"alembic", "mako", "markupsafe", "sqlalchemy", "yaml"}


def make_recipe() -> Recipe:
    document = RECIPES["spotify_preference"].to_json()
    searched = candidate(
        "hist_gradient_boosting",
        learning_rate=0.1,
        search={
            "learning_rate": Floats(low=0.01, high=0.3, log=True),
            "max_leaf_nodes": Integers(low=7, high=63),
        },
    )
    recipe = Recipe.from_json({**document, "search": {"rounds": 3, "trials": 6}})
    return dataclasses.replace(recipe, candidates=(searched,))


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    warnings.simplefilter("error")
    recipe = make_recipe()
    leaderboard = Leaderboard(metric=recipe.gate.metric, rows=())
    counts = []
    for number in range(4):
        trials = propose_trials(recipe, leaderboard, round=number, seed=7)
        counts.append(len(trials))
        rows = [
            LeaderboardRow(
                number=trial.number,
                entry=trial.entry,
                candidate=trial.candidate,
                fold_scores=(0.7, 0.8),
                mean=0.75,
                std=0.05,
                error=None,
            )
            for trial in trials
        ]
        leaderboard = Leaderboard(metric=leaderboard.metric, rows=(*leaderboard.rows, *rows))
    return {
        "counts": counts,
        "optuna": optuna.__version__,
        "unused": sorted(UNUSED & set(sys.modules)),
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
