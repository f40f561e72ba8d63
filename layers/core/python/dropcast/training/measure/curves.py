"""The curves of a model card: how predictions rank, calibrate and spread, as points.

Every dataclass here is a JSON document: plain floats and ints, at most ``MOST_POINTS`` points a
curve. Curves of a class that has no rows, or all of them, are left out: nothing is defined there.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.training.measure.ranking import Ranking, measure_area, measure_precision, sum_by_score
from dropcast.training.measure.scored_rows import ScoredRows
from dropcast.training.rows import Floats

MOST_POINTS = 200
CALIBRATION_BINS = 10
HISTOGRAM_BINS = 20
# The 97.5 % point of the normal distribution, for 95 % intervals.
_Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class RocCurve:
    """From (0, 0) to (1, 1), the strictest threshold first; ``area`` is that of all points."""

    class_index: int
    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]
    area: float


@dataclass(frozen=True, kw_only=True)
class PrecisionRecallCurve:
    """From recall 0, where precision is that of the highest score, to recall 1.

    ``positive_share``  the class's share of the rows: the precision of a guess
    """

    class_index: int
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    average_precision: float
    positive_share: float


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """``rows`` rows of near scores.

    The mean of what was predicted, the share observed and its 95 % interval (Wilson 1927).
    """

    mean_predicted: float
    observed_share: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class CalibrationCurve:
    """Bins of about as many rows each, the lowest scores first; equal scores share a bin."""

    class_index: int
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreHistogram:
    """How a score spreads: b bins between b + 1 ascending ``edges``, the last edge included.

    ``score``   binary: the probability of the second class; multiclass: of the true class;
                regression: the residual, actual minus predicted, in the target's unit
    ``counts``  rows in each bin for each true class (k lines of b), one line for residuals
    """

    score: Literal["second_class", "true_class", "residual"]
    edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ActualAgainstPredicted:
    """Up to ``MOST_POINTS`` rows, in the target's unit.

    The latest, in the order of time, where rows have one, otherwise evenly chosen in the order of
    the actual value.

    ``instants``  microseconds since 1970 in UTC; None where rows have no time
    """

    instants: tuple[int, ...] | None
    actual: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """All curves of one model's test rows; None where they do not apply to the task."""

    roc: tuple[RocCurve, ...] | None
    precision_recall: tuple[PrecisionRecallCurve, ...] | None
    calibration: tuple[CalibrationCurve, ...] | None
    score_histogram: ScoreHistogram
    actual_against_predicted: ActualAgainstPredicted | None


def draw_curves(rows: ScoredRows, observed_at: NDArray[np.int64] | None) -> Curves:
    """Return every curve of the rows; ``observed_at`` (n,) is in microseconds since 1970 in UTC.

    Raises ``DocumentError`` if the instants are not as many as the rows.
    """
    if observed_at is not None and len(observed_at) != len(rows):
        raise DocumentError(f"{len(observed_at):,} instants for {len(rows):,} scored rows")
    if rows.task == "regression":
        return Curves(
            roc=None,
            precision_recall=None,
            calibration=None,
            score_histogram=draw_score_histogram(rows),
            actual_against_predicted=draw_actual_against_predicted(rows, observed_at),
        )
    return Curves(
        roc=draw_roc_curves(rows),
        precision_recall=draw_precision_recall_curves(rows),
        calibration=draw_calibration_curves(rows),
        score_histogram=draw_score_histogram(rows),
        actual_against_predicted=None,
    )


def draw_roc_curves(rows: ScoredRows) -> tuple[RocCurve, ...]:
    """Return the ROC curve of the second class (binary) or of each class against the others."""
    return tuple(_draw_roc(index, ranking) for index, ranking in _list_defined(rows))


def draw_precision_recall_curves(rows: ScoredRows) -> tuple[PrecisionRecallCurve, ...]:
    """Return the curve of the second class (binary) or of each class against the others."""
    return tuple(_draw_precision_recall(index, ranking) for index, ranking in _list_defined(rows))


def draw_calibration_curves(rows: ScoredRows) -> tuple[CalibrationCurve, ...]:
    """Return the calibration of the second class's probability (binary) or of each class's."""
    return tuple(_draw_calibration(index, ranking) for index, ranking in _list_rankings(rows))


def draw_score_histogram(rows: ScoredRows) -> ScoreHistogram:
    """Return how the score spreads, by true class, or the residual of a regression."""
    if rows.task == "regression":
        residuals = rows.target - rows.predictions[:, 0]
        counts, edges = np.histogram(residuals, bins=HISTOGRAM_BINS, range=_find_range(residuals))
        return ScoreHistogram(
            score="residual", edges=_list_floats(edges), counts=(tuple(counts.tolist()),)
        )
    binary = rows.task == "binary"
    given = rows.predictions[np.arange(len(rows)), 1 if binary else rows.truth]
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    lines = [
        np.histogram(np.clip(given[rows.truth == c], 0, 1), bins=edges)[0].tolist()
        for c in range(rows.predictions.shape[1])
    ]
    return ScoreHistogram(
        score="second_class" if binary else "true_class",
        edges=_list_floats(edges),
        counts=tuple(tuple(line) for line in lines),
    )


