"""A file read in a process of its own, before a library reads it as a whole in this one.

A workbook or a Parquet file says of itself what is in it, and a library believes it: a few bytes
can ask for all the memory there is, hang, or crash the process, and then nobody would get a report.
In a process of its own, with bounded memory and time, that ends in a refusal.

It bounds memory and time and nothing else. The process has the same user as the function's and can
read all that it can, the function's environment too; and a file that passes is read by the same
library in the function itself. A library that can be made to run a file's bytes is not made
harmless here: it has to be mended.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import SANDBOX_MIB, SANDBOX_SECONDS
from dropcast.ingest.sandbox import process

# Lambda's Python finds its own library by the first.
_KEPT = ("LD_LIBRARY_PATH", "PATH", "TMPDIR")
# One arena and the system's own allocator: what a process reserves is then what it takes.
_LEAN = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RUST_BACKTRACE": "0",
}


def try_workbook(
    path: Path,
    *,
    most_cells: int,
    memory_mib: int = SANDBOX_MIB,
    timeout_seconds: float = SANDBOX_SECONDS,
) -> int:
    """Return the number of cells in the rectangles of a workbook's sheets.

    Raises ``FileRefusedError`` where reading it takes too much memory or time, or ends the process,
    or there are more than ``most_cells``.
    """
    found = _run(
        "a workbook",
        {"what": "workbook", "path": str(path), "most_cells": most_cells, "memory_mib": memory_mib},
        timeout_seconds,
    )
    cells = int(found.get("cells", 0))
    if cells > most_cells:
        raise FileRefusedError(
            "The workbook is too large.\n"
            f"  Looked for: at most {most_cells:,} cells in all sheets together, each from its "
            "first to its outermost\n"
            f"  Found:      {cells:,} in its first {found['sheets']:,} sheets\n"
            "  Remedy:     delete the cells far out, or save the sheets as CSV, and drop those"
        )
    return cells


def try_parquet(
    path: Path,
    *,
    leaves: list[int],
    batch_rows: int,
    memory_mib: int = SANDBOX_MIB,
    timeout_seconds: float = SANDBOX_SECONDS,
) -> None:
    """Read these columns of a Parquet file, of none its footer alone.

    Raises ``FileRefusedError`` where that takes too much memory or time, or ends the process. What
    is merely damaged is reported by its reader.
    """
    request = {
        "what": "parquet",
        "path": str(path),
        "leaves": leaves,
        "batch_rows": batch_rows,
        "memory_mib": memory_mib,
    }
    _run("a Parquet file", request, timeout_seconds)


def make_environment(here: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the process: where its libraries are, and nothing else.

    The function's credentials are not handed on, so that no crash writes them into a log; they are
    not hidden from the process, which has the function's user.
    """
    kept = {name: here[name] for name in _KEPT if name in here}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **_LEAN}


def _run(what: str, request: Mapping[str, Any], timeout_seconds: float) -> dict[str, Any]:
    memory_mib = request["memory_mib"]
    try:
        ended = subprocess.run(  # noqa: S603 - this interpreter and a file of ours
            [sys.executable, str(process.__file__), json.dumps(request)],
            env=make_environment(os.environ),
            capture_output=True,
            check=False,
            timeout=timeout_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise _refuse(what, f"no end after {timeout_seconds:,.0f} seconds", memory_mib) from error
    if ended.returncode != 0:
        raise _refuse(what, f"the reader was ended ({ended.returncode})", memory_mib)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    if found.get("memory"):
        raise _refuse(what, "more memory was needed", memory_mib)
    return found


def _refuse(what: str, found: str, memory_mib: int) -> FileRefusedError:
    return FileRefusedError(
        f"The file is {what} that cannot be opened safely; nothing of it was taken.\n"
        f"  Looked for: {what} that its reader opens with {memory_mib:,} MiB of memory, in "
        f"{SANDBOX_SECONDS} seconds\n"
        f"  Found:      {found}\n"
        "  Remedy:     write it again with fewer rows, shorter texts and no damage, or as CSV, "
        "and drop that"
    )
