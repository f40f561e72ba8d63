"""Scored rows for tests of what is measured on them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropcast.recipe import Task
from dropcast.training.measure import ScoredRows

_TASKS: dict[int, Task] = {1: "regression", 2: "binary"}


def make_scored(
    target: NDArray[np.int64] | NDArray[np.float64],
    predictions: NDArray[np.float64],
    *,
    naive_error: float | None = None,
) -> ScoredRows:
    """Return rows whose task follows from the columns of their predictions.

    One column is a regression, two are binary, more are multiclass.
    """
    columns = predictions.shape[1] if predictions.ndim == 2 else 0
    task = _TASKS.get(columns, "multiclass")
    return ScoredRows(task=task, target=target, predictions=predictions, naive_error=naive_error)


def take_scored(
    rows: ScoredRows, chosen: NDArray[np.bool_] | NDArray[np.int64] | NDArray[np.intp]
) -> ScoredRows:
    """Return the rows of a mask or of positions, in that order."""
    return replace(rows, target=rows.target[chosen], predictions=rows.predictions[chosen])
