"""The header of a workbook that no recipe describes: the first row that looks like one."""

import re
from collections.abc import Sequence
from pathlib import Path

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.source import Format
from dropcast.ingest.values import NUMBER, Dialect
from dropcast.ingest.workbook.sheet_fitting import HEADER_ROWS, describe_sheet
from dropcast.ingest.workbook.sheets import (
    Row,
    Sheet,
    check_workbook,
    read_sheets,
    strip_cell,
    write_cell,
)

_LEAST_NAMES = 2


def read_sheet_names(path: Path, form: Format) -> tuple[str, ...]:
    """Return the names of the first header in a workbook, one for each field of its row.

    It is the first row of a sheet that has more than half as many filled cells as the fullest of
    the rows at the top, and at least two. A sheet is passed over where that row has a number: it is
    an index of the other sheets, or has rows and no header.

    Raises ``FileRefusedError`` if the workbook is damaged or too large, or no sheet has a header.
    """
    check_workbook(path, form)
    described = []
    for sheet in read_sheets(path, Dialect()):
        header = _find_header(sheet.rows[:HEADER_ROWS])
        if header is not None:
            return header
        described.append(describe_sheet(Sheet(name=sheet.name, rows=sheet.rows[:HEADER_ROWS])))
    raise FileRefusedError(
        "\n".join(
            (
                "No sheet of the workbook has a header.",
                f"  Looked for: within the first {HEADER_ROWS} rows of a sheet, a row with "
                "names for the columns",
                "  Found:",
                *(f"    {line}" for line in described),
                "  Remedy:     write the names of the columns in one row above the rows",
            )
        )
    )


def _find_header(rows: Sequence[Row]) -> tuple[str, ...] | None:
    filled = [sum(bool(strip_cell(cell)) for cell in row) for row in rows]
    least = max(_LEAST_NAMES, max(filled, default=0) // 2 + 1)
    full = next((r for r, count in zip(rows, filled, strict=True) if count >= least), None)
    names = tuple(write_cell(cell) for cell in full or ())
    is_header = names and not any(re.fullmatch(NUMBER, name.strip()) for name in names)
    return names if is_header else None
