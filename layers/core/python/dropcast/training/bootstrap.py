"""Percentile bootstrap intervals of metrics, alone or of the difference of two models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dropcast.training.metrics import Floats, ScoredRows, measure

RESAMPLES = 1000
CONFIDENCE = 0.95
# About 32 MB of weights at a time.
_WEIGHTS_AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure and its 95 % percentile interval. ``skipped`` resamples held one class only."""

    value: float
    low: float
    high: float
    skipped: int


def estimate_metrics(metrics: Sequence[str], rows: ScoredRows, *, seed: int) -> dict[str, Interval]:
    """Return each metric of the rows with its interval, all from the same resamples."""
    drawn: dict[str, list[Floats]] = {metric: [] for metric in metrics}
    for weights in _draw_weights(len(rows.target), seed):
        for metric in metrics:
            drawn[metric].append(measure(metric, rows, weights))
    return {
        metric: _summarise(float(measure(metric, rows)[0]), np.concatenate(drawn[metric]))
        for metric in metrics
    }


def estimate_difference(
    metric: str, first: ScoredRows, second: ScoredRows, *, seed: int
) -> Interval:
    """Return first minus second in the metric, paired: both are measured on the same resamples
    of the same rows."""
    drawn = [
        measure(metric, first, weights) - measure(metric, second, weights)
        for weights in _draw_weights(len(first.target), seed)
    ]
    value = float((measure(metric, first) - measure(metric, second))[0])
    return _summarise(value, np.concatenate(drawn))


def _draw_weights(rows: int, seed: int) -> Iterator[Floats]:
    """Yield how often each row is drawn, (resamples, rows), a stretch of resamples at a time."""
    generator = np.random.default_rng(seed)
    at_once = max(1, min(RESAMPLES, _WEIGHTS_AT_ONCE // rows))
    for start in range(0, RESAMPLES, at_once):
        count = min(at_once, RESAMPLES - start)
        places = generator.integers(0, rows, size=(count, rows))
        places += rows * np.arange(count)[:, np.newaxis]
        drawn = np.bincount(places.ravel(), minlength=count * rows)
        yield drawn.reshape(count, rows).astype(np.float64)


def _summarise(value: float, drawn: Floats) -> Interval:
    kept = drawn[~np.isnan(drawn)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(kept, [tail, 1 - tail]) if len(kept) else (value, value)
    return Interval(value=value, low=float(low), high=float(high), skipped=len(drawn) - len(kept))
