"""Percentile bootstrap intervals of metrics, alone or of the difference of two models.

Rows are drawn with replacement, or whole groups of them where rows of a group are alike (cluster
bootstrap: Davison and Hinkley 1997, section 3.8).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError, TooFewRowsError
from dropcast.training.measure.metrics import measure
from dropcast.training.measure.scored_rows import ScoredRows
from dropcast.training.rows import Floats

RESAMPLES = 1000
CONFIDENCE = 0.95
# About 4 MB of weights at a time: they and what is made of them stay near the processor.
_WEIGHTS_AT_ONCE = 500_000

Groups = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure and its 95 % percentile interval. On ``skipped`` resamples it was undefined."""

    value: float
    low: float
    high: float
    skipped: int


def estimate_metrics(
    metrics: Sequence[str], rows: ScoredRows, *, seed: int, groups: Groups | None = None
) -> dict[str, Interval]:
    """Return each metric of the rows with its interval, all from the same resamples.

    A metric that is undefined on the rows themselves (one class only, no naive forecast) is left
    out. ``groups`` (n,) names each row's group; None draws single rows.

    Raises ``TooFewRowsError`` for fewer than two rows or groups, ``RecipeError`` for a metric that
    the task does not have.
    """
    plain = {metric: float(measure(metric, rows)[0]) for metric in metrics}
    values = {metric: value for metric, value in plain.items() if not np.isnan(value)}
    drawn: dict[str, list[Floats]] = {metric: [] for metric in values}
    for weights in _draw_weights(len(rows), seed, groups):
        for metric, found in drawn.items():
            found.append(measure(metric, rows, weights))
    return {m: _summarise(value, np.concatenate(drawn[m])) for m, value in values.items()}


def estimate_difference(
    metric: str, first: ScoredRows, second: ScoredRows, *, seed: int, groups: Groups | None = None
) -> Interval:
    """Return first minus second in the metric, paired.

    Both are measured on the same resamples of the same rows, or of the same ``groups`` (n,).

    Raises ``DocumentError`` if the two are not the same rows, ``TooFewRowsError`` for fewer than
    two rows or groups and where the metric is undefined on the rows, ``RecipeError`` for a metric
    that the task does not have.
    """
    if not np.array_equal(first.target, second.target):
        raise DocumentError("the two models were scored on different rows; score both on the same")
    value = float((measure(metric, first) - measure(metric, second))[0])
    if np.isnan(value):
        raise TooFewRowsError(f"{metric} is undefined on these {len(first):,} rows")
    drawn = [
        measure(metric, first, weights) - measure(metric, second, weights)
        for weights in _draw_weights(len(first), seed, groups)
    ]
    return _summarise(value, np.concatenate(drawn))


def _draw_weights(rows: int, seed: int, groups: Groups | None) -> Iterator[Floats]:
    """Yield how often each row is drawn, (resamples, rows), a chunk of resamples at a time."""
    if groups is not None and len(groups) != rows:
        raise DocumentError(f"{len(groups):,} groups were named for {rows:,} rows")
    place = None if groups is None else np.unique(groups, return_inverse=True)[1]
    units = rows if place is None else int(place.max()) + 1
    if units < 2:
        what = "row" if place is None else "group"
        raise TooFewRowsError(f"an interval needs two {what}s to draw from at least, not {units}")
    generator = np.random.default_rng(seed)
    at_once = max(1, min(RESAMPLES, _WEIGHTS_AT_ONCE // rows))
    for start in range(0, RESAMPLES, at_once):
        drawn = _count_draws(generator, min(at_once, RESAMPLES - start), units)
        yield drawn if place is None else np.take(drawn, place, axis=1)


def _count_draws(generator: np.random.Generator, resamples: int, units: int) -> Floats:
    """Return how often each of the units is drawn in as many draws, (resamples, units)."""
    places = generator.integers(0, units, size=(resamples, units))
    places += units * np.arange(resamples)[:, np.newaxis]
    drawn = np.bincount(places.ravel(), minlength=resamples * units)
    return drawn.reshape(resamples, units).astype(np.float64)


def _summarise(value: float, drawn: Floats) -> Interval:
    kept = drawn[~np.isnan(drawn)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(kept, [tail, 1 - tail]) if len(kept) else (value, value)
    return Interval(value=value, low=float(low), high=float(high), skipped=len(drawn) - len(kept))
