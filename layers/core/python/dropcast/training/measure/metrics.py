"""Metrics of binary, multi-class and regression models, computed from weights per row.

One formula serves the plain figure (every weight 1) and a thousand bootstrap resamples at once (how
often each row was drawn).

Weights have shape (r, n), r resamples of n rows; a metric has shape (r,), NaN where those weights
leave it undefined. Each equals scikit-learn's with ``sample_weight``; where scikit-learn has a
choice, or puts a number where nothing is defined, the docstring says what stands here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dropcast.contracts.errors import RecipeError, describe_unknown
from dropcast.recipe import Task
from dropcast.training.measure.ranking import divide, measure_area, measure_precision
from dropcast.training.measure.scored_rows import ScoredRows
from dropcast.training.rows import Floats

_TINY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure of scored rows: ``measure`` maps rows and weights (r, n) to (r,)."""

    measure: Callable[[ScoredRows, Floats], Floats]
    tasks: tuple[Task, ...]


@dataclass(frozen=True, kw_only=True)
class ClassReport:
    """One class against the others; ``support`` is its rows.

    A figure is None where nothing can be divided: a class never predicted has no precision, one
    without rows no recall.
    """

    class_index: int
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


def list_metrics(task: Task) -> tuple[str, ...]:
    """Return the names of the metrics that apply to a task.

    >>> list_metrics("regression")
    ('mae', 'rmse', 'r2', 'mase')
    """
    return tuple(name for name, metric in METRICS.items() if task in metric.tasks)


def measure(metric: str, rows: ScoredRows, weights: Floats | None = None) -> Floats:
    """Return the metric for each line of weights >= 0, (r,); NaN where it is undefined.

    Raises ``RecipeError`` for a metric that the rows' task does not have.
    """
    if metric not in METRICS or rows.task not in METRICS[metric].tasks:
        raise RecipeError(describe_unknown(f"{rows.task} metric", metric, list_metrics(rows.task)))
    return METRICS[metric].measure(rows, np.ones((1, len(rows))) if weights is None else weights)


def count_confusion(rows: ScoredRows) -> tuple[tuple[int, ...], ...]:
    """Return the confusion matrix in rows, [truth][predicted], k by k."""
    cells = _sum_cells(rows, np.ones((1, len(rows))))[0]
    return tuple(tuple(int(count) for count in line) for line in cells)


def describe_classes(rows: ScoredRows) -> tuple[ClassReport, ...]:
    """Return every class's precision, recall, F1 and support, in the order of the classes."""
    cells = np.array(count_confusion(rows), dtype=np.float64)
    hits, truths, labels = np.diagonal(cells), cells.sum(axis=1), cells.sum(axis=0)
    found = [divide(hits, labels), divide(hits, truths), divide(2 * hits, truths + labels)]
    shares = [[None if np.isnan(v) else float(v) for v in column] for column in found]
    return tuple(
        ClassReport(class_index=c, precision=p, recall=r, f1=f, support=int(truths[c]))
        for c, (p, r, f) in enumerate(zip(*shares, strict=True))
    )


def _sum_cells(rows: ScoredRows, weights: Floats) -> Floats:
    """Return the weight in each cell of the confusion matrix, (r, truth, predicted)."""
    k = rows.predictions.shape[1]
    cell = rows.truth * k + rows.label
    sums = [np.bincount(cell, weights=line, minlength=k * k) for line in weights]
    return np.array(sums, dtype=np.float64).reshape(len(weights), k, k)


def _average(values: Floats, weights: Floats) -> Floats:
    return divide(weights @ values, weights.sum(axis=1))


