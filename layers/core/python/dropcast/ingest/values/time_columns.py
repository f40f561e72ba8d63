"""Whole columns of instants: strptime's formats as regular expressions, dates as arithmetic.

Only what is sure is read here. What a format leaves in doubt is judged by ``timestamps``, one
text at a time; a property test proves that both read alike.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.values.arrays import (
    Flags,
    Integers,
    make_integers,
    read_bytes,
    read_flags,
    read_floats,
    read_integers,
    read_lengths,
    read_offsets,
    read_valid,
)
from dropcast.ingest.values.fixed_times import cut_words, make_template, read_local_times
from dropcast.ingest.values.numbers import NUMBER
from dropcast.ingest.values.times import DAY_SECONDS, EPOCH_SECONDS, MICROSECONDS
from dropcast.ingest.values.zone_offsets import find_offsets

# Years 2 to 9998: no zone's offset leads out of what a datetime can hold.
_SAFE_SECONDS = (-62_104_060_800, 253_370_764_800)
_NO_ASCII = 128
# What Python calls a blank and RE2 does not is among these.
_BLANKS = r"[\t-\r\x1c-\x20]+"

# The strptime words that columns are read by, with strptime's own alternatives in its order.
_WORDS: dict[str, str] = {
    "Y": r"(?P<Y>[0-9]{4})",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9])",
    "H": r"(?P<H>2[0-3]|[0-1][0-9]|[0-9])",
    "I": r"(?P<I>1[0-2]|0[1-9]|[1-9])",
    "M": r"(?P<M>[0-5][0-9]|[0-9])",
    "S": r"(?P<S>6[0-1]|[0-5][0-9]|[0-9])",
    "f": r"(?P<f>[0-9]{1,6})",
    "p": r"(?P<p>[aA][mM]|[pP][mM])",
}


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The rows that a format matched, as indexes; all of shape (rows,).

    ``micros`` are their microseconds, ``possible`` says which are sure.
    """

    rows: Integers
    micros: Integers
    possible: Flags


def parse_timestamps(
    texts: pa.Array, formats: tuple[str, ...], timezone: str | None
) -> tuple[Integers, Flags]:
    """Return microseconds since 1970 in UTC and which of them are sure, both of shape (rows,).

    A row that is not sure (null, another word, an impossible date) is for
    :func:`parse_timestamp` to judge; one that is sure is what it gives.
    """
    micros = np.zeros(len(texts), np.int64)
    sure = np.zeros(len(texts), dtype=bool)
    open_rows = _find_ascii(texts)
    for form in formats:
        for read in (_read_seconds,) if form == EPOCH_SECONDS else (_read_fixed, _read_form):
            rows = np.flatnonzero(open_rows)
            if not rows.size:
                return micros, sure
            part = texts if rows.size == len(texts) else texts.take(make_integers(rows))
            found = read(part, form, timezone)
            if found is None:
                return micros, sure
            if len(found.rows) == len(texts):
                return found.micros, found.possible
            rows = rows[found.rows]
            micros[rows] = found.micros
            sure[rows] = found.possible
            # A row that a format matches is decided by it, or judged alone: later ones never
            # see it.
            open_rows[rows] = False
    return micros, sure


def place_local_times(micros: Integers, timezone: str | None) -> tuple[Integers, Flags]:
    """Return local microseconds since 1970 as those of UTC and which are sure, shape (rows,)."""
    seconds, fraction = np.divmod(micros, MICROSECONDS)
    found = _make_found(seconds, seconds, fraction, timezone)
    return found.micros, found.possible


def _find_ascii(texts: pa.Array) -> Flags:
    offsets = read_offsets(texts)
    characters = read_bytes(texts)[offsets[0] : offsets[-1]]
    if not characters.size or characters.max() < _NO_ASCII:
        return read_valid(texts)
    return read_flags(pc.string_is_ascii(texts))


