"""Texts that are times: in which of the usual formats, and which instants they then are."""

from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

from dropcast.ingest.values import parse_timestamp, parse_timestamps

# What is tried; how each of them is read is ingest's.
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f")
_ZONED = tuple(f"%Y-%m-%d{sign}{clock}%z" for sign in "T " for clock in _CLOCKS)
FORMATS = (
    *_DATES,
    *(f"{date} {clock}" for date, clock in product(_DATES, _CLOCKS)),
    *(f"%Y-%m-%dT{clock}" for clock in _CLOCKS),
    *_ZONED,
)
# Which of day and month comes first cannot be seen in 3/4/2024.
_SWAPPED = ("%m/%d/%Y", "%d/%m/%Y")
_TRIED = 300
_MOST_FORMATS = 3
# 2000-01-01 to 2040-01-01.
_EPOCH_RANGE = (946_684_800, 2_208_988_800)


def find_formats(texts: pd.Series) -> tuple[str, ...]:
    """Return the formats that most of these texts have, the commonest first; none: not times.

    Of day and month first, which both may fit, that is taken which reads more; then that under
    which the times lie closer together, as dates that are read the wrong way round are scattered
    over their year.

    >>> find_formats(pd.Series(["25/12/2023", "1/2/2024"], dtype="str"))
    ('%d/%m/%Y',)
    """
    distinct = texts.drop_duplicates()
    step = max(1, len(distinct) // _TRIED)
    left = distinct.iloc[::step].tolist()
    found: list[str] = []
    while left and len(found) < _MOST_FORMATS:
        reads = {form: [text for text in left if _reads(text, form)] for form in FORMATS}
        best = max(FORMATS, key=lambda form: (len(reads[form]), -_measure_span(reads[form], form)))
        if not reads[best]:
            break
        found.append(best)
        left = [text for text in left if text not in set(reads[best])]
    return tuple(found)


def is_ambiguous(texts: pd.Series, formats: tuple[str, ...]) -> bool:
    """Return whether the texts could as well be read with day and month swapped.

    >>> is_ambiguous(pd.Series(["1/2/2024", "3/4/2024"], dtype="str"), ("%m/%d/%Y",))
    True
    """
    swapped = [_swap(form) for form in formats]
    if swapped == list(formats):
        return False
    return bool(read_instants(texts, tuple(swapped)).notna().all())


def read_instants(texts: pd.Series, formats: tuple[str, ...]) -> pd.Series:
    """Return the instants in UTC, of times without an offset as if they were; NaT where none fits.

    Each different text is read once, as ingest reads it.
    """
    codes, distinct = pd.factorize(texts)
    words = [str(word) for word in distinct]
    micros, sure = parse_timestamps(pa.array(words, pa.string()), formats, None)
    instants = micros.astype("datetime64[us]")
    for at in np.flatnonzero(~sure).tolist():
        found = parse_timestamp(words[at], formats, None)
        instants[at] = np.datetime64("NaT" if found is None else found.replace(tzinfo=None), "us")
    # A missing text has the code -1 and takes the last place.
    values = np.append(instants, np.datetime64("NaT", "us"))[codes]
    return pd.Series(values, index=texts.index).dt.tz_localize("UTC")


def is_epoch(numbers: pd.Series) -> bool:
    """Return whether all of these numbers are seconds since 1970 of our days."""
    return bool(numbers.between(*_EPOCH_RANGE).all())


def _swap(form: str) -> str:
    for first, second in (_SWAPPED, _SWAPPED[::-1]):
        if form.startswith(first):
            return form.replace(first, second)
    return form


def _reads(text: str, form: str) -> bool:
    return parse_timestamp(text, (form,), None) is not None


def _measure_span(texts: list[str], form: str) -> float:
    """Return the seconds between the first and the last of times whose day and month may swap."""
    if not form.startswith(_SWAPPED):
        return 0.0
    moments = [moment for text in texts if (moment := parse_timestamp(text, (form,), None))]
    return (max(moments) - min(moments)).total_seconds() if moments else 0.0