def _average_classes(found: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def _measure_accuracy(rows: ScoredRows, weights: Floats) -> Floats:
    """Share of rows whose class is predicted."""
    return _average((rows.truth == rows.label).astype(np.float64), weights)


def _measure_class_f1(rows: ScoredRows, weights: Floats) -> Floats:
    """Return the F1 of every class, (r, k): NaN for one that is neither there nor predicted."""
    cells = _sum_cells(rows, weights)
    hits = np.diagonal(cells, axis1=1, axis2=2)
    return divide(2 * hits, cells.sum(axis=1) + cells.sum(axis=2))


def _measure_f1(rows: ScoredRows, weights: Floats) -> Floats:
    """Harmonic mean of precision and recall of the second class."""
    return _measure_class_f1(rows, weights)[:, 1]


def _measure_macro_f1(rows: ScoredRows, weights: Floats) -> Floats:
    """F1 of each class, mean over those that are there or predicted (``zero_division=nan``)."""
    found = _measure_class_f1(rows, weights)
    defined = ~np.isnan(found)
    return divide(np.where(defined, found, 0).sum(axis=1), defined.sum(axis=1).astype(np.float64))


def _measure_mcc(rows: ScoredRows, weights: Floats) -> Floats:
    """Matthews' correlation of truth and prediction, -1 to 1; for k classes R_K (Gorodkin 2004).

    It is 0 where one class alone is predicted, NaN (scikit-learn: 0) where one alone is there.
    """
    cells = _sum_cells(rows, weights)
    truths, labels = cells.sum(axis=2), cells.sum(axis=1)
    hits = np.trace(cells, axis1=1, axis2=2)
    together = hits * truths.sum(axis=1) - (truths * labels).sum(axis=1)
    spreads = [side.sum(axis=1) ** 2 - (side**2).sum(axis=1) for side in (truths, labels)]
    scale = np.sqrt(spreads[0]) * np.sqrt(spreads[1])
    return np.where(spreads[0] > 0, divide(together, scale, empty=0.0), np.nan)


def _measure_brier(rows: ScoredRows, weights: Floats) -> Floats:
    """Squared error of the probabilities.

    Binary: the mean of (p - y) squared, 0 to 1. Multiclass: the mean over the rows of the sum over
    the classes, 0 to 2 (scikit-learn's ``brier_score_loss`` with ``scale_by_half="auto"``).
    """
    if rows.task == "binary":
        return _average((rows.predictions[:, 1] - rows.truth) ** 2, weights)
    misses = rows.predictions - np.eye(rows.predictions.shape[1])[rows.truth]
    return _average((misses**2).sum(axis=1), weights)


def _measure_log_loss(rows: ScoredRows, weights: Floats) -> Floats:
    """Mean of -ln(probability of the truth), in nats; probabilities clipped by eps."""
    given = np.take_along_axis(rows.predictions, rows.truth[:, np.newaxis], axis=1)[:, 0]
    return _average(-np.log(np.clip(given, _TINY, 1 - _TINY)), weights)


def _measure_roc_auc(rows: ScoredRows, weights: Floats) -> Floats:
    """Chance that a row of a class scores above one of the others.

    Multiclass: the mean of each class against the others; NaN where a class has no weight.
    """
    return _average_classes([measure_area(ranking, weights) for ranking in rows.rankings])


def _measure_average_precision(rows: ScoredRows, weights: Floats) -> Floats:
    """Precision averaged over recall.

    Multiclass: the mean of each class against the others; NaN (scikit-learn: 0 for the class)
    where a class has no weight.
    """
    return _average_classes([measure_precision(ranking, weights) for ranking in rows.rankings])


def _relate(error: Floats, scale: Floats) -> Floats:
    """Return error over scale; NaN where the scale is zero or the quotient is no finite number."""
    return divide(error, np.where(scale > error * 1e-300, scale, 0.0))


def _measure_mae(rows: ScoredRows, weights: Floats) -> Floats:
    """Mean absolute error, in the target's unit."""
    return _average(np.abs(rows.target - rows.predictions[:, 0]), weights)


def _measure_rmse(rows: ScoredRows, weights: Floats) -> Floats:
    """Root of the mean squared error, in the target's unit."""
    return np.sqrt(_average((rows.target - rows.predictions[:, 0]) ** 2, weights))


def _measure_r2(rows: ScoredRows, weights: Floats) -> Floats:
    """Share of the target's variance that is explained.

    1 - the squared error over the squared deviation from the mean; NaN (scikit-learn: 0 or 1)
    where the target is one value.
    """
    target = rows.target.astype(np.float64)
    missed = weights @ (target - rows.predictions[:, 0]) ** 2
    centred = target - _average(target, weights)[:, np.newaxis]
    spread = np.einsum("rn,rn,rn->r", weights, centred, centred)
    first = target[np.argmax(weights > 0, axis=1)][:, np.newaxis]
    varies = ((weights > 0) & (target != first)).any(axis=1)
    return np.where(varies, 1 - _relate(missed, spread), np.nan)


def _measure_mase(rows: ScoredRows, weights: Floats) -> Floats:
    """Mean absolute error over the naive forecast's in training (Hyndman and Koehler 2006).

    NaN where there is no naive forecast or it never errs.
    """
    scale = np.full(len(weights), rows.naive_error or 0.0)
    return _relate(_measure_mae(rows, weights), scale)


_BINARY: tuple[Task, ...] = ("binary",)
_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_VALUES: tuple[Task, ...] = ("regression",)

# Which metrics are better the smaller they are, ``recipe.training`` says.
METRICS: dict[str, Metric] = {
    "accuracy": Metric(measure=_measure_accuracy, tasks=_CLASSES),
    "roc_auc": Metric(measure=_measure_roc_auc, tasks=_CLASSES),
    "average_precision": Metric(measure=_measure_average_precision, tasks=_CLASSES),
    "f1": Metric(measure=_measure_f1, tasks=_BINARY),
    "macro_f1": Metric(measure=_measure_macro_f1, tasks=_CLASSES),
    "mcc": Metric(measure=_measure_mcc, tasks=_CLASSES),
    "brier": Metric(measure=_measure_brier, tasks=_CLASSES),
    "log_loss": Metric(measure=_measure_log_loss, tasks=_CLASSES),
    "mae": Metric(measure=_measure_mae, tasks=_VALUES),
    "rmse": Metric(measure=_measure_rmse, tasks=_VALUES),
    "r2": Metric(measure=_measure_r2, tasks=_VALUES),
    "mase": Metric(measure=_measure_mase, tasks=_VALUES),
}
