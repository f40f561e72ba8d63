"""One JSON value of a request, judged by its column."""

import math
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

from dropcast.recipe.columns import Column
from dropcast.scoring.expressions import Value

_SHOWN_CHARACTERS = 60
_INT64 = 2**63
_EPOCH_SECONDS = "epoch_seconds"


def check_value(value: object, column: Column) -> tuple[Value, str | None]:
    """Return the value as expressions read it, or what is wrong with it."""
    if value is None or (column.kind == "text" and isinstance(value, str) and not value.strip()):
        if column.nullable:
            return (None if column.kind == "text" else math.nan), None
        return None, "is null and must have a value"
    converted, expected = _CONVERTERS[column.kind](value, column)
    if converted is None:
        return None, f"{show_value(value)} is not {expected}"
    problem = _find_limit(converted, column)
    if problem is not None:
        return None, f"{show_value(value)} is {problem}"
    return converted, None


def build_taker(
    columns: Sequence[Column], hidden: Collection[str]
) -> Callable[[object], dict[str, Value] | None]:
    """Return the function from a row to its checked values, or ``None`` to look at it closely.

    It gives values if nothing is wrong with the row and its fields are called as the columns are.

    Most rows are of this kind, and most values numbers within their range: those are judged here
    at a tenth of :func:`check_value`'s time.
    """
    known = {column.name for column in columns} - set(hidden)
    judged = [(column, column.name, *_find_plain_range(column)) for column in columns]

    def take(row: object) -> dict[str, Value] | None:
        if not isinstance(row, dict) or not row.keys() <= known:
            return None
        taken: dict[str, Value] = {}
        for column, name, kind, low, high in judged:
            value: Any = row.get(name)
            given = type(value)
            if given is kind and low <= value <= high:
                taken[name] = value
                continue
            taken[name], problem = check_value(value, column)
            if problem is not None:
                return None
        return taken

    return take


def _find_plain_range(column: Column) -> tuple[type | None, float, float]:
    """Return the type and the range of JSON values that are sound as they are."""
    kind = {"number": float, "integer": int}.get(column.kind) if not column.categories else None
    most = sys.float_info.max if kind is float else _INT64 - 1
    low = -most if column.minimum is None else max(-most, column.minimum)
    high = most if column.maximum is None else min(most, column.maximum)
    return kind, low, high


def _find_limit(converted: Any, column: Column) -> str | None:
    if column.minimum is not None and converted < column.minimum:
        return f"below the minimum {column.minimum:.15g}"
    if column.maximum is not None and converted > column.maximum:
        return f"above the maximum {column.maximum:.15g}"
    if column.categories and str(converted) not in column.categories:
        return f"not one of {', '.join(column.categories)}"
    return None


def _convert_number(value: object, column: Column) -> tuple[float | None, str]:
    del column
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None, "a finite number"
        return (number if math.isfinite(number) else None), "a finite number"
    return None, "a number"


def _convert_integer(value: object, column: Column) -> tuple[int | None, str]:
    del column
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return (value if -_INT64 <= value < _INT64 else None), "a 64-bit integer"
    return None, "a whole number"


def _convert_boolean(value: object, column: Column) -> tuple[bool | None, str]:
    del column
    return (value if isinstance(value, bool) else None), "true or false"


def _convert_text(value: object, column: Column) -> tuple[str | None, str]:
    del column
    if not isinstance(value, str):
        return None, "a text"
    # An escape may write one surrogate of a pair, which no file can hold and nothing can hash.
    whole = value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)
    return (value.strip() if whole else None), "a text: it holds a lone surrogate"


def _convert_timestamp(value: object, column: Column) -> tuple[float | None, str]:
    """Convert an instant; without an offset it is local time of the column's zone, as in a file."""
    if _EPOCH_SECONDS in column.formats:
        seconds, _ = _convert_number(value, column)
        in_range = seconds is not None and abs(seconds) < 253_370_764_800
        return (float(round(seconds * 1e6)) if in_range and seconds is not None else None), (
            "a time in seconds since 1970"
        )
    expected = "a time like 2024-05-01T13:00:00Z"
    if not isinstance(value, str):
        return None, expected
    # 5 ms of a cold start, which a table without a timestamp need not pay.
    from datetime import UTC, datetime  # noqa: PLC0415
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    try:
        instant = datetime.fromisoformat(value.strip())
        if instant.tzinfo is None:
            zone = column.timezone or "UTC"
            instant = instant.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
        since = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None, expected
    return float((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds), expected


_CONVERTERS: dict[str, Callable[[object, Column], tuple[Any, str]]] = {
    "number": _convert_number,
    "integer": _convert_integer,
    "boolean": _convert_boolean,
    "text": _convert_text,
    "timestamp": _convert_timestamp,
}


def show_value(value: object) -> str:
    """Return a JSON value as an error shows it: short, whatever was sent."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return "an integer of more than 75 digits"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shorten(repr(value))


def shorten(text: str) -> str:
    """Return a text of at most 60 characters."""
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
