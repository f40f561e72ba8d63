"""The date that all rows of a sheet are of: above its header, else the document's own."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from dropcast.ingest.values import Dialect, find_zone
from dropcast.ingest.workbook.document_properties import DocumentTimes
from dropcast.ingest.workbook.sheets import Cell, Row, write_cell
from dropcast.recipe import Column, Period
from dropcast.recipe.columns import normalise_header

# Day, month in a word, year, with a short word between them at most: "8 de junio de 2018".
_IN_WORDS = re.compile(r"\b(\d{1,2})\W+(?:\w{1,3}\W+)?([^\W\d]{3,})\.?\W+(?:\w{1,3}\W+)?(\d{4})\b")


def find_dates(rows: Iterable[Row], period: Period, dialect: Dialect) -> list[date]:
    """Return the last date of each cell that the period looks at, without repeats."""
    marks = [normalise_header(mark) for mark in period.marks]
    found: dict[date, None] = {}
    for cell in (cell for row in rows for cell in row if cell):
        name = normalise_header(write_cell(cell))
        if marks and not any(mark in name for mark in marks):
            continue
        day = _read_date(cell, dialect.months)
        if day is not None:
            found[day] = None
    return list(found)


def find_document_date(times: DocumentTimes, period: Period, column: Column) -> date | None:
    """Return the day on which the document was made, in the column's zone.

    ``None`` if it does not say so or was still worked on long after.
    """
    if period.document_days is None or times.made_at is None or times.saved_at is None:
        return None
    zone = find_zone(column.timezone)
    made, saved = (at.astimezone(zone).date() for at in (times.made_at, times.saved_at))
    return made if 0 <= (saved - made).days <= period.document_days else None


def _read_date(cell: Cell, months: Mapping[str, int]) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    for day, word, year in reversed(_IN_WORDS.findall(cell)):
        month = months.get(word.casefold())
        try:
            if month is not None:
                return date(int(year), month, int(day))
        except ValueError:
            continue
    return None
