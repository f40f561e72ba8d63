"""Metrics of a binary model, computed from weights per row: one formula serves the plain figure
(every weight 1) and a thousand bootstrap resamples at once (how often each row was drawn).

Weights have shape (r, n), r resamples of n rows; a metric has shape (r,). Each equals
scikit-learn's with ``sample_weight``; where scikit-learn has a choice, it is named.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TINY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """n rows with their truth and a model's answer.

    ``target``       0 or 1, (n,)
    ``probability``  of the second class, (n,)
    ``label``        0 or 1, (n,): the likelier class, the first on a tie
    """

    target: NDArray[np.int64]
    probability: Floats
    label: NDArray[np.int64]


def make_scored_rows(target: NDArray[np.int64], probabilities: Floats) -> ScoredRows:
    """Return the rows scored by class probabilities of shape (n, 2)."""
    return ScoredRows(
        target=target,
        probability=probabilities[:, 1],
        label=(probabilities[:, 1] > probabilities[:, 0]).astype(np.int64),
    )


def measure(metric: str, rows: ScoredRows, weights: Floats | None = None) -> Floats:
    """Return the metric for each line of weights, (r,); NaN where the weights leave one class."""
    weights = np.ones((1, len(rows.target))) if weights is None else weights
    positives = weights @ (rows.target == 1).astype(np.float64)
    measured = METRICS[metric](rows, weights)
    one_class = (positives == 0) | (positives == weights.sum(axis=1))
    return np.where(one_class, np.nan, measured)


def count_confusion(rows: ScoredRows, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return (true negatives, false positives, false negatives, true positives), each (r,)."""
    cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
    found = [
        weights @ ((rows.target == t) & (rows.label == p)).astype(np.float64) for t, p in cells
    ]
    return found[0], found[1], found[2], found[3]


def _measure_accuracy(rows: ScoredRows, weights: Floats) -> Floats:
    right = (rows.target == rows.label).astype(np.float64)
    return np.asarray(weights @ right / weights.sum(axis=1))


def _measure_f1(rows: ScoredRows, weights: Floats) -> Floats:
    _, false_positives, false_negatives, true_positives = count_confusion(rows, weights)
    return _divide(2 * true_positives, 2 * true_positives + false_positives + false_negatives)


def _measure_mcc(rows: ScoredRows, weights: Floats) -> Floats:
    """Matthews' correlation; 0 where a row or column of the confusion matrix is empty."""
    tn, fp, fn, tp = count_confusion(rows, weights)
    scale = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    return _divide(tp * tn - fp * fn, scale)


def _measure_brier(rows: ScoredRows, weights: Floats) -> Floats:
    return np.asarray(weights @ (rows.probability - rows.target) ** 2 / weights.sum(axis=1))


def _measure_log_loss(rows: ScoredRows, weights: Floats) -> Floats:
    """Mean of -ln(probability of the truth), natural logarithm, probabilities clipped by eps."""
    clipped = np.clip(rows.probability, _TINY, 1 - _TINY)
    losses = -np.log(np.where(rows.target == 1, clipped, 1 - clipped))
    return np.asarray(weights @ losses / weights.sum(axis=1))


def _measure_roc_auc(rows: ScoredRows, weights: Floats) -> Floats:
    """The chance that a positive row scores above a negative one; a tie counts half."""
    positives, negatives = _sum_by_score(rows, weights)
    # Negatives that score below each value, and half of those at it.
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return _divide((positives * below).sum(axis=1), pairs)


def _measure_average_precision(rows: ScoredRows, weights: Floats) -> Floats:
    """Sum over the distinct scores, highest first, of the gain in recall times the precision."""
    positives, negatives = (side[:, ::-1] for side in _sum_by_score(rows, weights))
    found = np.cumsum(positives, axis=1)
    precision = _divide(found, found + np.cumsum(negatives, axis=1))
    return _divide((positives * precision).sum(axis=1), positives.sum(axis=1))


def _sum_by_score(rows: ScoredRows, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of positives and of negatives at each distinct score, ascending."""
    order = np.argsort(rows.probability, kind="stable")
    scores = rows.probability[order]
    starts = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
    sides = [
        np.add.reduceat(weights[:, order] * (rows.target[order] == c), starts, axis=1)
        for c in (1, 0)
    ]
    return sides[0], sides[1]


def _divide(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above, dtype=np.float64), where=below != 0)


METRICS: dict[str, Callable[[ScoredRows, Floats], Floats]] = {
    "accuracy": _measure_accuracy,
    "roc_auc": _measure_roc_auc,
    "average_precision": _measure_average_precision,
    "f1": _measure_f1,
    "mcc": _measure_mcc,
    "brier": _measure_brier,
    "log_loss": _measure_log_loss,
}
