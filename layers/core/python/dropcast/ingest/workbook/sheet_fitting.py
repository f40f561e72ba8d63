"""Which layout fits a sheet: what its header rows hold, column by column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from dropcast.ingest.rows import list_names
from dropcast.ingest.values import Dialect
from dropcast.ingest.workbook.sheets import Cell, Row, Sheet, strip_cell, write_cell
from dropcast.recipe import SheetCross, SheetTable, Table
from dropcast.recipe.columns import normalise_header

# A header stands within so many first rows; titles and notes stand above it.
HEADER_ROWS = 50
_SHOWN_ROWS = 3

SheetLayout = SheetTable | SheetCross


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A layout that fits a sheet, whose header is ``rows[top:body]``.

    ``positions`` has the field index of each column in a row; of a cross table ``names`` has the
    name that the fields from an index on are values of. ``ignored`` are the header's other names.
    """

    layout: SheetLayout
    top: int
    body: int
    positions: Mapping[str, int]
    names: Mapping[int, Cell]
    ignored: tuple[str, ...] = ()


def list_sheet_layouts(recipe: Table) -> tuple[SheetLayout, ...]:
    """Return the layouts for sheets, at last the plain table of all required columns."""
    declared = tuple(x for x in recipe.source.layouts if isinstance(x, SheetLayout))
    required = tuple(c.name for c in recipe.columns if c.required)
    plain = SheetTable(name="one record a row", columns=required, notes=False)
    return (*declared, plain)


def fit_sheet(sheet: Sheet, recipe: Table) -> Fit | None:
    """Return the first layout that fits, at the first rows that it fits."""
    known = {normalise_header(n): c.name for c in recipe.columns for n in (c.name, *c.aliases)}
    dialect = Dialect(source=recipe.source)
    for layout in list_sheet_layouts(recipe):
        for top in range(min(HEADER_ROWS, len(sheet.rows))):
            if isinstance(layout, SheetTable):
                fit = _fit_table(sheet.rows, top, layout, known)
            else:
                fit = _fit_cross(sheet.rows, top, layout, recipe, dialect)
            if fit is not None:
                return fit
    return None


def find_left_out(sheet: Sheet, fit: Fit) -> str | None:
    """Return the title by which a layout leaves the sheet out."""
    words = [normalise_header(word) for word in fit.layout.left_out]
    for cell in (cell for row in sheet.rows[: fit.top] for cell in row if cell):
        text = write_cell(cell)
        if any(word in normalise_header(text) for word in words):
            return " ".join(text.split())
    return None


def describe_layout(layout: SheetLayout) -> str:
    """Return what a layout looks for."""
    if isinstance(layout, SheetCross):
        corner = " or ".join(f"'{word}'" for word in layout.corner)
        return f"{layout.name}: a row that begins with {corner}, then names"
    where = "a header row" if layout.header_rows == 1 else f"{layout.header_rows} header rows"
    return f"{layout.name}: {where} with {', '.join(layout.columns)}"


def describe_sheet(sheet: Sheet) -> str:
    """Return what a sheet holds instead."""
    shown = [
        list_names(tuple(write_cell(cell) for cell in row if strip_cell(cell)))
        for row in sheet.rows[:HEADER_ROWS]
        if sum(bool(strip_cell(cell)) for cell in row) > 1
    ][:_SHOWN_ROWS]
    if shown:
        return f"'{sheet.name}': " + " / ".join(shown)
    filled = any(strip_cell(cell) for row in sheet.rows for cell in row)
    return f"'{sheet.name}': " + ("no row of more than one cell" if filled else "empty")


def _fit_table(
    rows: tuple[Row, ...], top: int, layout: SheetTable, known: Mapping[str, str]
) -> Fit | None:
    body = top + layout.header_rows
    claims: dict[str, list[int]] = {}
    ignored = []
    for cells in rows[top:body]:
        header = [write_cell(cell) for cell in cells]
        claimed = [known.get(normalise_header(cell)) for cell in header]
        # Each of its rows names something: a header of one row is not taken for one of two.
        if not any(column in layout.columns for column in claimed):
            return None
        for index, column in enumerate(claimed):
            if column is not None:
                claims.setdefault(column, []).append(index)
            elif header[index].strip():
                ignored.append(" ".join(header[index].split()))
    if not set(layout.columns) <= set(claims) or layout.group_column in claims:
        return None
    if any(len(set(claims[column])) > 1 for column in layout.columns):
        return None
    positions = {column: indexes[0] for column, indexes in claims.items()}
    return Fit(
        layout=layout,
        top=top,
        body=body,
        positions=positions,
        names={},
        ignored=tuple(ignored),
    )


def _fit_cross(
    rows: tuple[Row, ...], top: int, layout: SheetCross, recipe: Table, dialect: Dialect
) -> Fit | None:
    header = rows[top]
    corner = next(_filled(header), None)
    words = {normalise_header(word) for word in layout.corner}
    if corner is None or normalise_header(write_cell(header[corner])) not in words:
        return None
    column = recipe.find_column(layout.name_column)
    names = {
        index: cell
        if isinstance(cell := header[index], datetime)
        else dialect.make_plain(cell, column)
        for index in _filled(header)
        if index > corner
    }
    starts = [*sorted(names), max(names, default=0) + len(layout.value_columns)]
    # Each name stands over its value columns: names closer than that are another table.
    if not names or any(b - a < len(layout.value_columns) for a, b in pairwise(starts)):
        return None
    body = top + 1
    while body < len(rows) and not strip_cell(rows[body][corner]) and any(_filled(rows[body])):
        body += 1
    return Fit(
        layout=layout, top=top, body=body, positions={layout.row_column: corner}, names=names
    )


def _filled(row: Row) -> Iterator[int]:
    return (index for index, cell in enumerate(row) if strip_cell(cell))
