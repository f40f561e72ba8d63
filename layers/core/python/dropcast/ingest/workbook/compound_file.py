"""Compound files ([MS-CFB]): the streams of an XLS workbook, and how far out its cells lie.

The reader is our own although the library ``olefile`` exists: a file of 2 kB whose sector table
names itself kept that library busy for more than a minute, and its check for duplicate entries
takes a minute for 5 MB of directory. Here every walk has a bound.
"""

import struct

_NO_SECTOR = 0xFFFFFFFA
_DIRECTORY_ENTRY_BYTES = 128
_HEADER_BYTES = 512
_WORKBOOK_STREAMS = ("Workbook", "Book")
# Records of [MS-XLS] that begin with the row and the column of a cell.
_CELL_RECORDS = frozenset(
    (0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E)
)
LAST_COLUMN = 255


def find_last_column(data: bytes) -> int:
    """Return the highest column index, from 0, that a cell of an XLS workbook has.

    Raises ``ValueError``, ``KeyError``, ``IndexError`` or ``struct.error`` if it is damaged.
    """
    compound = CompoundFile(data)
    stream = next((compound.read(n) for n in _WORKBOOK_STREAMS if n in compound.names), None)
    if stream is None:
        raise ValueError("it holds no workbook")
    last = position = 0
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, position)
        if kind in _CELL_RECORDS and size >= 4 and position + 8 <= len(stream):
            last = max(last, struct.unpack_from("<H", stream, position + 6)[0])
        position += 4 + size
    return last


class CompoundFile:
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

    @property
    def names(self) -> frozenset[str]:
        """The names of the streams."""
        return frozenset(self._entries)

    def read(self, name: str) -> bytes:
        """Return a stream; raise ``KeyError`` if there is none of this name."""
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
