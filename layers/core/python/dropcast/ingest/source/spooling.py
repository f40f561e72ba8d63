"""Content that cannot be read as a stream: put in a file of its own for a while."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import MIB
from dropcast.ingest.source.fingerprint import Fingerprint, read_chunks


@contextmanager
def spool_content(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    path: Path,
    most_mib: int,
    what: str,
) -> Generator[Path, None, None]:
    """Give the decompressed content as a file at ``path``, and delete it afterwards.

    Raises ``FileRefusedError`` if the content has more than ``most_mib`` MiB.
    """
    if fingerprint.content_bytes > most_mib * MIB:
        raise FileRefusedError(
            f"The file is {what} and too large.\n"
            f"  Looked for: at most {most_mib:,} MiB, for it is read as a whole\n"
            f"  Found:      {fingerprint.content_bytes / MIB:,.0f} MiB\n"
            "  Remedy:     drop it in several files, or as CSV, which has no such limit"
        )
    try:
        with open_raw() as raw, path.open("wb") as spooled:
            for chunk in read_chunks(raw, fingerprint.compression):
                spooled.write(chunk)
        yield path
    finally:
        path.unlink(missing_ok=True)
