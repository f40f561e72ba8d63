"""Permutation importance, inside the training rows (Breiman 2001; Fisher, Rudin, Dominici 2019).

A model fitted on all folds but the last is asked about the last, with one feature's values
shuffled among the rows: how much worse it gets is what the feature was worth to it.
"""

import numpy as np

from dropcast.recipe import Candidate, Recipe
from dropcast.recipe.training import SMALLER_IS_BETTER
from dropcast.training.fit.answers import (
    answer_in_units,
    find_learned,
    make_scored,
    measure_naive_error,
)
from dropcast.training.fit.candidates import fit_pipeline
from dropcast.training.fit.folds import make_folds
from dropcast.training.measure.curves import Importance
from dropcast.training.measure.metrics import measure
from dropcast.training.rows import FeatureRows, Floats, sort_rows, take_rows

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
    pipeline = fit_pipeline(recipe, candidate, train.values, find_learned(train), seed)
    error = measure_naive_error(train)

    def score(values: Floats) -> float:
        shuffled = FeatureRows(
            names=validation.names,
            values=values,
            row_id=validation.row_id,
            target=validation.target,
            base=validation.base,
        )
        answers = answer_in_units(pipeline, shuffled)
        scored = make_scored(recipe.target.task, shuffled, answers, naive_error=error)
        return float(measure(recipe.gate.metric, scored)[0])

    sign = -1.0 if recipe.gate.metric in SMALLER_IS_BETTER else 1.0
    whole = score(validation.values)
    found = []
    for index, name in enumerate(validation.names):
        losses = []
        for _ in range(REPEATS):
            values = validation.values.copy()
            values[:, index] = generator.permutation(values[:, index])
            losses.append(sign * (whole - score(values)))
        found.append(Importance(name=name, mean=float(np.mean(losses)), std=float(np.std(losses))))
    return tuple(sorted(found, key=lambda importance: -importance.mean))
