"""Columns of instants whose texts all have the width that their format has when it is padded.

Such a text has each digit at a place of its own, so the column is read as a matrix of characters:
a few operations a character, for all rows at once. What does not fit is left to ``time_columns``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dropcast.ingest.values.arrays import (
    Flags,
    Integers,
    read_bytes,
    read_lengths,
    read_offsets,
    read_valid,
)
from dropcast.ingest.values.times import DAY_SECONDS

Characters = NDArray[np.uint8]

_ZERO, _NINE = 48, 9
_LOWER = 32
_YEARS = 10_000
_MONTHS_BEFORE_1970 = 1970 * 12
# strptime word -> its width, its least and its largest value.
_WORDS: Mapping[str, tuple[int, int, int]] = {
    "Y": (4, 1, 9999),
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
    """Where the digits and the other characters of a format stand in a text of full width.

    ``words`` are the first digit of each, counted among the digits, ``half`` is the place of AM or
    PM.
    """

    width: int
    digits: tuple[int, ...]
    words: Mapping[str, int]
    literals: tuple[tuple[int, int], ...]
    half: int | None


@dataclass(frozen=True, kw_only=True)
class LocalTimes:
    """The rows that were read, as indexes, and their times; all of shape (rows,).

    Each time is a local second since 1970 and the microseconds beyond it.
    """

    rows: Integers
    seconds: Integers
    fraction: Integers


def cut_words(form: str) -> Iterator[tuple[str, str]]:
    """Yield (word, "") for each strptime word, ("", text) for each other character or blanks."""
    for match in re.finditer(r"%(.)|(\s+)|(.)", form, re.DOTALL):
        yield (match[1], "") if match[1] else ("", match[2] or match[3])


@cache
def make_template(form: str) -> Template | None:
    """Return where things stand; ``None`` for a format without a fixed width.

    >>> make_template("%d.%m.%Y").words
    {'d': 0, 'm': 2, 'Y': 4}
    """
    width = 0
    digits: list[int] = []
    words: dict[str, int] = {}
    literals: list[tuple[int, int]] = []
    half = None
    for word, literal in cut_words(form):
        character = "%" if word == "%" else literal
        if word == "p":
            half, width = width, width + _HALF_WIDTH
        elif word in _WORDS:
            words[word] = len(digits)
            digits += range(width, width + _WORDS[word][0])
            width += _WORDS[word][0]
        elif len(character) == 1 and character.isascii():
            literals.append((width, ord(character.lower())))
            width += 1
        else:
            return None
    return Template(
        width=width, digits=tuple(digits), words=words, literals=tuple(literals), half=half
    )


def read_local_times(texts: pa.Array, template: Template) -> LocalTimes:
    """Return the times of the rows that are written in full width and do exist.

    Only for a format that ``time_columns`` has an expression for: no word twice.
    """
    rows, characters = _cut_characters(texts, template.width)
    digits = characters[list(template.digits)] - np.uint8(_ZERO)
    fits = digits.max(axis=0) <= _NINE
    for at, character in template.literals:
        found = characters[at] | _LOWER if chr(character).isalpha() else characters[at]
        fits &= found == character
    values = {w: _read_word(digits, at, w, fits) for w, at in template.words.items()}
    if template.half is not None:
        values["H"] = values["I"] % 12 + 12 * _read_half(characters, template.half, fits)
    months = values["Y"] * 12 + (values["m"] - 1)
    if not fits.all():
        months[~fits] = 0
    firsts, lengths = _list_months()
    fits &= values["d"] <= lengths[months]
    of_day = np.zeros(len(rows), np.int32)
    for word, seconds in (("H", 3600), ("M", 60), ("S", 1)):
        if word in values:
            of_day += values[word].astype(np.int32) * seconds
    days = firsts[months] + values["d"]
    times = LocalTimes(
        rows=rows,
        seconds=days.astype(np.int64) * DAY_SECONDS + of_day,
        fraction=values.get("f", np.zeros(len(rows), np.int32)).astype(np.int64),
    )
    return times if fits.all() else _keep(times, fits)


def _keep(times: LocalTimes, kept: Flags) -> LocalTimes:
    return LocalTimes(
        rows=times.rows[kept], seconds=times.seconds[kept], fraction=times.fraction[kept]
    )


def _cut_characters(texts: pa.Array, width: int) -> tuple[Integers, Characters]:
    """Return the rows of this width and their characters, shape (width, rows)."""
    lengths = read_lengths(texts)
    rows = np.flatnonzero((lengths == width) & read_valid(texts))
    offsets, characters = read_offsets(texts), read_bytes(texts)
    first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    if last - first == width * len(rows):
        # Nothing stands between these rows: all others are empty.
        cut = characters[first:last].reshape(len(rows), width)
    else:
        cut = characters[offsets[rows][:, np.newaxis] + np.arange(width)]
    return rows, np.ascontiguousarray(cut.T)


def _read_word(digits: Characters, at: int, word: str, fits: Flags) -> NDArray[Any]:
    """Return the numbers that digits make from row ``at`` on.

    They have 8 bits where there are two digits and else 32. ``fits`` is cleared where they are none
    of the word's.
    """
    width, least, largest = _WORDS[word]
    value: NDArray[Any] = digits[at] * 10 + digits[at + 1]
    for pair in range(at + 2, at + width, 2):
        value = value.astype(np.int32) * 100 + (digits[pair] * 10 + digits[pair + 1])
    if least > 0:
        fits &= value >= least
    if largest < 10**width - 1:
        fits &= value <= largest
    return value


def _read_half(characters: Characters, at: int, fits: Flags) -> Flags:
    """Return where it is afternoon; ``fits`` is cleared where AM or PM does not stand."""
    first, second = characters[at] | _LOWER, characters[at + 1] | _LOWER
    afternoon: Flags = first == ord("p")
    fits &= (afternoon | (first == ord("a"))) & (second == ord("m"))
    return afternoon


@cache
def _list_months() -> tuple[NDArray[np.int32], Characters]:
    """Return when each month of the years 0 to 9999 begins and its days; both of shape (months,).

    The first are the days from 1970 to the day before the month's first.
    """
    months = np.arange(-_MONTHS_BEFORE_1970, _YEARS * 12 + 1 - _MONTHS_BEFORE_1970)
    firsts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
    return firsts[:-1] - 1, np.diff(firsts).astype(np.uint8)
