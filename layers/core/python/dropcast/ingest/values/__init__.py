"""Values: what each kind of column accepts, whole columns at a time and one value at a time."""

from dropcast.ingest.values.arrays import (
    Flags,
    Integers,
    fill_texts,
    make_flags,
    make_integers,
    make_numbers,
    make_texts,
    null_where,
    read_bytes,
    read_flags,
    read_lengths,
    read_valid,
)
from dropcast.ingest.values.checks import (
    ARROW_TYPES,
    Checked,
    cast_whole,
    check_column,
    make_absent,
    needs_digits,
)
from dropcast.ingest.values.dialect import Dialect
from dropcast.ingest.values.judging import (
    FALSE_WORDS,
    TRUE_WORDS,
    Reason,
    Value,
    judge_value,
    show_text,
)
from dropcast.ingest.values.numbers import EXACT_FLOATS, NUMBER, NUMERIC_KINDS
from dropcast.ingest.values.texts import find_longest, is_plain, is_text, write_texts
from dropcast.ingest.values.time_columns import parse_timestamps, place_local_times
from dropcast.ingest.values.times import EPOCH_SECONDS, INSTANT, find_zone, parse_timestamp

__all__ = [
    "ARROW_TYPES",
    "EPOCH_SECONDS",
    "EXACT_FLOATS",
    "FALSE_WORDS",
    "INSTANT",
    "NUMBER",
    "NUMERIC_KINDS",
    "TRUE_WORDS",
    "Checked",
    "Dialect",
    "Flags",
    "Integers",
    "Reason",
    "Value",
    "cast_whole",
    "check_column",
    "fill_texts",
    "find_longest",
    "find_zone",
    "is_plain",
    "is_text",
    "judge_value",
    "make_absent",
    "make_flags",
    "make_integers",
    "make_numbers",
    "make_texts",
    "needs_digits",
    "null_where",
    "parse_timestamp",
    "parse_timestamps",
    "place_local_times",
    "read_bytes",
    "read_flags",
    "read_lengths",
    "read_valid",
    "show_text",
    "write_texts",
]
