"""A column at a time: accept what is sure, leave every other value to ``judging``.

Each check returns the column's values in its stored type and a flag per row that says "judge
this value alone". A flag may be raised in vain; it is never missing where ``judging`` would object.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.values.arrays import (
    Flags,
    Integers,
    fill_texts,
    make_numbers,
    make_texts,
    null_where,
    read_flags,
    read_floats,
    read_indices,
    read_integers,
    read_valid,
)
from dropcast.ingest.values.dialect import Dialect
from dropcast.ingest.values.judging import FALSE_WORDS, TRUE_WORDS
from dropcast.ingest.values.numbers import (
    EXACT_FLOATS,
    INT64_MAXIMUM,
    INT64_MINIMUM,
    NUMBER,
    NUMERIC_KINDS,
)
from dropcast.ingest.values.texts import cut_to_micros, find_odd_times, write_texts
from dropcast.ingest.values.time_columns import parse_timestamps, place_local_times
from dropcast.recipe import Column

ARROW_TYPES: dict[str, pa.DataType] = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
_LARGEST = 1.7976931348623157e308
_SHORT_INTEGER = r"^[+-]?[0-9]{1,18}$"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A column's values and which rows are in doubt, both of shape (rows,)."""

    values: pa.Array
    doubtful: Flags


def check_column(values: pa.Array, column: Column, dialect: Dialect) -> Checked:
    """Check a column of any kind from its texts, or from its values of a plain type.

    Values are checked as they are where that is the same as to check them as texts.
    """
    if pa.types.is_dictionary(values.type):
        return _check_words(values, column, dialect)
    if pa.types.is_string(values.type):
        return _check_texts(values, column, dialect)
    if not (
        column.kind == "integer" and pa.types.is_floating(values.type) and needs_digits(values)
    ):
        for kinds, fits, check in _TYPED:
            if column.kind in kinds and fits(values.type):
                return check(values, column)
    return _check_texts(fill_texts(write_texts(values, dialect)), column, dialect)


def _check_floats(floats: pa.Array, column: Column) -> Checked:
    """Check a number or integer column of float64, nulls where missing."""
    valid, values = read_valid(floats), read_floats(floats)
    lowest = -_LARGEST if column.minimum is None else column.minimum
    highest = _LARGEST if column.maximum is None else column.maximum
    fits = (values >= lowest) & (values <= highest)
    doubtful = valid & ~fits if column.nullable else ~(valid & fits)
    if column.kind == "number":
        return Checked(values=floats, doubtful=doubtful)
    whole = (np.abs(values) < EXACT_FLOATS) & (np.floor(values) == values)
    integers = np.where(valid & whole, values, 0.0).astype(np.int64)
    doubtful |= valid & ~whole
    if column.categories:
        doubtful |= valid & ~_is_one_of(integers, column)
    return Checked(values=make_numbers(integers, pa.int64(), valid), doubtful=doubtful)


def needs_digits(floats: pa.Array) -> bool:
    """Whether an integer column has values where float64 has gaps, so its texts are needed."""
    values = read_floats(pc.cast(floats, pa.float64()))
    large = (np.abs(values) >= EXACT_FLOATS) & np.isfinite(values)
    return bool((large & read_valid(floats)).any())


def _check_texts(texts: pa.Array, column: Column, dialect: Dialect) -> Checked:
    """Check a column of any kind from its texts."""
    trimmed, absent = _find_missing(texts, column, dialect)
    checked = _CHECKS[column.kind](trimmed, column)
    doubtful = (checked.doubtful & ~absent) if column.nullable else (checked.doubtful | absent)
    return Checked(values=checked.values, doubtful=doubtful)


def _check_words(words: pa.DictionaryArray, column: Column, dialect: Dialect) -> Checked:
    """Check a column of few different texts: each is checked once."""
    checked = _check_texts(words.dictionary, column, dialect)
    doubtful = np.zeros(len(words), dtype=bool)
    if checked.doubtful.any():
        doubtful = checked.doubtful[read_indices(words)]
    return Checked(values=checked.values.take(words.indices), doubtful=doubtful)


def _is_one_of(values: Integers, column: Column) -> Flags:
    """Return which values are categories of an integer column, shape (rows,)."""
    found = np.zeros(len(values), dtype=bool)
    for category in column.categories:
        found |= values == int(category)
    return found


def make_absent(rows: int, column: Column) -> Checked:
    """Return the nulls of a column that the file does not have."""
    nulls = pa.nulls(rows, ARROW_TYPES[column.kind])
    return Checked(values=nulls, doubtful=np.zeros(rows, dtype=bool))


def cast_whole(texts: pa.Array, column: Column, dialect: Dialect) -> pa.Array | None:
    """Return the texts as float64, nulls where missing; ``None`` if any is not a number."""
    trimmed, _ = _find_missing(texts, column, dialect)
    try:
        return pc.cast(trimmed, pa.float64())
    except pa.ArrowInvalid:
        return None


def _find_missing(texts: pa.Array, column: Column, dialect: Dialect) -> tuple[pa.Array, Flags]:
    """Return the texts in plain dialect, null where missing, and where that is."""
    plain = dialect.make_plain_column(texts, column)
    absent = dialect.find_missing(plain)
    return null_where(plain, absent), absent


