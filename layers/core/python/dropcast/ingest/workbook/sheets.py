"""A workbook, whatever it is called -> its sheets as rows of cells.

``calamine`` holds a sheet as a whole, and one cell far out makes a sheet of all cells before it;
so the sizes that the archive declares, every checksum and the outermost cell are looked at first,
and then the workbook is read in the sandbox.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import MIB
from dropcast.ingest.sandbox import try_workbook
from dropcast.ingest.source import Format
from dropcast.ingest.values import EXACT_FLOATS, INSTANT, Dialect
from dropcast.ingest.workbook.compound_file import LAST_COLUMN, find_last_column

SPOOLED_MIB = 64
UNPACKED_MIB = 128
MOST_CELLS = 20_000_000
MOST_PARTS = 2_000
_WORKBOOK_PART = "xl/workbook.xml"
_BINARY_WORKBOOK_PART = "xl/workbook.bin"
# A cell's place, ' r="XFD1048576"'; a chunk's end is read again with the next chunk.
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_LONGEST_PLACE = 16

# A text, empty where there is nothing, or a local time.
Cell = str | datetime
Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet's cells; row i of the sheet is ``rows[i - 1]``. All rows have one width."""

    name: str
    rows: tuple[Row, ...]


def check_workbook(path: Path, form: Format) -> None:
    """Raise ``FileRefusedError`` if a workbook cannot be read safely.

    That is one that is damaged, none, larger than the limits above, or too much for its library.
    """
    if form == "xlsx":
        _check_archive(path)
    else:
        _check_compound(path)
    try_workbook(path, most_cells=MOST_CELLS)


def read_sheets(path: Path, dialect: Dialect) -> Iterator[Sheet]:
    """Yield the sheets of a workbook in their order, one in memory at a time.

    :func:`check_workbook` has let it pass. Raises ``FileRefusedError`` if it is damaged all the
    same.
    """
    with path.open("rb") as stream:
        with _refusing_damage():
            workbook = CalamineWorkbook.from_filelike(stream)
            names = workbook.sheet_names
        for name in names:
            yield Sheet(name=name, rows=_read_rows(workbook, name, dialect))


def _read_rows(workbook: CalamineWorkbook, name: str, dialect: Dialect) -> tuple[Row, ...]:
    with _refusing_damage():
        try:
            sheet = workbook.get_sheet_by_name(name)
        except WorksheetNotFound:
            # A chart has a name among the sheets and no cells.
            return ()
        if sheet.end is None:
            return ()
        height, width = sheet.end[0] + 1, sheet.end[1] + 1
        if height * width > MOST_CELLS:
            raise _refuse_far_cell(name, height, width)
        rows = sheet.to_python(skip_empty_area=False)
    return tuple(tuple(_read_cell(cell, dialect) for cell in row) for row in rows)


def _read_cell(cell: Any, dialect: Dialect) -> Cell:
    """Return a cell as a text of the source, or as a time."""
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < EXACT_FLOATS
        return str(int(cell)) if whole else dialect.write_number(repr(cell))
    for kind, read in _READERS:
        if isinstance(cell, kind):
            return read(cell)
    return ""


# A boolean is an int, and a datetime a date: the narrower kind comes first.
_READERS: tuple[tuple[type, Callable[[Any], Cell]], ...] = (
    (str, str),
    (bool, lambda cell: "true" if cell else "false"),
    (int, str),
    (datetime, lambda cell: cell),
    (date, lambda cell: datetime.combine(cell, time())),
    (time, str),
    (timedelta, str),
)


def write_cell(cell: Cell) -> str:
    """Return a cell as a text; a time as :data:`INSTANT` says."""
    return cell if isinstance(cell, str) else cell.strftime(INSTANT)


def strip_cell(cell: Cell) -> Cell:
    """Return a cell without blanks around its text."""
    return cell.strip() if isinstance(cell, str) else cell


@contextmanager
def _refusing_damage() -> Generator[None, None, None]:
    try:
        yield
    except (CalamineError, OSError, ValueError) as error:
        raise refuse_damaged(error) from error
    except BaseException as error:
        # What the library did not foresee ends in a panic, of a type that nothing exports.
        if type(error).__name__ != "PanicException":
            raise
        raise refuse_damaged("a part of it contradicts another") from error


def _check_compound(path: Path) -> None:
    try:
        last = find_last_column(path.read_bytes())
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise refuse_damaged("its directory or its table of sectors is not whole") from error
    if last > LAST_COLUMN:
        raise refuse_damaged(f"a cell in column {last + 1:,}, and there are {LAST_COLUMN + 1}")


def _check_archive(path: Path) -> None:
    """Refuse an archive that is no workbook, is damaged or declares too much.

    That is before it is unpacked: a part is never unpacked beyond its declared size.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _refuse_other_archives([part.filename for part in parts])
            total = sum(part.file_size for part in parts)
            if total > UNPACKED_MIB * MIB or len(parts) > MOST_PARTS:
                raise FileRefusedError(
                    "The workbook is too large once unpacked.\n"
                    f"  Looked for: at most {UNPACKED_MIB} MiB in {MOST_PARTS:,} parts, for a "
                    "workbook is read as a whole\n"
                    f"  Found:      {total / MIB:,.0f} MiB in {len(parts):,} parts, by its own "
                    "directory\n"
                    "  Remedy:     save the sheets as CSV, or as several workbooks, and drop those"
                )
            for part in parts:
                _check_part(archive, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise refuse_damaged(error) from error
    except RuntimeError as error:
        raise refuse_damaged("a part of it is encrypted") from error


def _refuse_other_archives(names: list[str]) -> None:
    if _WORKBOOK_PART in names or _BINARY_WORKBOOK_PART in names:
        return
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    raise FileRefusedError(
        "The file is a ZIP archive and no workbook.\n"
        f"  Looked for: '{_WORKBOOK_PART}' in the archive\n"
        f"  Found:      {len(names):,} files: {shown}\n"
        "  Remedy:     unpack it and drop the files that are in it"
    )


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end, so that its checksum is compared, and find its outermost cell."""
    is_sheet = "/worksheets/" in f"/{part.filename}" and part.filename.endswith(".xml")
    tail = b""
    row = column = 0
    with archive.open(part) as stream:
        while chunk := stream.read(MIB):
            if not is_sheet:
                continue
            for letters, digits in _CELL.findall(tail + chunk):
                row, column = max(row, int(digits)), max(column, _count_columns(letters))
            tail = chunk[-_LONGEST_PLACE:]
    if row * column > MOST_CELLS:
        raise _refuse_far_cell(part.filename, row, column)


def _count_columns(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refuse_far_cell(sheet: str, rows: int, columns: int) -> FileRefusedError:
    return FileRefusedError(
        "A sheet of the workbook is too large.\n"
        f"  Looked for: at most {MOST_CELLS:,} cells from the first to the outermost\n"
        f"  Found:      {rows:,} rows of {columns:,} columns in '{sheet}'\n"
        "  Remedy:     delete the cells far out, or save the sheet as CSV, and drop that"
    )


def refuse_damaged(error: object) -> FileRefusedError:
    """Return the refusal of a workbook that cannot be opened."""
    return FileRefusedError(
        "The file is a workbook and damaged; nothing of it was taken.\n"
        "  Looked for: a whole XLSX or XLS workbook without a password\n"
        f"  Found:      {error}\n"
        "  Remedy:     open it, save it again (or as CSV) and drop that"
    )
