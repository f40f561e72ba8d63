"""The rows of a sheet below its header -> records, by the layout that fits."""

from collections.abc import Iterator
from dataclasses import dataclass

from dropcast.ingest.values import Dialect
from dropcast.ingest.workbook.sheet_fitting import Fit
from dropcast.ingest.workbook.sheets import Cell, Row, Sheet, strip_cell, write_cell
from dropcast.recipe import Column, SheetCross, SheetTable, Table


@dataclass(frozen=True, kw_only=True)
class SheetRecord:
    """A record: the number of its row in the sheet, from 1, and its values by column."""

    row: int
    values: dict[str, Cell]


@dataclass(kw_only=True)
class SheetCounts:
    """What was read and made no record.

    ``titles`` are rows with a title or a note, ``missing_cells`` of a cross table the pairs of
    names without any value.
    """

    titles: int = 0
    missing_cells: int = 0


def list_records(
    sheet: Sheet, fit: Fit, fixed: dict[str, Cell], recipe: Table, counts: SheetCounts
) -> Iterator[SheetRecord]:
    """Yield the records of a sheet, each with the ``fixed`` values too, and count the rest."""
    if isinstance(fit.layout, SheetCross):
        columns = [recipe.find_column(name) for name in fit.layout.value_columns]
        dialect = Dialect(source=recipe.source)
        return _list_cross(sheet, fit, fixed=fixed, columns=columns, dialect=dialect, counts=counts)
    return _list_table(sheet, fit, fit.layout, fixed, counts)


def _list_table(
    sheet: Sheet, fit: Fit, layout: SheetTable, fixed: dict[str, Cell], counts: SheetCounts
) -> Iterator[SheetRecord]:
    header = [_strip(row) for row in sheet.rows[fit.top : fit.body]]
    # Where a layout fills a column itself, what the sheet may say of it is not read.
    positions = {name: at for name, at in fit.positions.items() if name not in fixed}
    first = min(positions.values())
    group: Cell = ""
    for row, cells in _list_filled(sheet, fit.body):
        if cells in header:
            # The row above a header was its title and no group.
            group = ""
            counts.titles += 1
        elif layout.notes and sum(bool(cell) for cell in cells) == 1:
            counts.titles += 1
            if layout.group_column is not None and cells[first]:
                group = cells[first]
        else:
            values = {name: cells[at] for name, at in positions.items()} | fixed
            if layout.group_column is not None:
                values[layout.group_column] = group
            yield SheetRecord(row=row, values=values)


def _list_cross(
    sheet: Sheet,
    fit: Fit,
    *,
    fixed: dict[str, Cell],
    columns: list[Column],
    dialect: Dialect,
    counts: SheetCounts,
) -> Iterator[SheetRecord]:
    layout = fit.layout
    assert isinstance(layout, SheetCross)
    corner = fit.positions[layout.row_column]
    for row, cells in _list_filled(sheet, fit.body):
        if cells[corner] and sum(bool(cell) for cell in cells) == 1:
            counts.titles += 1
            continue
        for at, name in fit.names.items():
            found = cells[at : at + len(columns)]
            values = {c.name: text for c, text in zip(columns, found, strict=False)}
            plain = [dialect.make_plain(write_cell(values.get(c.name, "")), c) for c in columns]
            if all(text in dialect.missing or not text for text in plain):
                counts.missing_cells += 1
                continue
            values[layout.row_column] = cells[corner]
            values[layout.name_column] = name
            yield SheetRecord(row=row, values=values | fixed)


def _list_filled(sheet: Sheet, body: int) -> Iterator[tuple[int, Row]]:
    """Yield the rows below the header that are not empty, with their number from 1."""
    for index in range(body, len(sheet.rows)):
        cells = _strip(sheet.rows[index])
        if any(cells):
            yield index + 1, cells


def _strip(row: Row) -> Row:
    return tuple(strip_cell(cell) for cell in row)
