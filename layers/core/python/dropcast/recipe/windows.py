"""Compute lags and windows over a series, with one arithmetic for requests and whole columns.

A function here takes the window's values, oldest first, and an :class:`Arithmetic`. The values
are floats for a request, or arrays of shape (rows,) for a table: each array is the column, shifted.
Sums run in the order of time in both, so both give the same bits. A missing value in the window
makes the result missing.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from dropcast.contracts.serialization.frozen import dataclass
from dropcast.recipe.operations import divide


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """The operations that are written differently for a float and for an array."""

    divide: Callable[[Any, Any], Any]
    sqrt: Callable[[Any], Any]
    minimum: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]


ON_VALUES = Arithmetic(divide=divide, sqrt=math.sqrt, minimum=min, maximum=max)


@dataclass(frozen=True, kw_only=True)
class Window:
    """The rows that a window reads and what it computes of them.

    ``offsets`` are in the order of time: 0 is the row itself, 1 the row before it and -1 the row
    after it. ``compute`` takes their values in that order.
    """

    offsets: tuple[int, ...]
    compute: Callable[[Sequence[Any], Arithmetic], Any]


def _mean(values: Sequence[Any], arithmetic: Arithmetic) -> Any:
    del arithmetic
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total / len(values)


def _std(values: Sequence[Any], arithmetic: Arithmetic) -> Any:
    mean = _mean(values, arithmetic)
    total: Any = 0.0
    for value in values:
        total = total + (value - mean) * (value - mean)
    return arithmetic.sqrt(total / (len(values) - 1))


def _fold(name: str) -> Callable[[Sequence[Any], Arithmetic], Any]:
    def fold(values: Sequence[Any], arithmetic: Arithmetic) -> Any:
        choose = getattr(arithmetic, name)
        found = values[0]
        for value in values[1:]:
            found = choose(found, value)
        return found

    return fold


def _make_rsi(period: int) -> Callable[[Sequence[Any], Arithmetic], Any]:
    def compute(values: Sequence[Any], arithmetic: Arithmetic) -> Any:
        gain: Any = 0.0
        loss: Any = 0.0
        for index in range(1, len(values)):
            change = values[index] - values[index - 1]
            rise, fall = (abs(change) + change) / 2, (abs(change) - change) / 2
            if index <= period:
                gain, loss = gain + rise / period, loss + fall / period
            else:
                gain = (gain * (period - 1) + rise) / period
                loss = (loss * (period - 1) + fall) / period
        # 100 - 100 / (1 + gain / loss), without the division by a loss of zero.
        return arithmetic.divide(100.0 * gain, gain + loss)

    return compute


def make_window(operation: str, settings: Sequence[float | str]) -> Window:
    """Return the window of an operation with its settings.

    >>> window = make_window("rolling_mean", (3.0,))
    >>> window.offsets, window.compute([1.0, 2.0, 6.0], ON_VALUES)
    ((2, 1, 0), 3.0)
    """
    numbers = [int(setting) for setting in settings]
    if operation in ("lag", "lead"):
        offset = numbers[0] if operation == "lag" else -numbers[0]
        return Window(offsets=(offset,), compute=lambda values, _: values[0])
    compute = {
        "rolling_mean": _mean,
        "rolling_std": _std,
        "rolling_min": _fold("minimum"),
        "rolling_max": _fold("maximum"),
        "wilder_rsi": _make_rsi(numbers[0]),
    }[operation]
    return Window(offsets=tuple(range(numbers[-1] - 1, -1, -1)), compute=compute)