def _check_number(texts: pa.Array, column: Column) -> Checked:
    matched = read_flags(pc.match_substring_regex(texts, f"^(?:{NUMBER})$"))
    floats = pc.cast(null_where(texts, ~matched), pa.float64())
    checked = _check_floats(floats, column)
    return Checked(values=checked.values, doubtful=checked.doubtful | ~matched)


def _check_integer(texts: pa.Array, column: Column) -> Checked:
    short = read_flags(pc.match_substring_regex(texts, _SHORT_INTEGER))
    if not short.all():
        # What is not plainly an integer (4.0, a text) goes by float64, and by what that leaves.
        checked = _check_number(null_where(texts, short), column)
    else:
        checked = Checked(values=pa.nulls(len(texts), pa.int64()), doubtful=~short)
    # Arrow's cast knows no leading plus.
    digits = pc.replace_substring_regex(null_where(texts, ~short), r"^\+", "")
    integers = pc.cast(digits, pa.int64())
    return Checked(
        values=pc.coalesce(integers, checked.values),
        doubtful=np.where(short, ~_fits_integer(integers, column), checked.doubtful),
    )


def _fits_integer(integers: pa.Array, column: Column) -> Flags:
    """Return which values of an int64 column are within its limits; those of nulls mean nothing."""
    values = read_integers(integers)
    fits = (values >= _bound(column.minimum, INT64_MINIMUM, math.ceil)) & (
        values <= _bound(column.maximum, INT64_MAXIMUM, math.floor)
    )
    return fits & _is_one_of(values, column) if column.categories else fits


def _bound(bound: float | None, otherwise: int, round_inwards: Callable[[float], int]) -> int:
    """Return the last whole number within a bound, as an int64 can hold it."""
    if bound is None:
        return otherwise
    return max(INT64_MINIMUM, min(INT64_MAXIMUM, round_inwards(bound)))


def _check_boolean(texts: pa.Array, _column: Column) -> Checked:
    words = pc.utf8_lower(texts)
    true = pc.is_in(words, make_texts(TRUE_WORDS))
    false = pc.is_in(words, make_texts(FALSE_WORDS))
    known = pc.or_(true, false)
    unknown = ~read_flags(known)
    return Checked(values=null_where(true, unknown), doubtful=unknown)


def _check_text(texts: pa.Array, column: Column) -> Checked:
    doubtful = np.zeros(len(texts), dtype=bool)
    if column.categories:
        doubtful = ~read_flags(pc.is_in(texts, make_texts(column.categories)))
    return Checked(values=texts, doubtful=doubtful)


def _check_timestamp(texts: pa.Array, column: Column) -> Checked:
    micros, sure = parse_timestamps(texts, column.formats, column.timezone)
    values = make_numbers(micros, ARROW_TYPES["timestamp"], sure)
    return Checked(values=values, doubtful=~sure)


def _check_typed_floats(values: pa.Array, column: Column) -> Checked:
    return _check_floats(pc.cast(values, pa.float64()), column)


def _check_whole_numbers(values: pa.Array, column: Column) -> Checked:
    # As to read its digits: the float64 nearest to it.
    return _check_floats(pc.cast(values, pa.float64(), safe=False), column)


def _check_integers(values: pa.Array, column: Column) -> Checked:
    integers = pc.cast(values, pa.int64())
    return _doubt(integers, read_valid(integers), _fits_integer(integers, column), column)


def _check_booleans(values: pa.Array, column: Column) -> Checked:
    return _doubt(values, read_valid(values), np.ones(len(values), dtype=bool), column)


def _check_times(values: pa.Array, column: Column) -> Checked:
    valid, odd = read_valid(values), find_odd_times(values)
    micros = read_integers(cut_to_micros(null_where(values, odd)).view(pa.int64()))
    micros, sure = place_local_times(np.where(valid & ~odd, micros, 0), column.timezone)
    times = make_numbers(micros, ARROW_TYPES["timestamp"], valid & sure & ~odd)
    return _doubt(times, valid, sure & ~odd, column)


def _doubt(values: pa.Array, valid: Flags, sure: Flags, column: Column) -> Checked:
    """Return a column with what is not ``sure`` in doubt, and what is missing where it must not."""
    return Checked(values=values, doubtful=valid & ~sure if column.nullable else ~(valid & sure))


def _is_int64(kind: pa.DataType) -> bool:
    """Return whether each value of an integer type fits an int64."""
    return bool(pa.types.is_integer(kind)) and kind != pa.uint64()


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


# Kinds of columns and types of values that are checked as they are.
_TYPED: tuple[
    tuple[
        tuple[str, ...],
        Callable[[pa.DataType], bool],
        Callable[[pa.Array, Column], Checked],
    ],
    ...,
] = (
    (NUMERIC_KINDS, pa.types.is_floating, _check_typed_floats),
    (("number",), _is_int64, _check_whole_numbers),
    (("integer",), _is_int64, _check_integers),
    (("boolean",), pa.types.is_boolean, _check_booleans),
    (("timestamp",), _is_time, _check_times),
)
_CHECKS: dict[str, Callable[[pa.Array, Column], Checked]] = {
    "number": _check_number,
    "integer": _check_integer,
    "boolean": _check_boolean,
    "text": _check_text,
    "timestamp": _check_timestamp,
}