def _read_seconds(texts: pa.Array, _form: str, _timezone: str | None) -> _Found:
    matched = pc.match_substring_regex(texts, f"^(?:{NUMBER})$")
    seconds = read_floats(pc.cast(texts.filter(matched), pa.float64()))
    possible = (seconds > _SAFE_SECONDS[0]) & (seconds < _SAFE_SECONDS[1])
    micros = np.rint(np.where(possible, seconds, 0.0) * MICROSECONDS).astype(np.int64)
    return _Found(rows=np.flatnonzero(read_flags(matched)), micros=micros, possible=possible)


def _read_fixed(texts: pa.Array, form: str, timezone: str | None) -> _Found | None:
    template = make_template(form)
    if make_pattern(form) is None:
        return None
    if template is None:
        nothing = np.zeros(0, np.int64)
        return _Found(rows=nothing, micros=nothing, possible=nothing.astype(bool))
    times = read_local_times(texts, template)
    return _make_found(times.rows, times.seconds, times.fraction, timezone)


def _read_form(texts: pa.Array, form: str, timezone: str | None) -> _Found | None:
    pattern = make_pattern(form)
    if pattern is None:
        return None
    fields = pc.extract_regex(texts, pattern=pattern)
    matched = fields.is_valid()
    seconds, fraction, possible = _count_seconds(fields.filter(matched))
    found = _make_found(np.flatnonzero(read_flags(matched)), seconds, fraction, timezone)
    return replace(found, possible=found.possible & possible)


def _make_found(
    rows: Integers, seconds: Integers, fraction: Integers, timezone: str | None
) -> _Found:
    utc = seconds - find_offsets(seconds, timezone)
    return _Found(
        rows=rows,
        micros=utc * MICROSECONDS + fraction,
        possible=(utc > _SAFE_SECONDS[0]) & (utc < _SAFE_SECONDS[1]),
    )


@cache
def make_pattern(form: str) -> str | None:
    """Return an RE2 expression for a format; ``None`` where a word has no translation here.

    Like strptime it takes the first way that fits and then demands that nothing is left.
    """
    parts: list[str] = []
    words: list[str] = []
    for word, literal in cut_words(form):
        if word == "%":
            parts.append("%")
        elif word:
            if word not in _WORDS or word in words:
                return None
            words.append(word)
            parts.append(_WORDS[word])
        elif literal.isspace():
            parts.append(_BLANKS)
        elif literal.isascii() and not literal.isalpha():
            parts.append(re.escape(literal))
        elif literal.isascii():
            parts.append(f"[{literal.lower()}{literal.upper()}]")
        else:
            return None
    if not {"Y", "m", "d"} <= set(words) or {"H", "I"} <= set(words):
        return None
    if ("I" in words) != ("p" in words):
        return None
    return "^" + "".join(parts) + r"(?P<rest>(?s:.*))$"


def _count_seconds(fields: pa.StructArray) -> tuple[Integers, Integers, Flags]:
    """Return local seconds since 1970, microseconds beyond and whether the date exists."""
    names = {fields.type.field(i).name for i in range(fields.type.num_fields)}

    def read(name: str, default: int = 0) -> Integers:
        if name not in names:
            return np.full(len(fields), default, np.int64)
        digits = pc.utf8_ltrim_whitespace(pc.struct_field(fields, name))
        return read_integers(pc.cast(digits, pa.int64()))

    months = (read("Y") - 1970) * 12 + read("m") - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    days = first + (read("d") - 1)
    possible = days.astype("datetime64[M]") == months.astype("datetime64[M]")
    possible &= read("S") < 60
    possible &= read_lengths(pc.struct_field(fields, "rest")) == 0
    hours = read("H")
    if "I" in names:
        afternoon = pc.starts_with(pc.struct_field(fields, "p"), "p", ignore_case=True)
        hours = read("I") % 12 + 12 * read_flags(afternoon)
    seconds = days.astype(np.int64) * DAY_SECONDS + hours * 3600 + read("M") * 60 + read("S")
    return seconds, _read_fraction(fields, names), possible


def _read_fraction(fields: pa.StructArray, names: set[str]) -> Integers:
    if "f" not in names:
        return np.zeros(len(fields), np.int64)
    digits = pc.utf8_rpad(pc.struct_field(fields, "f"), width=6, padding="0")
    return read_integers(pc.cast(digits, pa.int64()))
