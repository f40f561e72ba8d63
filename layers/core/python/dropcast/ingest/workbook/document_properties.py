"""When a workbook says it was made and saved: its document properties, in either format.

XLS is a compound file ([MS-CFB]) with a property set ([MS-OLEPS]); XLSX has ``docProps/core.xml``.
What is damaged or absent here is no reason to refuse a workbook: then it has no times.
"""

import re
import struct
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropcast.ingest.limits import MIB
from dropcast.ingest.source import Format
from dropcast.ingest.workbook.compound_file import CompoundFile

_CORE_PART = "docProps/core.xml"
_SUMMARY = "\x05SummaryInformation"
_MADE, _SAVED = 0x0C, 0x0D
_FILETIME = 0x40
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class DocumentTimes:
    """When a document was made and last saved, in UTC; ``None`` if it does not say so."""

    made_at: datetime | None = None
    saved_at: datetime | None = None


def read_document_times(path: Path, form: Format) -> DocumentTimes:
    """Return the times that the workbook at ``path`` holds."""
    try:
        return _read_core(path) if form == "xlsx" else _read_summary(path.read_bytes())
    except (OSError, ValueError, KeyError, IndexError, OverflowError, struct.error):
        return DocumentTimes()
    except zipfile.BadZipFile:
        return DocumentTimes()


def _read_core(path: Path) -> DocumentTimes:
    with zipfile.ZipFile(path) as archive, archive.open(_CORE_PART) as stream:
        text = stream.read(MIB).decode()

    def find(name: str) -> datetime | None:
        match = re.search(rf"<dcterms:{name}\b[^>]*>([^<]+)<", text)
        return datetime.fromisoformat(match[1].strip()).astimezone(UTC) if match else None

    return DocumentTimes(made_at=find("created"), saved_at=find("modified"))


def _read_summary(data: bytes) -> DocumentTimes:
    stream = CompoundFile(data).read(_SUMMARY)
    (section,) = struct.unpack_from("<I", stream, 44)
    (count,) = struct.unpack_from("<I", stream, section + 4)
    found: dict[int, datetime] = {}
    for index in range(min(count, 64)):
        name, offset = struct.unpack_from("<II", stream, section + 8 + 8 * index)
        kind, ticks = struct.unpack_from("<IQ", stream, section + offset)
        if kind == _FILETIME and ticks:
            found[name] = _FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    return DocumentTimes(made_at=found.get(_MADE), saved_at=found.get(_SAVED))
