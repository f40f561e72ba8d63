"""Columns of instants whose texts all have the width that their format has when it is padded.

Such a text has each digit at a place of its own, so the column is read as a matrix of signs: a
few operations a sign, for all rows at once. What does not fit is left to ``timestamp_columns``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dropcast.ingest.arrays import (
    Flags,
    Integers,
    read_lengths,
    read_offsets,
    read_signs,
    read_valid,
)

Signs = NDArray[np.uint8]

_ZERO, _NINE = 48, 9
_LOWER = 32
_YEARS = 10_000
_MONTHS_BEFORE_1970 = 1970 * 12
# strptime word -> its width, its least and its largest value.
_WORDS: Mapping[str, tuple[int, int, int]] = {
    "Y": (4, 0, 9999),
    "m": (2, 1, 12),
    "d": (2, 1, 31),
    "H": (2, 0, 23),
    "I": (2, 1, 12),
    "M": (2, 0, 59),
    "S": (2, 0, 59),
    "f": (6, 0, 999_999),
}
_HALF_WIDTH = 2


@dataclass(frozen=True, kw_only=True)
class Template:
    """Where the words and the other signs of a format stand in a text of full width.
    ``half`` is the place of AM or PM."""

    width: int
    words: Mapping[str, int]
    literals: tuple[tuple[int, int], ...]
    half: int | None


@dataclass(frozen=True, kw_only=True)
class LocalTimes:
    """The rows that were read, as indexes, and of each its local second since 1970 and the
    microseconds beyond it; all of shape (rows,)."""

    rows: Integers
    seconds: Integers
    fraction: Integers


def cut_words(form: str) -> Iterator[tuple[str, str]]:
    """Yield (word, "") for each strptime word and ("", sign) for each sign or run of blanks."""
    for match in re.finditer(r"%(.)|(\s+)|(.)", form, re.DOTALL):
        yield (match[1], "") if match[1] else ("", match[2] or match[3])


@cache
def make_template(form: str) -> Template | None:
    """Return where things stand; ``None`` for a format with a word or a sign of no fixed width.

    >>> make_template("%d.%m.%Y").words
    {'d': 0, 'm': 3, 'Y': 6}
    """
    width = 0
    words: dict[str, int] = {}
    literals: list[tuple[int, int]] = []
    half = None
    for word, literal in cut_words(form):
        sign = "%" if word == "%" else literal
        if word == "p":
            half, width = width, width + _HALF_WIDTH
        elif word in _WORDS:
            words[word], width = width, width + _WORDS[word][0]
        elif len(sign) == 1 and sign.isascii():
            literals.append((width, ord(sign.lower())))
            width += 1
        else:
            return None
    return Template(width=width, words=words, literals=tuple(literals), half=half)


def read_local_times(texts: pa.Array, template: Template) -> LocalTimes:
    """Return the times of the rows that are written in full width and do exist.

    Only for a format that ``timestamp_columns`` has an expression for: no word twice.
    """
    rows, signs = _cut_signs(texts, template.width)
    fits = np.ones(len(rows), dtype=bool)
    for at, sign in template.literals:
        found = signs[at] | _LOWER if chr(sign).isalpha() else signs[at]
        fits &= found == sign
    values = {word: _read_word(signs, at, word, fits) for word, at in template.words.items()}
    if template.half is not None:
        values["H"] = values["I"] % 12 + 12 * _read_half(signs, template.half, fits)
    months = values["Y"] * 12 + values["m"] - 1
    months[~fits] = 0
    firsts = _count_days_before_months()
    days = firsts[months] + values["d"] - 1
    fits &= days < firsts[months + 1]
    seconds = days * 86_400
    for word, unit in (("H", 3600), ("M", 60), ("S", 1)):
        if word in values:
            seconds += values[word] * unit
    fraction = values.get("f", np.zeros(len(rows), np.int64))
    if fits.all():
        return LocalTimes(rows=rows, seconds=seconds, fraction=fraction)
    return LocalTimes(rows=rows[fits], seconds=seconds[fits], fraction=fraction[fits])


def _cut_signs(texts: pa.Array, width: int) -> tuple[Integers, Signs]:
    """Return the rows of this width and their signs, shape (width, rows)."""
    lengths = read_lengths(texts)
    rows = np.flatnonzero((lengths == width) & read_valid(texts))
    offsets, signs = read_offsets(texts), read_signs(texts)
    first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    if last - first == width * len(rows):
        # Nothing stands between these rows: all others are empty.
        cut = signs[first:last].reshape(len(rows), width)
    else:
        cut = signs[offsets[rows][:, np.newaxis] + np.arange(width)]
    return rows, np.ascontiguousarray(cut.T)


def _read_word(signs: Signs, at: int, word: str, fits: Flags) -> Integers:
    """Return the numbers of a word's digits; ``fits`` is cleared where they are none of its."""
    width, least, largest = _WORDS[word]
    values = np.zeros(signs.shape[1], np.int32)
    for row in signs[at : at + width]:
        digits = row - np.uint8(_ZERO)
        fits &= digits <= _NINE
        values *= 10
        values += digits
    fits &= (values >= least) & (values <= largest)
    return values.astype(np.int64)


def _read_half(signs: Signs, at: int, fits: Flags) -> Flags:
    """Return where it is afternoon; ``fits`` is cleared where AM or PM does not stand."""
    first, second = signs[at] | _LOWER, signs[at + 1] | _LOWER
    afternoon: Flags = first == ord("p")
    fits &= (afternoon | (first == ord("a"))) & (second == ord("m"))
    return afternoon


@cache
def _count_days_before_months() -> Integers:
    """Return the days from 1970 to the first of each month of the years 0 to 10000, shape
    (months,); month 0 is January of the year 0."""
    months = np.arange(-_MONTHS_BEFORE_1970, _YEARS * 12 + 1 - _MONTHS_BEFORE_1970)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
