"""The last steps of a program: a model's values become probabilities.

Their arrays are described with all the others, in ``scoring.steps``.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

from dropcast.scoring.trees import Lists

Values = Sequence[float]
Function = Callable[[Values], list[float]]


def compute_probability(log_odds: float) -> float:
    """Return 1 / (1 + e^-x) without overflow, to the bit of scipy's ``expit`` above -700.

    >>> compute_probability(0.0), compute_probability(-1e300), compute_probability(1e300)
    (0.5, 0.0, 1.0)
    """
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else math.exp(log_odds)


def make_sigmoid(arrays: Lists) -> Function:
    """Return the function from one log-odds to both classes' probabilities."""
    del arrays

    def link(values: Values) -> list[float]:
        # compute_probability, without the call.
        log_odds = values[0]
        positive = 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else math.exp(log_odds)
        return [1 - positive, positive]

    return link


def make_softmax(arrays: Lists) -> Function:
    """Return the function from a value of each class to their probabilities."""
    del arrays

    def link(values: Values) -> list[float]:
        highest = max(values)
        powers = [math.exp(value - highest) for value in values]
        total = math.fsum(powers)
        return [power / total for power in powers]

    return link


def make_calibrate_sigmoid(arrays: Lists) -> Function:
    """Return the function that calibrates by a sigmoid of each class (Platt 1999)."""
    pairs = list(zip(arrays["slope"], arrays["offset"], strict=True))

    def calibrate(values: Values) -> list[float]:
        return _share(
            [compute_probability(-(a * x + b)) for x, (a, b) in zip(values, pairs, strict=True)]
        )

    return calibrate


def make_calibrate_isotonic(arrays: Lists) -> Function:
    """Return the function that calibrates by a rising line of each class, linear between points."""
    starts, x, y = arrays["starts"], arrays["x"], arrays["y"]
    lines = [(x[start:end], y[start:end]) for start, end in pairwise(starts)]

    def calibrate(values: Values) -> list[float]:
        pairs = zip(values, lines, strict=True)
        return _share([_interpolate(value, points, heights) for value, (points, heights) in pairs])

    return calibrate


def _interpolate(value: float, points: list[float], heights: list[float]) -> float:
    if math.isnan(value):
        return math.nan
    if value <= points[0]:
        return heights[0]
    if value >= points[-1]:
        return heights[-1]
    after = bisect_right(points, value)
    low, high = points[after - 1], points[after]
    slope = (heights[after] - heights[after - 1]) / (high - low)
    return slope * (value - low) + heights[after - 1]


def _share(found: list[float]) -> list[float]:
    """Return class probabilities: of one figure it and its rest; of several their shares."""
    if len(found) == 1:
        return [1 - found[0], found[0]]
    total = sum_in_order(found)
    return [value / total for value in found] if total else [1 / len(found)] * len(found)


def sum_in_order(values: Values) -> float:
    """Return the sum, added from the left in float64."""
    total = 0.0
    for value in values:
        total += value
    return total
