"""A gzip stream -> its content: every member in its turn (RFC 1952), of a bounded number.

The library's own reader takes 10 microseconds a member and knows no bound: a file of members that
hold nothing would be read for hours before it gave a byte.
"""

import gzip
import zlib
from collections.abc import Generator
from typing import BinaryIO

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import GZIP_MEMBERS

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
# What follows a member is copied with each one, so little is looked at in one go.
_PIECE_BYTES = 64 * 1024


def read_members(
    raw: BinaryIO, *, chunk_bytes: int, most_members: int = GZIP_MEMBERS
) -> Generator[bytes, None, None]:
    """Yield the content in chunks of at most ``chunk_bytes``, none of them empty.

    Raises ``zlib.error``, ``gzip.BadGzipFile`` or ``EOFError`` if the stream is damaged, and
    ``FileRefusedError`` if it has more than ``most_members``.
    """
    members = 0
    data = raw.read(_PIECE_BYTES)
    while data:
        members += 1
        if members > most_members:
            raise _refuse_many(most_members)
        member = zlib.decompressobj(_GZIP_WINDOW)
        is_full = False
        while not member.eof:
            # A full chunk may leave content within, and nothing of the data.
            if not data and not is_full and not (data := raw.read(_PIECE_BYTES)):
                raise EOFError("the stream ends before its last member does")
            chunk = member.decompress(data, chunk_bytes)
            data = member.unconsumed_tail
            is_full = len(chunk) == chunk_bytes
            if chunk:
                yield chunk
        data = _skip_padding(raw, member.unused_data)


def _skip_padding(raw: BinaryIO, data: bytes) -> bytes:
    """Return where the next member begins; between members there may be zeros and nothing else."""
    data = data.lstrip(b"\0")
    while not data and (data := raw.read(_PIECE_BYTES)):
        data = data.lstrip(b"\0")
    while 0 < len(data) < len(GZIP_MAGIC) and (more := raw.read(1)):
        data += more
    if data and not data.startswith(GZIP_MAGIC):
        raise gzip.BadGzipFile(f"no gzip member begins with {data[:2].hex(' ')}")
    return data


def _refuse_many(most_members: int) -> FileRefusedError:
    return FileRefusedError(
        "The file is gzip of too many members; nothing of it was taken.\n"
        f"  Looked for: at most {most_members:,} gzip streams, one after another\n"
        "  Found:      more, and reading stopped there\n"
        "  Remedy:     decompress it, compress it as one stream and drop that"
    )
