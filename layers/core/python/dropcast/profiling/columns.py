"""What a column holds, judged by its texts: its kind, what is missing, its values."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from dropcast.ingest.values import EPOCH_SECONDS, EXACT_FLOATS, FALSE_WORDS, NUMBER, TRUE_WORDS
from dropcast.profiling.moments import find_formats, is_ambiguous, is_epoch, read_instants
from dropcast.recipe import Source
from dropcast.recipe.columns import ColumnKind

# A column is of a kind if all but this share of its values are; the others would be quarantined.
ODD_SHARE = 0.02
FEW_DISTINCT = 50
MISSING = Source().missing
# Texts that stand for a missing number or time; in a text they may well mean something.
_MARKERS = frozenset(
    {
        *("?", "-", "--", "---", ".", "*", "n.d.", "N.D.", "n.a.", "N.A.", "n/a", "na", "n/d"),
        *("N/D", "ND", "nd", "NaT", "#N/A", "#VALUE!", "none", "NONE", "Null", "missing"),
        *("Missing", "MISSING", "unknown", "Unknown", "UNKNOWN", "(null)", "<NA>"),
    }
)
_LEADING_ZERO = r"[+-]?0[0-9]+"
_DRESSED = r"[$€£]?\s*[+-]?[0-9][0-9.,' ]*\s*[%$€£]?"
_FOUR_DIGITS = r"[0-9][^0-9]*[0-9][^0-9]*[0-9][^0-9]*[0-9]"
# Some of them are numbers, which make a column of numbers where no other word is in it.
_BOOLEAN_WORDS = (*TRUE_WORDS, *FALSE_WORDS)
_SURELY_BOOLEAN = frozenset(word for word in _BOOLEAN_WORDS if word.isalpha())
_NAMES_TIME = re.compile(r"(^|_)(time|date|timestamp|ts|at|on|epoch|when)(_|$)")
_DAYS = ("%Y%m%d",)


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnFacts:
    """What is found in the texts of one column.

    ``texts``   by row; missing ones are NA
    ``values``  float64 (a boolean is 1 or 0), instants in UTC or the texts, by row; what is
                missing or not of the kind is NA
    ``odd``     values that are not of the kind
    ``formats`` of a timestamp
    ``why``     a sentence on the kind
    """

    name: str
    header: str
    kind: ColumnKind
    texts: pd.Series
    values: pd.Series
    odd: int
    formats: tuple[str, ...]
    why: str

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.texts)

    @property
    def missing(self) -> int:
        """The number of rows without a value."""
        return int(self.texts.isna().sum())

    @property
    def distinct(self) -> int:
        """The number of different values that are of the kind."""
        return int(self.values.nunique())


@dataclass(frozen=True, kw_only=True, eq=False)
class _Kind:
    kind: ColumnKind
    values: pd.Series
    why: str
    formats: tuple[str, ...] = ()


def find_markers(cells: pd.DataFrame) -> tuple[str, ...]:
    """Return the texts beside the usual ones that mean a missing value.

    They are a few fixed ones, where all else in their column is a number or a time.
    """
    found: set[str] = set()
    for name in cells:
        texts = _drop_missing(cells[name], MISSING).dropna()
        marked = texts.isin(list(_MARKERS))
        rest = texts[~marked]
        if marked.any() and len(rest) and guess_kind(str(name), rest).kind != "text":
            found |= set(texts[marked].unique())
    return tuple(sorted(found))


def describe_column(
    name: str, header: str, cells: pd.Series, missing: Collection[str]
) -> ColumnFacts:
    """Return the facts of a column of stripped texts."""
    texts = _drop_missing(cells, missing)
    present = texts.dropna()
    kind = guess_kind(name, present)
    values = kind.values.reindex(texts.index)
    return ColumnFacts(
        name=name,
        header=header,
        kind=kind.kind,
        texts=texts,
        values=values,
        odd=len(present) - int(values.notna().sum()),
        formats=kind.formats,
        why=kind.why,
    )


def guess_kind(name: str, texts: pd.Series) -> _Kind:
    """Return the kind of texts none of which is missing; ``text`` where nothing else is sure."""
    if texts.empty:
        return _Kind(kind="text", values=texts, why="No value at all.")
    words = texts.str.casefold()
    if _SURELY_BOOLEAN & set(words.unique()) and words.isin(_BOOLEAN_WORDS).all():
        values = words.isin(TRUE_WORDS).astype("float64")
        return _Kind(kind="boolean", values=values, why="Only words for true and false.")
    numeric = texts.str.fullmatch(NUMBER)
    if _is_enough(numeric):
        return _guess_number(name, texts[numeric])
    formats = find_formats(texts) if _is_enough(texts.str.contains(_FOUR_DIGITS)) else ()
    if formats:
        values = read_instants(texts, formats)
        if _is_enough(values.notna()):
            return _Kind(
                kind="timestamp",
                values=values,
                why=_explain_moments(texts[values.notna()], formats),
                formats=formats,
            )
    why = "Neither numbers nor times."
    if _is_enough(texts.str.fullmatch(_DRESSED)):
        why = (
            "Looks like numbers with a decimal comma, separators or a unit, which are read as "
            "text; export them as plain numbers with a point to have them as numbers."
        )
    return _Kind(kind="text", values=texts, why=why)


def _guess_number(name: str, texts: pd.Series) -> _Kind:
    values = texts.astype("float64")
    if texts.str.fullmatch(_LEADING_ZERO).any():
        return _Kind(kind="text", values=texts, why="Digits with leading zeros are a code.")
    if not bool(values.abs().lt(EXACT_FLOATS).all()):
        return _Kind(kind="text", values=texts, why="Too many digits for a number that counts.")
    moments = _guess_moment(texts, values) if _NAMES_TIME.search(name) else None
    if moments is not None:
        return moments
    if not bool(values.mod(1).eq(0).all()):
        return _Kind(kind="number", values=values, why="Numbers with decimals.")
    return _guess_whole(texts, values)


def _guess_moment(texts: pd.Series, values: pd.Series) -> _Kind | None:
    """Return the times that these numbers are, days as 20240131 or seconds since 1970."""
    if texts.str.fullmatch(r"[12][0-9]{7}").all():
        instants = read_instants(texts, _DAYS)
        if instants.notna().all():
            why = _explain_moments(texts, _DAYS)
            return _Kind(kind="timestamp", values=instants, why=why, formats=_DAYS)
    if is_epoch(values):
        return _Kind(
            kind="timestamp",
            values=read_instants(texts, (EPOCH_SECONDS,)),
            why="By its name and size, seconds since 1970 in UTC.",
            formats=(EPOCH_SECONDS,),
        )
    return None


def _guess_whole(texts: pd.Series, values: pd.Series) -> _Kind:
    if texts.str.fullmatch(r"[+-]?[0-9]+").all():
        return _Kind(kind="integer", values=values, why="Whole numbers only.")
    if values.nunique() <= FEW_DISTINCT:
        why = "Whole numbers, spelled with a point as exports of columns with gaps do."
        return _Kind(kind="integer", values=values, why=why)
    why = "Whole so far, but spelled with a point; a later file may well bring decimals."
    return _Kind(kind="number", values=values, why=why)


def _explain_moments(texts: pd.Series, formats: tuple[str, ...]) -> str:
    why = "Times without an offset are assumed to be UTC; name their zone if they are local."
    if all("%z" in form for form in formats):
        why = "Every time has its offset; stored as UTC."
    if is_ambiguous(texts, formats):
        why += " Whether day or month comes first cannot be told from the values; check it."
    return why


def _is_enough(fits: pd.Series) -> bool:
    return bool(fits.mean() >= 1 - ODD_SHARE)


def _drop_missing(cells: pd.Series, missing: Collection[str]) -> pd.Series:
    return cells.mask(cells.isin(list(missing)))
