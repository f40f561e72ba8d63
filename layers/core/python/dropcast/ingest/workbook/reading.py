"""A workbook -> batches of rows: every sheet by the first layout that fits it.

``_line_number`` counts rows as if the sheets stood one below another; people read the place
as ``sheet!row``.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import BATCH_ROWS
from dropcast.ingest.rows import FileRows, ReadStats, RowBatch, give_made, make_batch
from dropcast.ingest.source import Format
from dropcast.ingest.values import (
    ARROW_TYPES,
    INSTANT,
    Dialect,
    make_numbers,
    make_texts,
    parse_timestamp,
    place_local_times,
)
from dropcast.ingest.workbook.document_properties import DocumentTimes, read_document_times
from dropcast.ingest.workbook.periods import find_dates, find_document_date
from dropcast.ingest.workbook.sheet_fitting import (
    HEADER_ROWS,
    Fit,
    describe_layout,
    describe_sheet,
    find_left_out,
    fit_sheet,
    list_sheet_layouts,
)
from dropcast.ingest.workbook.sheet_rows import SheetCounts, SheetRecord, list_records
from dropcast.ingest.workbook.sheets import (
    Cell,
    Row,
    Sheet,
    check_workbook,
    read_sheets,
    write_cell,
)
from dropcast.recipe import Period, Table

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are counted from it
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A sheet that is read.

    ``fit`` is how it lies, ``fixed`` the values of all its rows, ``rows_before`` the number of rows
    in the sheets before it.
    """

    fit: Fit
    fixed: dict[str, Cell]
    rows_before: int


@dataclass(frozen=True, kw_only=True)
class _Outline:
    """A sheet without most of its rows: enough to find its layout and its period."""

    head: Sheet
    fit: Fit | None
    rows: int


def read_workbook(path: Path, form: Format, *, recipe: Table, record_bytes: int) -> FileRows:
    """Return the rows of a workbook.

    Raises ``FileRefusedError`` if the workbook is damaged or too large, none of its sheets has a
    layout that fits, or a sheet that has one has no date where the layout needs it.
    """
    dialect = Dialect(source=recipe.source)
    stats = ReadStats()
    check_workbook(path, form)
    outlines = [_outline(sheet, recipe) for sheet in read_sheets(path, dialect)]
    found = _find_sheets(outlines, path, form, recipe, stats)
    if not found:
        raise FileRefusedError(_describe_unfit(outlines, recipe))
    columns = tuple(c.name for c in recipe.columns)
    filled = {n for f in found.values() for n in _list_filled(f)}
    stats.ignored_columns = tuple(dict.fromkeys(n for f in found.values() for n in f.fit.ignored))
    stats.absent_columns = tuple(name for name in columns if name not in filled)
    batches = _read_batches(read_sheets(path, dialect), found, recipe, record_bytes, stats)
    return FileRows(
        recipe=recipe,
        width=len(columns),
        batches=give_made(batches),
        format=form,
        stats=stats,
    )


def _outline(sheet: Sheet, recipe: Table) -> _Outline:
    head = Sheet(name=sheet.name, rows=sheet.rows[:HEADER_ROWS])
    return _Outline(head=head, fit=fit_sheet(head, recipe), rows=len(sheet.rows))


def _find_sheets(
    outlines: list[_Outline], path: Path, form: Format, recipe: Table, stats: ReadStats
) -> dict[str, _Found]:
    found = {}
    rows_before = 0
    for outline in outlines:
        name, fit = outline.head.name, outline.fit
        title = find_left_out(outline.head, fit) if fit else None
        if fit is None:
            stats.notes.append(f"sheet '{name}' was not read: no declared layout fits it")
        elif title is not None:
            stats.notes.append(f"sheet '{name}' was not read: the recipe leaves out '{title}'")
        else:
            fixed: dict[str, Cell] = {item.column: item.text for item in fit.layout.filled}
            if fit.layout.period is not None:
                period = fit.layout.period
                times = read_document_times(path, form)
                fixed[period.column] = _find_period(outline, outlines, period, times, recipe)
            found[name] = _Found(fit=fit, fixed=fixed, rows_before=rows_before)
        rows_before += outline.rows
    return found


