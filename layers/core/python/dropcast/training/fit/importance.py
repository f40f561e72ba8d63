"""Permutation importance, inside the training rows (Breiman 2001; Fisher, Rudin, Dominici 2019).

A model fitted on all folds but the last predicts the last, with one feature's values shuffled
among the rows: how much worse it gets is what the feature was worth to it.
"""

import numpy as np

from dropcast.recipe import Candidate, Recipe
from dropcast.recipe.training import SMALLER_IS_BETTER
from dropcast.training.fit.folds import make_folds
from dropcast.training.measure import measure, pair_predictions
from dropcast.training.pipelines import fit_pipeline, predict_rows
from dropcast.training.records import Importance
from dropcast.training.rows import (
    FeatureRows,
    Floats,
    compute_learned_target,
    measure_naive_error,
    sort_rows,
    take_rows,
)

REPEATS = 3
_MAX_ROWS = 5_000


def measure_importance(
    recipe: Recipe, rows: FeatureRows, candidate: Candidate, *, seed: int
) -> tuple[Importance, ...]:
    """Return how much the gate's metric falls without each feature, the greatest first."""
    rows = sort_rows(rows)
    folds = make_folds(recipe.split_rule, rows, labels=len(recipe.target.labels), seed=seed)
    fitted, validated = folds[-1]
    train, validation = take_rows(rows, fitted), take_rows(rows, validated)
    generator = np.random.default_rng(seed)
    if len(validation) > _MAX_ROWS:
        chosen = generator.choice(len(validation), _MAX_ROWS, replace=False)
        validation = take_rows(validation, np.sort(chosen))
    pipeline = fit_pipeline(recipe, candidate, train.values, compute_learned_target(train), seed)
    error = measure_naive_error(train)

    def score(values: Floats) -> float:
        shuffled = FeatureRows(
            names=validation.names,
            values=values,
            row_id=validation.row_id,
            target=validation.target,
            base=validation.base,
        )
        found = predict_rows(pipeline, shuffled)
        scored = pair_predictions(recipe.target.task, shuffled, found, naive_error=error)
        return float(measure(recipe.gate.metric, scored)[0])

    direction = -1.0 if recipe.gate.metric in SMALLER_IS_BETTER else 1.0
    whole = score(validation.values)
    found = []
    for index, name in enumerate(validation.names):
        losses = []
        for _ in range(REPEATS):
            values = validation.values.copy()
            values[:, index] = generator.permutation(values[:, index])
            losses.append(direction * (whole - score(values)))
        found.append(Importance(name=name, mean=float(np.mean(losses)), std=float(np.std(losses))))
    return tuple(sorted(found, key=lambda importance: -importance.mean))