def draw_actual_against_predicted(
    rows: ScoredRows, observed_at: NDArray[np.int64] | None
) -> ActualAgainstPredicted:
    """Return the latest rows, or a spread of all of them where they have no time."""
    if observed_at is None:
        ascending = np.argsort(rows.target, kind="stable")
        chosen = ascending[_spread(len(ascending))]
    else:
        chosen = np.argsort(observed_at, kind="stable")[-MOST_POINTS:]
    return ActualAgainstPredicted(
        instants=None if observed_at is None else tuple(observed_at[chosen].tolist()),
        actual=_list_floats(rows.target[chosen]),
        predicted=_list_floats(rows.predictions[chosen, 0]),
    )


def _list_rankings(rows: ScoredRows) -> list[tuple[int, Ranking]]:
    return list(enumerate(rows.rankings, start=1 if rows.task == "binary" else 0))


def _list_defined(rows: ScoredRows) -> list[tuple[int, Ranking]]:
    return [(c, r) for c, r in _list_rankings(rows) if 0 < r.positive.sum() < len(rows)]


def _draw_roc(class_index: int, ranking: Ranking) -> RocCurve:
    plain = np.ones((1, len(ranking.order)))
    found, missed = (np.cumsum(side[0, ::-1]) for side in sum_by_score(ranking, plain))
    x, y = np.r_[0.0, missed / missed[-1]], np.r_[0.0, found / found[-1]]
    kept = _thin(x, y)
    return RocCurve(
        class_index=class_index,
        false_positive_rate=_list_floats(x[kept]),
        true_positive_rate=_list_floats(y[kept]),
        area=float(measure_area(ranking, plain)[0]),
    )


def _draw_precision_recall(class_index: int, ranking: Ranking) -> PrecisionRecallCurve:
    plain = np.ones((1, len(ranking.order)))
    found, missed = (np.cumsum(side[0, ::-1]) for side in sum_by_score(ranking, plain))
    precision, recall = found / (found + missed), found / found[-1]
    # What lies beyond full recall only lowers precision; and recall 0 takes the first precision.
    last = int(np.argmax(recall == 1)) + 1
    x, y = np.r_[0.0, recall[:last]], np.r_[precision[0], precision[:last]]
    kept = _thin(x, y)
    return PrecisionRecallCurve(
        class_index=class_index,
        recall=_list_floats(x[kept]),
        precision=_list_floats(y[kept]),
        average_precision=float(measure_precision(ranking, plain)[0]),
        positive_share=float(ranking.positive.mean()),
    )


def _draw_calibration(class_index: int, ranking: Ranking) -> CalibrationCurve:
    n = len(ranking.order)
    rows = np.diff(np.r_[ranking.starts, n])
    # A score's bin is that of the middle of its rows, so that equal scores are never parted.
    middle = ranking.starts + (rows - 1) / 2
    place = np.floor(middle * CALIBRATION_BINS / n).astype(np.int64)
    found = np.add.reduceat(ranking.positive, ranking.starts)
    totals, hits, scores = (
        np.bincount(place, weights=w) for w in (rows, found, rows * ranking.scores)
    )
    bins = [
        _describe_bin(int(totals[b]), int(hits[b]), float(scores[b] / totals[b]))
        for b in np.flatnonzero(totals)
    ]
    return CalibrationCurve(class_index=class_index, bins=tuple(bins))


def _describe_bin(rows: int, hits: int, mean_predicted: float) -> CalibrationBin:
    share = hits / rows
    scale = 1 + _Z**2 / rows
    centre = (share + _Z**2 / (2 * rows)) / scale
    reach = _Z / scale * np.sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2))
    return CalibrationBin(
        mean_predicted=mean_predicted,
        observed_share=share,
        low=0.0 if hits == 0 else float(centre - reach),
        high=1.0 if hits == rows else float(centre + reach),
        rows=rows,
    )


def _find_range(values: Floats) -> tuple[float, float]:
    """Return the least and the greatest value, wider where rounding alone parts them."""
    low, high = float(values.min()), float(values.max())
    size = max(abs(low), abs(high))
    if high - low > max(1e-9 * size, 1e-300):
        return low, high
    return low - max(0.5, 1e-6 * size), high + max(0.5, 1e-6 * size)


def _thin(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Return the places of at most ``MOST_POINTS`` points, evenly along the line, ends kept."""
    if len(x) <= MOST_POINTS:
        return np.arange(len(x))
    along = np.r_[0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))]
    places = np.searchsorted(along, np.linspace(0, along[-1], MOST_POINTS))
    places[0], places[-1] = 0, len(x) - 1
    return np.unique(np.minimum(places, len(x) - 1))


def _spread(count: int) -> NDArray[np.int64]:
    """Return the places of at most ``MOST_POINTS`` of the rows, evenly, ends kept."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64))


def _list_floats(values: NDArray[np.generic]) -> tuple[float, ...]:
    return tuple(float(value) for value in values.tolist())
