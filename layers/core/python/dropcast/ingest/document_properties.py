"""When a workbook says it was made and saved: its document properties, in either format.

XLS is a compound file ([MS-CFB]) with a property set ([MS-OLEPS]); XLSX has ``docProps/core.xml``.
What is damaged or absent here is no reason to refuse a workbook: then nothing is told.
"""

import re
import struct
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropcast.ingest.formats import Format

_CORE_PART = "docProps/core.xml"
_MOST_BYTES = 1024 * 1024
_SUMMARY = "\x05SummaryInformation"
_NO_SECTOR = 0xFFFFFFFA
_DIRECTORY_ENTRY_BYTES = 128
_HEADER_BYTES = 512
_MADE, _SAVED = 0x0C, 0x0D
_FILETIME = 0x40
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class DocumentTimes:
    """When a document was made and saved for the last time, in UTC; ``None`` if not told."""

    made_at: datetime | None = None
    saved_at: datetime | None = None


def read_document_times(path: Path, form: Format) -> DocumentTimes:
    """Return the times that the workbook at ``path`` tells of itself."""
    try:
        return _read_core(path) if form == "xlsx" else _read_summary(path.read_bytes())
    except (OSError, ValueError, KeyError, IndexError, OverflowError, struct.error):
        return DocumentTimes()
    except zipfile.BadZipFile:
        return DocumentTimes()


def _read_core(path: Path) -> DocumentTimes:
    with zipfile.ZipFile(path) as archive, archive.open(_CORE_PART) as stream:
        text = stream.read(_MOST_BYTES).decode()

    def find(name: str) -> datetime | None:
        match = re.search(rf"<dcterms:{name}\b[^>]*>([^<]+)<", text)
        return datetime.fromisoformat(match[1].strip()).astimezone(UTC) if match else None

    return DocumentTimes(made_at=find("created"), saved_at=find("modified"))


def _read_summary(data: bytes) -> DocumentTimes:
    stream = _Compound(data).read(_SUMMARY)
    (section,) = struct.unpack_from("<I", stream, 44)
    (count,) = struct.unpack_from("<I", stream, section + 4)
    found: dict[int, datetime] = {}
    for index in range(min(count, 64)):
        name, offset = struct.unpack_from("<II", stream, section + 8 + 8 * index)
        kind, ticks = struct.unpack_from("<IQ", stream, section + offset)
        if kind == _FILETIME and ticks:
            found[name] = _FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    return DocumentTimes(made_at=found.get(_MADE), saved_at=found.get(_SAVED))


class _Compound:
    """A compound file's streams by name; small ones lie in sectors within a stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        sector_shift, small_shift = struct.unpack_from("<HH", data, 30)
        self._sector_bytes, self._small_bytes = 1 << sector_shift, 1 << small_shift
        first_directory, _, self._cutoff, first_small = struct.unpack_from("<IIII", data, 48)
        tables = [s for s in struct.unpack_from("<109I", data, 76) if s < _NO_SECTOR]
        self._next = [n for s in tables for n in self._unpack(self._sector(s))]
        directory = self._follow(first_directory)
        self._entries = dict(
            self._read_entry(directory[at : at + _DIRECTORY_ENTRY_BYTES])
            for at in range(0, len(directory), _DIRECTORY_ENTRY_BYTES)
        )
        self._small_next = (
            self._unpack(self._follow(first_small)) if first_small < _NO_SECTOR else ()
        )
        self._small = self._follow(self._entries["Root Entry"][0])

    def read(self, name: str) -> bytes:
        first, size = self._entries[name]
        return (self._follow_small(first) if size < self._cutoff else self._follow(first))[:size]

    @staticmethod
    def _unpack(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])

    @staticmethod
    def _read_entry(entry: bytes) -> tuple[str, tuple[int, int]]:
        (name_bytes,) = struct.unpack_from("<H", entry, 64)
        first, size = struct.unpack_from("<II", entry, 116)
        return entry[: max(0, name_bytes - 2)].decode("utf-16-le"), (first, size)

    def _sector(self, number: int) -> bytes:
        start = _HEADER_BYTES + number * self._sector_bytes
        return self._data[start : start + self._sector_bytes]

    def _follow(self, first: int) -> bytes:
        return b"".join(self._sector(n) for n in _walk(first, self._next))

    def _follow_small(self, first: int) -> bytes:
        size = self._small_bytes
        chain = _walk(first, self._small_next)
        return b"".join(self._small[n * size : (n + 1) * size] for n in chain)


def _walk(first: int, following: tuple[int, ...] | list[int]) -> list[int]:
    """Return a chain of sectors; one that turns back on itself is damage."""
    chain: list[int] = []
    while first < _NO_SECTOR:
        chain.append(first)
        if len(chain) > len(following):
            raise ValueError("a chain of sectors has no end")
        first = following[first]
    return chain
