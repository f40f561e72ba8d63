"""One value at a time: the rules that every value is judged by, and the sentences for people.

The fast way (``checks``) only ever accepts what is sure; every other row is judged here, so what
this file says is what Dropcast accepts.
"""

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from dropcast.ingest.values.dialect import Dialect
from dropcast.ingest.values.numbers import EXACT_FLOATS, INT64_MAXIMUM, INT64_MINIMUM, NUMBER
from dropcast.ingest.values.times import parse_timestamp
from dropcast.recipe import Column

Value = float | int | bool | str | datetime | None

TRUE_WORDS = ("true", "1", "yes", "1.0")
FALSE_WORDS = ("false", "0", "no", "0.0")
_NUMBER = re.compile(NUMBER)
_NOT_FINITE = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_SHOWN_CHARACTERS = 60
_SHOWN_CATEGORIES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a row was not accepted.

    ``rule`` is the same for every value that breaks it, so rows can be counted by it; ``sentence``
    shows the value.
    """

    rule: str
    sentence: str


class _Unreadable(Exception):  # noqa: N818  it is caught in this file and never leaves it
    """A text is not of its column's type: the rule, and the sentence after the value."""

    def __init__(self, rule: str, sentence: str) -> None:
        self.rule = rule
        self.sentence = sentence
        super().__init__(sentence)


def judge_value(text: str, column: Column, dialect: Dialect) -> tuple[Value, tuple[Reason, ...]]:
    """Return the value of a field's text and every reason against it (then the value is None)."""
    stripped = text.strip()
    plain = dialect.make_plain(text, column)
    if not plain or plain in dialect.missing:
        return None, () if column.nullable else (_explain_missing(column.name),)
    try:
        value = _PARSERS[column.kind](plain, column)
    except _Unreadable as problem:
        reason = Reason(
            rule=sys.intern(f"{column.name}: {problem.rule}"),
            sentence=f"{column.name}: {show_text(stripped)} {problem.sentence}",
        )
        return None, (reason,)
    reasons = tuple(_find_limits(stripped, value, column))
    return (None if reasons else value), reasons


def show_text(text: str) -> str:
    """Return a value in quotes, shortened, with its control characters written as escapes.

    >>> show_text("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"
    """
    return repr(_shorten(text))


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


@cache
def _explain_missing(name: str) -> Reason:
    """One reason for all of a column: a flood of empty rows has millions of them."""
    return Reason(
        rule=f"{name}: missing",
        sentence=f"{name}: the value is missing, and the column needs one",
    )


def _parse_number(text: str, _column: Column) -> float:
    if not _NUMBER.fullmatch(text):
        if _NOT_FINITE.fullmatch(text):
            raise _Unreadable("not a finite number", "is not a finite number")
        raise _Unreadable("not a number", "is not a number")
    value = float(text)
    if not math.isfinite(value):
        raise _Unreadable("not a finite number", "is too large for a number")
    return value


def _parse_integer(text: str, column: Column) -> int:
    """Return a whole number by its float64; where float64 has gaps, by its digits."""
    value = _parse_number(text, column)
    if abs(value) < EXACT_FLOATS:
        if not value.is_integer():
            raise _Unreadable("not a whole number", "is not a whole number")
        return int(value)
    exact = Decimal(text)
    if exact.adjusted() > 18 or not INT64_MINIMUM <= exact <= INT64_MAXIMUM:
        raise _Unreadable("too large", "does not fit into a 64-bit integer")
    if exact != exact.to_integral_value():
        raise _Unreadable("not a whole number", "is not a whole number")
    return int(exact)


def _parse_boolean(text: str, _column: Column) -> bool:
    word = text.casefold()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise _Unreadable("not true or false", "is not true or false (true/false, yes/no, 1/0)")


def _parse_text(text: str, _column: Column) -> str:
    return text


def _parse_timestamp(text: str, column: Column) -> datetime:
    value = parse_timestamp(text, column.formats, column.timezone)
    if value is None:
        wanted = " or ".join(column.formats)
        raise _Unreadable("not a time", f"is not a time of the form {wanted}")
    return value.astimezone(UTC)


_PARSERS: dict[str, Callable[[str, Column], Value]] = {
    "number": _parse_number,
    "integer": _parse_integer,
    "boolean": _parse_boolean,
    "text": _parse_text,
    "timestamp": _parse_timestamp,
}


def _find_limits(text: str, value: Value, column: Column) -> list[Reason]:
    """Return what speaks against a value of the right type."""
    found = []
    if isinstance(value, int | float) and not isinstance(value, bool):
        if column.minimum is not None and value < column.minimum:
            found.append(f"is below the minimum {_show_bound(column.minimum)}")
        if column.maximum is not None and value > column.maximum:
            found.append(f"is above the maximum {_show_bound(column.maximum)}")
    if column.categories and str(value) not in column.categories:
        names = [show_text(c) if column.kind == "text" else c for c in column.categories]
        more = ", ..." if len(names) > _SHOWN_CATEGORIES else ""
        found.append(f"is not one of {', '.join(names[:_SHOWN_CATEGORIES])}{more}")
    shown = show_text(text) if column.kind == "text" else _shorten(text)
    return [
        Reason(
            rule=f"{column.name}: {sentence.removeprefix('is ')}",
            sentence=f"{column.name}: {shown} {sentence}",
        )
        for sentence in found
    ]


def _show_bound(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else str(bound)
