"""Round bounds around the numbers of a file, wide enough for the next one."""

import math
import re

from dropcast.profiling.columns import ColumnFacts

_DEGREES = {"latitude": 90.0, "lat": 90.0, "longitude": 180.0, "lon": 180.0, "lng": 180.0}
_STEPS = (1, 2, 5, 10)
_IS_SHARE = re.compile(r"(^|_)(share|rate|ratio|probability|fraction)(_|$)")


def find_bounds(facts: ColumnFacts) -> tuple[float, float, str]:
    """Return the least and the greatest value that is let through, and a sentence on them.

    Where nature sets no bound it lies a whole range beyond what was seen: what is further is
    rather another unit or a damage than news.
    """
    low, high = float(facts.values.min()), float(facts.values.max())
    if facts.name in _DEGREES and max(abs(low), abs(high)) <= _DEGREES[facts.name]:
        return -_DEGREES[facts.name], _DEGREES[facts.name], "Bounded as degrees are."
    within_one = low >= 0 and high <= 1
    if within_one and (facts.kind == "number" or high == 1 or _IS_SHARE.search(facts.name)):
        return 0.0, 1.0, f"Seen {show(low)} to {show(high)}: a share, or a yes and no."
    reach = max(high - low, abs(high) / 10, 1e-6)
    least = 0.0 if low >= 0 else -round_up(reach - low)
    greatest = round_up(high + reach) if high + reach > 0 else 0.0
    return least, greatest, f"Seen {show(low)} to {show(high)}; the bounds lie well beyond."


def round_up(value: float) -> float:
    """Return the next number of one digit, 1, 2 or 5, with zeros.

    >>> round_up(130.0), round_up(0.034)
    (200.0, 0.05)
    """
    power = math.floor(math.log10(value))
    step = next(step for step in _STEPS if step * 10.0**power >= value * (1 - 1e-12))
    return float(f"{step}e{power}")


def show(value: float) -> str:
    """Return a number for people, in four digits at most."""
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
