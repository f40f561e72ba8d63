"""The first pass over a dropped file: what its bytes are, whatever it is called."""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Literal, cast

import numpy as np

from dropcast.contracts.errors import FileRefusedError
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.ingest.limits import (
    CONTENT_BYTES,
    EXPANSION_FREE_BYTES,
    EXPANSION_TIMES,
    MIB,
)
from dropcast.ingest.source.gzip_members import GZIP_MAGIC, read_members

CHUNK_BYTES = MIB
# Raised when a change here would read the same bytes as other rows: such a part has another name.
_READING_RULES = 4
_HEAD_BYTES = 4096
_LF = 10

Compression = Literal["gzip"]


@dataclass(frozen=True, kw_only=True)
class InvalidByte:
    """Where a file stops being UTF-8.

    ``offset`` is the byte's in the decompressed content, from 0; ``line`` is physical, from 1.
    """

    offset: int
    line: int


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What one pass over the raw bytes finds.

    ``sha256`` and ``size_bytes`` are of the raw bytes, all else is of the decompressed content;
    ``head`` holds its first 4 KiB.
    """

    sha256: str
    size_bytes: int
    compression: Compression | None
    content_bytes: int
    is_utf8: bool
    first_invalid_byte: InvalidByte | None
    has_bom: bool
    head: bytes


def name_part(*, raw_sha256: str, schema_hash: str) -> str:
    """Return the name of the clean part that these bytes make under these columns (64 hex digits).

    The same bytes and the same columns are the same part.
    """
    return hash_canonical(["part", _READING_RULES, raw_sha256, schema_hash])


def fingerprint_file(
    open_raw: Callable[[], BinaryIO], *, most_bytes: int = CONTENT_BYTES
) -> Fingerprint:
    """Return the fingerprint of a file in one streaming pass over it.

    Raises ``FileRefusedError`` if the file is gzip and damaged, has more than ``most_bytes``, as
    it is or decompressed, or holds so many times its size that nothing but repeats does; reading
    stops there.
    """
    with open_raw() as raw:
        hashing = _HashingStream(raw, most_bytes)
        compression = find_compression(hashing.peek())
        content = _ContentFacts()
        for chunk in read_chunks(cast("BinaryIO", hashing), compression):
            content.add(chunk)
            _refuse_bomb(hashing.size_bytes, content.size_bytes, most_bytes)
        content.finish()
        hashing.drain()
    return Fingerprint(
        sha256=hashing.sha256.hexdigest(),
        size_bytes=hashing.size_bytes,
        compression=compression,
        content_bytes=content.size_bytes,
        is_utf8=content.first_invalid_byte is None,
        first_invalid_byte=content.first_invalid_byte,
        has_bom=content.head.startswith(codecs.BOM_UTF8),
        head=content.head,
    )


def _refuse_bomb(read_bytes: int, content_bytes: int, most_bytes: int) -> None:
    """Refuse content that is too large, or too many times what was read for it."""
    if content_bytes > most_bytes:
        raise _refuse_large("once decompressed", content_bytes, most_bytes)
    if content_bytes > max(EXPANSION_FREE_BYTES, EXPANSION_TIMES * read_bytes):
        raise FileRefusedError(
            "The file holds far more than its size; nothing of it was taken.\n"
            f"  Looked for: at most {EXPANSION_TIMES} times its size once decompressed, where that "
            f"is more than {EXPANSION_FREE_BYTES // MIB} MiB\n"
            f"  Found:      {content_bytes / MIB:,.0f} MiB in its first {read_bytes:,} bytes\n"
            "  Remedy:     if these are rows that somebody needs, drop the file decompressed"
        )


def _refuse_large(when: str, found_bytes: int, most_bytes: int) -> FileRefusedError:
    return FileRefusedError(
        "The file is too large; nothing of it was taken.\n"
        f"  Looked for: at most {most_bytes // MIB:,} MiB {when}\n"
        f"  Found:      {found_bytes / MIB:,.0f} MiB, and reading stopped there\n"
        "  Remedy:     drop it in several files"
    )


def find_compression(head: bytes) -> Compression | None:
    """Return the compression of the first bytes; names are never looked at."""
    return "gzip" if head.startswith(GZIP_MAGIC) else None


def read_chunks(raw: BinaryIO, compression: Compression | None) -> Generator[bytes, None, None]:
    """Yield the decompressed content in chunks of at most 1 MiB.

    Raises ``FileRefusedError`` if the gzip stream is damaged, or of too many members.
    """
    plain = iter(partial(raw.read, CHUNK_BYTES), b"")
    chunks = read_members(raw, chunk_bytes=CHUNK_BYTES) if compression == "gzip" else plain
    size_bytes = 0
    try:
        for chunk in chunks:
            yield chunk
            size_bytes += len(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefusedError(
            "The file is gzip and damaged; nothing of it was taken.\n"
            "  Looked for: a whole gzip stream\n"
            f"  Found:      {size_bytes:,} bytes of content, then: {error}\n"
            "  Remedy:     copy or compress the file again and drop it again"
        ) from error


def count_lines(text: bytes) -> int:
    r"""Return the number of line breaks: LF, CRLF and lone CR.

    >>> count_lines(b"a\r\nb\nc\rd")
    3
    """
    feeds = int(np.count_nonzero(np.frombuffer(text, np.uint8) == _LF))
    if b"\r" not in text:
        return feeds
    return feeds + text.count(b"\r") - text.count(b"\r\n")


class _HashingStream:
    """Passes reads on and hashes what passes: gzip and plain content alike are seen once."""

    def __init__(self, raw: BinaryIO, most_bytes: int) -> None:
        self._raw = raw
        self._most_bytes = most_bytes
        self._peeked = b""
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0

    def peek(self) -> bytes:
        """Return the first two bytes, which the next read gives again."""
        while len(self._peeked) < len(GZIP_MAGIC) and (more := self._raw.read(1)):
            self._peeked += more
        return self._peeked

    def read(self, size: int) -> bytes:
        chunk = self._peeked or self._raw.read(size)
        self._peeked = b""
        self.sha256.update(chunk)
        self.size_bytes += len(chunk)
        if self.size_bytes > self._most_bytes:
            raise _refuse_large("as it is dropped", self.size_bytes, self._most_bytes)
        return chunk

    def drain(self) -> None:
        """Read to the end: what follows a gzip stream belongs to the file's hash too."""
        while self.read(CHUNK_BYTES):
            pass


class _ContentFacts:
    """What is learned from the decompressed content, chunk by chunk."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._line_breaks = 0
        self._pending = b""
        self.first_invalid_byte: InvalidByte | None = None
        self.size_bytes = 0
        self.head = b""

    def add(self, chunk: bytes) -> None:
        if len(self.head) < _HEAD_BYTES:
            self.head = (self.head + chunk)[:_HEAD_BYTES]
        self._check_utf8(chunk, final=False)
        self.size_bytes += len(chunk)

    def finish(self) -> None:
        self._check_utf8(b"", final=True)

    def _check_utf8(self, chunk: bytes, *, final: bool) -> None:
        if self.first_invalid_byte is not None:
            return
        # The decoder keeps back the bytes of a character that the next chunk completes.
        kept = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            before = self._pending + chunk[: max(0, error.start - kept)]
            self.first_invalid_byte = InvalidByte(
                offset=self.size_bytes - kept + error.start,
                line=self._line_breaks + count_lines(before) + 1,
            )
            return
        # A CR at a chunk's end is counted with the LF that may begin the next chunk.
        seen = self._pending + chunk if self._pending else chunk
        self._pending = b"\r" if seen.endswith(b"\r") else b""
        self._line_breaks += count_lines(seen) - len(self._pending)
