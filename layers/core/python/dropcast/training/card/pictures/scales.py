"""From values to places on an axis, and the round values where its ticks stand."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MINUTE = 60_000_000
_DAY = 1440 * _MINUTE
# Microseconds between ticks of a time axis: minutes, hours, days, weeks, months, years.
_TIME_STEPS = (
    *(minutes * _MINUTE for minutes in (1, 5, 15, 30, 60, 180, 360, 720)),
    *(days * _DAY for days in (1, 2, 3, 7, 14, 30, 91, 182, 365, 730, 1826, 3652, 18262, 36524)),
)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Values from ``low`` to ``high`` (low < high) lie from ``start`` to ``end``, in pixels."""

    low: float
    high: float
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A value on an axis and its text."""

    value: float
    text: str


def place(scale: Scale, value: float) -> float:
    """Return where a value lies, the nearer end for one outside.

    >>> place(Scale(low=0, high=10, start=50, end=150), 5)
    100.0
    """
    # Halves are taken first: the width of the widest range of floats is no float.
    share = (value / 2 - scale.low / 2) / (scale.high / 2 - scale.low / 2)
    return scale.start + min(max(share, 0.0), 1.0) * (scale.end - scale.start)


def widen(low: float, high: float) -> tuple[float, float]:
    """Return the range, opened around a single value so that it has a width."""
    if high - low > 1e-9 * max(abs(low), abs(high), 1e-280):
        return low, high
    half = max(abs(low), abs(high)) * 0.05 or 0.5
    return low - half, high + half


def list_ticks(low: float, high: float, *, most: int = 6) -> tuple[Tick, ...]:
    """Return at most ``most`` ticks, a round step (1, 2 or 5 times a power of ten) apart.

    >>> [tick.text for tick in list_ticks(0, 1)]
    ['0', '0.2', '0.4', '0.6', '0.8', '1.0']
    """
    power = 10.0 ** math.floor(math.log10(high / most - low / most))
    steps = (m * power for m in (0.5, 1, 2, 5, 10, 20))
    counted = ((step, *_count_steps(low, high, step)) for step in steps)
    step, first, last = next(found for found in counted if found[2] - found[1] < most)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return tuple(
        Tick(value=i * step, text=_format_number(i * step, decimals))
        for i in range(first, last + 1)
    )


def list_time_ticks(low: float, high: float, *, most: int = 4) -> tuple[Tick, ...]:
    """Return at most ``most`` ticks of a time axis, in microseconds since 1970 in UTC."""
    fitting = (s for s in _TIME_STEPS if high // s + low // -s < most)
    step = next(fitting, None)
    if step is None:
        return ()
    form = "%Y-%m-%d" if step >= _DAY else "%m-%d %H:%M"
    found = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
    return tuple(Tick(value=float(i), text=_convert_instant(i).strftime(form)) for i in found)


def _convert_instant(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _count_steps(low: float, high: float, step: float) -> tuple[int, int]:
    """Return the first and the last multiple of a step inside the range, as counts of it."""
    return math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)


def _format_number(value: float, decimals: int) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or decimals > 4:
        return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-")
    return f"{value:,.{decimals}f}"
