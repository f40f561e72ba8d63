"""Figures of an order: how well a score puts the rows of one class above the others.

They are computed for many lines of weights at once; the rows are sorted once, whatever the number
of lines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.training.rows import Floats


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """n rows in the order of their score, lowest first, rows of one score side by side.

    ``order``     places of the rows, (n,)
    ``starts``    where each of the d distinct scores begins in that order, (d,)
    ``scores``    the distinct scores, ascending, (d,)
    ``positive``  1.0 where the row in that order is of the class, else 0.0, (n,)
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    scores: Floats
    positive: Floats


def rank_scores(scores: Floats, positive: NDArray[np.bool_]) -> Ranking:
    """Return the ranking of n >= 1 rows by their finite scores."""
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    starts = np.flatnonzero(np.r_[True, ascending[1:] != ascending[:-1]])
    return Ranking(
        order=order,
        starts=starts,
        scores=ascending[starts],
        positive=positive[order].astype(np.float64),
    )


def sum_by_score(ranking: Ranking, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of the positive rows and of the others at each distinct score, ascending.

    Each has shape (r, d) for weights (r, n).
    """
    everyone = np.take(weights, ranking.order, axis=1)
    positives = everyone * ranking.positive
    if len(ranking.starts) < len(ranking.order):
        positives = np.add.reduceat(positives, ranking.starts, axis=1)
        everyone = np.add.reduceat(everyone, ranking.starts, axis=1)
    everyone -= positives
    return positives, everyone


def measure_area(ranking: Ranking, weights: Floats) -> Floats:
    """Return the area under the ROC curve, (r,); NaN where one side has no weight.

    It is the chance that a positive row scores above another, a tie counting half.
    """
    positives, negatives = sum_by_score(ranking, weights)
    # Negatives that score below each value, and half of those at it.
    below = np.cumsum(negatives, axis=1)
    below -= negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return divide(np.einsum("rd,rd->r", positives, below), pairs)


def measure_precision(ranking: Ranking, weights: Floats) -> Floats:
    """Return the average precision, (r,); NaN where no positive row has weight.

    It is the sum over the distinct scores, highest first, of the gain in recall times the
    precision there.
    """
    positives, negatives = (side[:, ::-1] for side in sum_by_score(ranking, weights))
    found = np.cumsum(positives, axis=1)
    precision = divide(found, found + np.cumsum(negatives, axis=1), empty=0.0)
    return divide(np.einsum("rd,rd->r", positives, precision), positives.sum(axis=1))


def divide(above: Floats, below: Floats, *, empty: float = np.nan) -> Floats:
    """Return the quotient, ``empty`` where the divisor is zero."""
    quotient = np.full_like(above, empty, dtype=np.float64)
    return np.divide(above, below, out=quotient, where=below != 0)
