"""The header of a workbook that no recipe describes: the first row that looks like one."""

from collections.abc import Sequence
from pathlib import Path

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.source import Format
from dropcast.ingest.values import Dialect
from dropcast.ingest.workbook.sheet_fitting import HEADER_ROWS, describe_sheet
from dropcast.ingest.workbook.sheets import (
    Row,
    Sheet,
    check_workbook,
    read_sheets,
    strip_cell,
    write_cell,
)

# A header has more than this share of the cells of the fullest row; a title above it has few.
_SHARE = 0.5
_LEAST_NAMES = 2


def read_sheet_names(path: Path, form: Format) -> tuple[str, ...]:
    """Return the names of the first header in a workbook, one for each field of its row.

    A sheet's header is the first of its rows that has more than half as many filled cells as the
    fullest of the rows at its top, and at least two.

    Raises ``FileRefusedError`` if the workbook is damaged or too large, or no sheet has a header.
    """
    check_workbook(path, form)
    described = []
    for sheet in read_sheets(path, Dialect()):
        header = _find_header(sheet.rows[:HEADER_ROWS])
        if header is not None:
            return tuple(write_cell(cell) for cell in header)
        described.append(describe_sheet(Sheet(name=sheet.name, rows=sheet.rows[:HEADER_ROWS])))
    raise FileRefusedError(
        "\n".join(
            (
                "No sheet of the workbook has a header.",
                f"  Looked for: within the first {HEADER_ROWS} rows of a sheet, a row with the "
                "names of the columns",
                "  Found:",
                *(f"    {line}" for line in described),
                "  Remedy:     write the names of the columns in one row above the rows",
            )
        )
    )


def _find_header(rows: Sequence[Row]) -> Row | None:
    filled = [sum(bool(strip_cell(cell)) for cell in row) for row in rows]
    least = max(_LEAST_NAMES, _SHARE * max(filled, default=0))
    return next((r for r, count in zip(rows, filled, strict=True) if count >= least), None)
