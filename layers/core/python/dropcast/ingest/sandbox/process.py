"""The program of the sandbox process: read a file as its reader will, in bounded memory.

:mod:`dropcast.ingest.sandbox.check` runs it by its path, so that it starts in a blink: it may
import the library that it checks and nothing of Dropcast. Its last line is a JSON object; a process
that ends in any other way has found a file that is not to be read.
"""

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_MIB = 1024 * 1024


def main(arguments: list[str]) -> None:
    """Read a file within bounded memory and print what was found, as a JSON object.

    ``arguments`` is one JSON object: ``what`` is ``workbook`` or ``parquet``, ``path`` the file.
    """
    request = json.loads(arguments[0])
    read = _READERS[request.pop("what")]
    memory_mib = request.pop("memory_mib")
    try:
        print(json.dumps(read(memory_mib=memory_mib, **request)))  # noqa: T201 - it is the result
    except MemoryError:
        print(json.dumps({"memory": True}))  # noqa: T201


def _read_workbook(*, path: str, most_cells: int, memory_mib: int) -> dict[str, Any]:
    """Return the cells of all sheets, or of those up to the one that is too many."""
    from python_calamine import CalamineWorkbook, WorksheetNotFound  # noqa: PLC0415

    _bound_memory(memory_mib)
    cells = sheets = 0
    with Path(path).open("rb") as stream:
        try:
            workbook = CalamineWorkbook.from_filelike(stream)
        except Exception as error:  # noqa: BLE001 - whatever a library raises of a file
            return _describe_error(error)
        for name in workbook.sheet_names:
            try:
                sheet = workbook.get_sheet_by_name(name)
            except WorksheetNotFound:
                continue
            except Exception as error:  # noqa: BLE001
                return _describe_error(error)
            sheets += 1
            if sheet.end is not None:
                cells += (sheet.end[0] + 1) * (sheet.end[1] + 1)
                if cells > most_cells:
                    break
                rows = sheet.to_python(skip_empty_area=False)
                # As its reader does: both are in memory at one time.
                texts = [[str(cell) for cell in row] for row in rows]
                del rows, texts
    return {"cells": cells, "sheets": sheets}


def _read_parquet(
    *, path: str, leaves: list[int], batch_rows: int, memory_mib: int
) -> dict[str, Any]:
    """Return the rows of these columns; of none, the footer's."""
    from pyarrow import parquet  # noqa: PLC0415

    _bound_memory(memory_mib)
    try:
        file = parquet.ParquetFile(path)
        rows = 0
        for group in range(file.num_row_groups if leaves else 0):
            for batch in file.reader.iter_batches(
                batch_rows, row_groups=[group], column_indices=leaves, use_threads=False
            ):
                rows += len(batch)
    except Exception as error:  # noqa: BLE001 - whatever a library raises of a file
        return _describe_error(error)
    return {"rows": rows}


def _describe_error(error: Exception) -> dict[str, Any]:
    """Return what an error found: memory that was refused, or what the reader will find again."""
    return {"memory": True} if isinstance(error, MemoryError) else {"error": str(error)[:500]}


def _bound_memory(memory_mib: int) -> None:
    """Let the process take so much memory beside what its libraries took; macOS knows no bound."""
    import resource  # noqa: PLC0415

    taken = 0
    with contextlib.suppress(OSError):
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = (taken or 512 * _MIB) + memory_mib * _MIB
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with contextlib.suppress(OSError, ValueError):
        # A crash is a result; its memory is nobody's to keep.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


_READERS: dict[str, Callable[..., dict[str, Any]]] = {
    "parquet": _read_parquet,
    "workbook": _read_workbook,
}

if __name__ == "__main__":
    main(sys.argv[1:])
