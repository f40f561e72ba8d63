"""Columns of typed values as texts, as they would stand in a file of texts."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.values.arrays import (
    Flags,
    Integers,
    make_flags,
    make_texts,
    null_where,
    read_integers,
    read_valid,
)
from dropcast.ingest.values.dialect import Dialect
from dropcast.ingest.values.times import INSTANT

# What a value that is no text takes at most as one.
_NUMBER_BYTES = 64
_MICROS = pa.timestamp("us")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FIRST_DAY = date.min.toordinal() - _EPOCH_DAY
_AFTER_LAST_DAY = date.max.toordinal() - _EPOCH_DAY + 1
_UNITS_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000}


def find_longest(column: pa.Array) -> int:
    """Return the bytes of the longest text of a column; of one that is no text, of a number's."""
    values = column.dictionary if pa.types.is_dictionary(column.type) else column
    if not is_text(values.type) or not len(values):
        return _NUMBER_BYTES
    return pc.max(pc.binary_length(values)).as_py() or 0


def is_text(kind: pa.DataType) -> bool:
    """Return whether values of this type are texts."""
    return any(fits(kind) for fits in _TEXTS)


def is_plain(kind: pa.DataType) -> bool:
    """Return whether values of this type are plain ones, that a text can say."""
    return _find_writer(kind) is not None


def write_texts(values: pa.Array, dialect: Dialect) -> pa.Array:
    """Return a column of plain values as texts of the source, shape (rows,).

    Raises ``ArrowInvalid`` for a text that is not UTF-8.
    """
    writer = _find_writer(values.type)
    assert writer is not None
    return writer(values, dialect)


def _write_dictionary(values: pa.Array, dialect: Dialect) -> pa.Array:
    return write_texts(values.dictionary_decode(), dialect)


def _write_float(values: pa.Array, dialect: Dialect) -> pa.Array:
    # A float32 is written as the float64 that it is, digit by digit.
    texts = pc.cast(pc.cast(values, pa.float64()), pa.string())
    return _write_separator(texts, dialect)


def _write_decimal(values: pa.Array, dialect: Dialect) -> pa.Array:
    return _write_separator(pc.cast(values, pa.string()), dialect)


def _write_separator(texts: pa.Array, dialect: Dialect) -> pa.Array:
    separator = dialect.source.decimal_separator
    return texts if separator == "." else pc.replace_substring(texts, ".", separator)


def _write_time(values: pa.Array, _dialect: Dialect) -> pa.Array:
    odd = find_odd_times(values)
    if not odd.any():
        return _write_known_time(values)
    unit = getattr(values.type, "unit", "days" if pa.types.is_date32(values.type) else "ms")
    # In words, so that no column takes the count for a number.
    described = [
        f"{count} {unit} since 1970" if is_odd else ""
        for count, is_odd in zip(_read_counts(values).tolist(), odd.tolist(), strict=True)
    ]
    known = _write_known_time(null_where(values, odd))
    return pc.if_else(make_flags(odd), make_texts(described), known)


def find_odd_times(values: pa.Array) -> Flags:
    """Return which times are outside the years 1 to 9999, shape (rows,).

    Arrow's cast to microseconds and its calendar, whose years have 16 bits, would make other times
    of them.
    """
    per_day = _UNITS_A_DAY.get(getattr(values.type, "unit", ""))
    if pa.types.is_date(values.type):
        per_day = 1 if pa.types.is_date32(values.type) else _UNITS_A_DAY["ms"]
    if per_day is None:
        # Nanoseconds reach from 1677 to 2262.
        return np.zeros(len(values), dtype=bool)
    counts = _read_counts(values)
    fits = (counts >= _FIRST_DAY * per_day) & (counts < _AFTER_LAST_DAY * per_day)
    return read_valid(values) & ~fits


def _read_counts(values: pa.Array) -> Integers:
    """Return times as what they are stored as: days, or units since 1970."""
    if pa.types.is_date32(values.type):
        return read_integers(pc.cast(values.view(pa.int32()), pa.int64()))
    return read_integers(values.view(pa.int64()))


def _write_known_time(values: pa.Array) -> pa.Array:
    # Arrow writes the fraction with the seconds.
    return pc.strftime(cut_to_micros(values), format=INSTANT.removesuffix(".%f"))


def cut_to_micros(values: pa.Array) -> pa.Array:
    """Return times or dates as microseconds without a zone, cut: of an instant those of UTC."""
    zone = getattr(values.type, "tz", None)
    # Unsafe, for it cuts what is finer than a microsecond.
    micros = pc.cast(values, pa.timestamp("us", zone), safe=False)
    # In UTC if it is an instant: the wall clock of a zone has hours that come twice.
    wall = pc.cast(micros, pa.timestamp("us", "UTC")) if zone else micros
    return pc.cast(wall, _MICROS) if zone is None else wall.view(_MICROS)


def _write_plain(values: pa.Array, _dialect: Dialect) -> pa.Array:
    texts = pc.cast(values, pa.string())
    # Arrow takes a file's texts as they are, and everything after this takes them for UTF-8.
    texts.validate(full=True)
    return texts


_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_Writer = Callable[[pa.Array, Dialect], pa.Array]
_WRITERS: tuple[tuple[Callable[[pa.DataType], bool], _Writer], ...] = (
    (pa.types.is_floating, _write_float),
    (pa.types.is_decimal, _write_decimal),
    (pa.types.is_integer, _write_plain),
    (pa.types.is_boolean, _write_plain),
    (is_text, _write_plain),
    (pa.types.is_null, _write_plain),
    (pa.types.is_timestamp, _write_time),
    (pa.types.is_date, _write_time),
)


def _find_writer(kind: pa.DataType) -> _Writer | None:
    if pa.types.is_dictionary(kind):
        return _write_dictionary if _find_writer(kind.value_type) else None
    return next((writer for fits, writer in _WRITERS if fits(kind)), None)
