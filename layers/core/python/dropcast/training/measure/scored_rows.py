"""Rows with their truth and a model's predictions: what metrics and curves are computed from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.recipe import Task
from dropcast.training.measure.ranking import Ranking, rank_scores
from dropcast.training.rows import FeatureRows, Floats, require_target

Integers = NDArray[np.int64]

# What rounding may add to a probability.
_SLACK = 1e-6
_FEWEST_COLUMNS: dict[Task, int] = {"regression": 1, "binary": 2, "multiclass": 3}


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """n >= 1 rows with their truth and a model's predictions.

    ``task``         what the model predicts; it fixes k: 2 for binary, 3 or more for multiclass
    ``target``       int64 class index 0..k-1, or the float64 value for regression, (n,)
    ``predictions``  class probabilities (n, k), or the predicted value (n, 1) for regression
    ``naive_error``  regression: the mean absolute one-step error of the naive forecast inside the
                     training rows, in the target's unit; None where there is none

    Raises ``DocumentError`` where these do not fit together.
    """

    task: Task
    target: Integers | Floats
    predictions: Floats
    naive_error: float | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        _require_fit(self)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    @cached_property
    def truth(self) -> Integers:
        """The class index of each row, (n,). Raises ``DocumentError`` for regression."""
        _require_classes(self)
        return self.target.astype(np.int64)

    @cached_property
    def label(self) -> Integers:
        """The likeliest class of each row, the first on a tie, (n,).

        Raises ``DocumentError`` for regression.
        """
        _require_classes(self)
        return np.asarray(self.predictions.argmax(axis=1), dtype=np.int64)

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """The rows by the probability of the second class (binary) or of each (multiclass)."""
        classes = [1] if self.task == "binary" else range(self.predictions.shape[1])
        return tuple(rank_scores(self.predictions[:, c], self.truth == c) for c in classes)


def pair_predictions(
    task: Task, rows: FeatureRows, predictions: Floats, *, naive_error: float | None
) -> ScoredRows:
    """Return feature rows with their predictions, ready to be measured."""
    return ScoredRows(
        task=task, target=require_target(rows), predictions=predictions, naive_error=naive_error
    )


def _require_classes(rows: ScoredRows) -> None:
    if rows.task == "regression":
        raise DocumentError(
            "rows of a regression have values, not classes; measure them by its metrics"
        )


def _require_fit(rows: ScoredRows) -> None:
    n, predictions, columns = len(rows.target), rows.predictions, _FEWEST_COLUMNS[rows.task]
    more = rows.task == "multiclass"
    shape = f"({n}, {columns}{' or more' if more else ''})"
    if n == 0:
        raise DocumentError("no rows were scored; a metric needs one at least")
    if (
        predictions.ndim != 2
        or len(predictions) != n
        or not (predictions.shape[1] == columns or (more and predictions.shape[1] > columns))
    ):
        raise DocumentError(
            f"{rows.task} predictions have shape {predictions.shape}; expected {shape}"
        )
    if not (np.isfinite(predictions).all() and np.isfinite(rows.target).all()):
        raise DocumentError(f"{rows.task} rows hold a target or a prediction that is not finite")
    if rows.task == "regression":
        if rows.naive_error is not None and not rows.naive_error >= 0:
            raise DocumentError(f"the naive forecast's mean error is {rows.naive_error}, not >= 0")
        return
    if predictions.min() < -_SLACK or predictions.max() > 1 + _SLACK:
        raise DocumentError("predictions must be probabilities from 0 to 1, not margins or votes")
    whole = (rows.target == np.floor(rows.target)).all()
    if not whole or rows.target.min() < 0 or rows.target.max() >= predictions.shape[1]:
        raise DocumentError(f"targets must be class indexes from 0 to {predictions.shape[1] - 1}")