def _find_period(
    outline: _Outline,
    outlines: list[_Outline],
    period: Period,
    times: DocumentTimes,
    recipe: Table,
) -> datetime:
    """Return the date of a sheet's rows, at midnight."""
    dialect = Dialect(source=recipe.source)
    dates = find_dates(_list_titles(outline), period, dialect)
    if not dates:
        titles = (row for other in outlines if other.fit is None for row in other.head.rows)
        dates = find_dates(titles, period, dialect)
    if not dates:
        made = find_document_date(times, period, recipe.find_column(period.column))
        dates = [] if made is None else [made]
    if len(dates) == 1:
        return datetime.combine(dates[0], time())
    marks = " or ".join(f"'{mark}'" for mark in period.marks)
    found = ", ".join(day.isoformat() for day in dates) or "none"
    raise FileRefusedError(
        f"The workbook does not say which date the rows of sheet '{outline.head.name}' are of.\n"
        f"  Looked for: one date in words above the header{f', beside {marks}' if marks else ''}"
        + (", or the day the document was made" if period.document_days is not None else "")
        + "\n"
        f"  Found:      {found}\n"
        "  Remedy:     write the date above the header as the others have it, and drop it again"
    )


def _list_titles(outline: _Outline) -> tuple[Row, ...]:
    return outline.head.rows[: outline.fit.top] if outline.fit else ()


def _list_filled(found: _Found) -> set[str]:
    layout = found.fit.layout
    given = {*found.fit.positions, *found.fixed}
    for name in ("group_column", "name_column"):
        given.add(getattr(layout, name, None) or "")
    return given | set(getattr(layout, "value_columns", ()))


def _read_batches(
    sheets: Iterator[Sheet],
    found: dict[str, _Found],
    recipe: Table,
    record_bytes: int,
    stats: ReadStats,
) -> Generator[RowBatch, None, None]:
    counts = SheetCounts()
    rows_before = 0
    for sheet in sheets:
        held = found.get(sheet.name)
        if held is not None:
            records = list_records(sheet, held.fit, held.fixed, recipe, counts)
            while some := list(islice(records, BATCH_ROWS)):
                yield _make_batch(some, sheet, rows_before, recipe, record_bytes)
        rows_before += len(sheet.rows)
    # The sheets that were not read, and what stands below the last record, have rows too.
    yield _make_batch([], Sheet(name="", rows=()), rows_before, recipe, record_bytes)
    stats.missing_cells = counts.missing_cells
    if counts.titles:
        stats.notes.append(
            "rows read as titles and notes (one cell alone, or the header again): "
            f"{counts.titles:,}"
        )


def _make_batch(
    records: list[SheetRecord], sheet: Sheet, rows_before: int, recipe: Table, record_bytes: int
) -> RowBatch:
    cells = {c.name: [r.values.get(c.name, "") for r in records] for c in recipe.columns}
    return make_batch(
        {name: make_texts([write_cell(cell) for cell in column]) for name, column in cells.items()},
        np.array([rows_before + r.row for r in records], np.int64),
        dialect=Dialect(source=recipe.source),
        next_line=rows_before + len(sheet.rows) + 1,
        record_bytes=record_bytes,
        instants={
            c.name: _find_instants(cells[c.name], c.timezone)
            for c in recipe.columns
            if c.kind == "timestamp"
        },
        places=[f"{sheet.name}!{r.row}" for r in records],
    )


def _find_instants(cells: list[Cell], timezone: str | None) -> pa.Array:
    """Return the instants of the cells that are local times; null for texts, shape (rows,)."""
    is_time = np.array([isinstance(cell, datetime) for cell in cells], dtype=bool)
    local = [(cell - _EPOCH) // _MICROSECOND if isinstance(cell, datetime) else 0 for cell in cells]
    micros, sure = place_local_times(np.array(local, np.int64), timezone)
    # The first and the last years: a zone may lead out of what a time can be.
    for row in np.flatnonzero(is_time & ~sure).tolist():
        instant = parse_timestamp(write_cell(cells[row]), (INSTANT,), timezone)
        if instant is not None:
            micros[row], sure[row] = (instant.replace(tzinfo=None) - _EPOCH) // _MICROSECOND, True
    return make_numbers(micros, ARROW_TYPES["timestamp"], is_time & sure)


def _describe_unfit(outlines: list[_Outline], recipe: Table) -> str:
    looked = [describe_layout(layout) for layout in list_sheet_layouts(recipe)]
    sheets = [describe_sheet(outline.head) for outline in outlines]
    left_out = [
        f"'{o.head.name}': left out by the recipe, for its title"
        for o in outlines
        if o.fit is not None
    ]
    return "\n".join(
        (
            "No sheet of the workbook has a layout that the recipe declares.",
            f"  Looked for, within the first {HEADER_ROWS} rows of each sheet:",
            *(f"    {line}" for line in looked),
            "  Found:",
            *(f"    {line}" for line in (*sheets, *left_out)),
            "  Remedy:     name those columns in the sheet's header; or, where a table does mean",
            f"              this, declare its layout in the source of '{recipe.dataset}'",
        )
    )
