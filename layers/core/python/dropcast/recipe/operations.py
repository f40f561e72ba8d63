"""Compute each operation on one value: the single source of an expression's arithmetic.

``scoring`` calls these functions for a request. ``features`` calls numpy where IEEE 754 fixes every
bit of the result (+ - * / and comparisons) and these functions, value by value, where it does not
(``log1p``, ``sin``, ``cos``: numpy's vector versions may differ in the last bit from the C
library's). So training and serving see the same bits by construction. Lags and windows are in
``windows``, reference tables in ``references``.

A number that is not finite is missing: NaN. A missing text is ``None``.

>>> OPERATIONS_ON_VALUES["divide"](1.0, 0.0)
nan
>>> OPERATIONS_WITH_SETTINGS["bucket"](6.0, 12.0)(6.5)
1.0
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_LAST_MICROSECOND = 253_402_300_799 * 1e6
# A float64 holds every whole number of this many bits.
_HASH_BITS = 53


def hash_text(text: str | None) -> float:
    """Return the number that represents a text in a feature table: a hash of the text.

    It is a whole number below 2^53, which a float64 holds exactly; a missing text is NaN. Among a
    million different texts, two have the same number with a probability of 6e-5 (birthday bound).

    >>> hash_text("blues") == hash_text("blues"), hash_text("blues") == hash_text("Blues")
    (True, False)
    """
    if text is None:
        return math.nan
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return float(int.from_bytes(digest, "big") >> (64 - _HASH_BITS))


def _or_missing(result: float) -> float:
    return result if math.isfinite(result) else math.nan


def add(left: float, right: float) -> float:
    """Return left + right."""
    return _or_missing(left + right)


def subtract(left: float, right: float) -> float:
    """Return left - right."""
    return _or_missing(left - right)


def multiply(left: float, right: float) -> float:
    """Return left * right."""
    return _or_missing(left * right)


def divide(left: float, right: float) -> float:
    """Return left / right, missing for a right of 0."""
    return _or_missing(left / right) if right else math.nan


def modulo(left: float, right: float) -> float:
    """Return left % right with the sign of right, missing for a right of 0."""
    return _or_missing(left % right) if right and math.isfinite(left) else math.nan


def negate(value: float) -> float:
    """Return -value."""
    return _or_missing(-value)


def absolute(value: float) -> float:
    """Return the magnitude of a value."""
    return _or_missing(abs(value))


def log(value: float) -> float:
    """Return ln(value), missing for a value of 0 or less."""
    return _or_missing(math.log(value)) if value > 0.0 else math.nan


def log1p(value: float) -> float:
    """Return ln(1 + value), missing for a value of -1 or less."""
    return _or_missing(math.log1p(value)) if value > -1.0 else math.nan


def sin(value: float) -> float:
    """Return the sine of radians."""
    return math.sin(value) if math.isfinite(value) else math.nan


def cos(value: float) -> float:
    """Return the cosine of radians."""
    return math.cos(value) if math.isfinite(value) else math.nan


def _compare(holds: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    def compare(left: float, right: float) -> float:
        if math.isnan(left) or math.isnan(right):
            return math.nan
        return 1.0 if holds(left, right) else 0.0

    return compare


OPERATIONS_ON_VALUES: dict[str, Callable[..., float]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "modulo": modulo,
    "negate": negate,
    "absolute": absolute,
    "log": log,
    "log1p": log1p,
    "sin": sin,
    "cos": cos,
    "less": _compare(lambda left, right: left < right),
    "less_equal": _compare(lambda left, right: left <= right),
    "greater": _compare(lambda left, right: left > right),
    "greater_equal": _compare(lambda left, right: left >= right),
    "equal": _compare(lambda left, right: left == right),
}


def _make_bucket(*edges: float) -> Callable[[float], float]:
    return lambda value: math.nan if math.isnan(value) else float(bisect_right(edges, value))


def _make_calendar(read: "Callable[[datetime], int]") -> Callable[[str], Callable[[float], float]]:
    def make(timezone: str) -> Callable[[float], float]:
        # The imports take 5 ms of a cold start, which a program without a calendar saves.
        from datetime import UTC, datetime, timedelta  # noqa: PLC0415
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        zone: tzinfo = UTC if timezone == "UTC" else ZoneInfo(timezone)

        def compute(microseconds: float) -> float:
            # The first and last year are left out, so that no zone's offset leads beyond the
            # instants that Python has.
            if not abs(microseconds) < _LAST_MICROSECOND:
                return math.nan
            try:
                instant = (epoch + timedelta(microseconds=microseconds)).astimezone(zone)
            except OverflowError:
                return math.nan
            return float(read(instant))

        return compute

    return make


def clean(text: str | None) -> str | None:
    """Return a text in lower case with single blanks; an empty one is missing.

    >>> clean("  Hip   Hop ")
    'hip hop'
    """
    return " ".join(text.casefold().split()) or None if text is not None else None


def length(text: str | None) -> float:
    """Return the number of characters."""
    return math.nan if text is None else float(len(text))


def _make_first_item(separator: str) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else text.split(separator, 1)[0].strip() or None


def _make_after(separator: str) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else text.partition(separator)[2].strip() or None


def _make_join(separator: str) -> Callable[[str | None, str | None], str | None]:
    def join(left: str | None, right: str | None) -> str | None:
        return None if left is None or right is None else f"{left}{separator}{right}"

    return join


def _make_count_items(separator: str) -> Callable[[str | None], float]:
    def count(text: str | None) -> float:
        if text is None:
            return math.nan
        return float(sum(1 for item in text.split(separator) if item.strip()))

    return count


def _make_is_in(*texts: str) -> Callable[[str | None], float]:
    known = frozenset(texts)
    return lambda text: math.nan if text is None else float(text in known)


# Operation -> the function that makes, of the settings, the function of the arguments.
OPERATIONS_WITH_SETTINGS: dict[str, Callable[..., Callable[..., float | str | None]]] = {
    "bucket": _make_bucket,
    "minute": _make_calendar(lambda instant: instant.minute),
    "hour": _make_calendar(lambda instant: instant.hour),
    "weekday": _make_calendar(lambda instant: instant.weekday()),
    "day": _make_calendar(lambda instant: instant.day),
    "month": _make_calendar(lambda instant: instant.month),
    "year": _make_calendar(lambda instant: instant.year),
    "clean": lambda: clean,
    "length": lambda: length,
    "first_item": _make_first_item,
    "after": _make_after,
    "join": _make_join,
    "count_items": _make_count_items,
    "is_in": _make_is_in,
}
