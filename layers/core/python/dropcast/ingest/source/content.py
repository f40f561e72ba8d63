"""The second pass' text: decompressed, without its byte order mark, in UTF-8, chunk by chunk."""

import codecs
from collections.abc import Callable, Generator, Iterable
from typing import BinaryIO

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.source.fingerprint import Fingerprint, count_lines, read_chunks


def choose_encoding(fingerprint: Fingerprint, fallback_encoding: str | None) -> str:
    """Return the name of the codec that the content is read by.

    That is ``utf-8``, ``utf-8-sig`` with a byte order mark, or the recipe's fallback.

    Raises ``FileRefusedError`` for text that is not UTF-8 where the recipe names no fallback.
    """
    if fingerprint.first_invalid_byte is None:
        return "utf-8-sig" if fingerprint.has_bom else "utf-8"
    if fallback_encoding is None:
        place = fingerprint.first_invalid_byte
        raise FileRefusedError(
            "The file is not UTF-8 and the recipe names no other encoding.\n"
            "  Looked for: UTF-8 text\n"
            f"  Found:      an invalid byte at offset {place.offset:,}, on line {place.line:,}\n"
            "  Remedy:     save the file as UTF-8, or name its encoding in the recipe:\n"
            '              Source(fallback_encoding="cp1252")'
        )
    return fallback_encoding


def read_text(
    open_raw: Callable[[], BinaryIO], *, fingerprint: Fingerprint, encoding: str
) -> Generator[bytes, None, None]:
    """Yield the content as UTF-8 without a byte order mark.

    Raises ``FileRefusedError`` if the content is not text of ``encoding``.
    """
    with open_raw() as raw:
        chunks = _drop_bom(read_chunks(raw, fingerprint.compression), fingerprint.has_bom)
        yield from chunks if fingerprint.is_utf8 else _transcode(chunks, encoding)


def _drop_bom(chunks: Iterable[bytes], has_bom: bool) -> Generator[bytes, None, None]:
    left = len(codecs.BOM_UTF8) if has_bom else 0
    for chunk in chunks:
        yield chunk[left:]
        left = max(0, left - len(chunk))


def _transcode(chunks: Iterable[bytes], encoding: str) -> Generator[bytes, None, None]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line_breaks = 0
    for chunk in chunks:
        try:
            text = decoder.decode(chunk).encode()
        except UnicodeError as error:
            line = line_breaks + 1
            if isinstance(error, UnicodeDecodeError):
                line += count_lines(chunk[: error.start])
            raise _refuse_encoding(encoding, line, error) from error
        line_breaks += count_lines(text)
        yield text
    try:
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise _refuse_encoding(encoding, line_breaks + 1, error) from error


def _refuse_encoding(encoding: str, line: int, error: UnicodeError) -> FileRefusedError:
    return FileRefusedError(
        f"The file is neither UTF-8 nor {encoding}.\n"
        f"  Looked for: UTF-8 text, else {encoding} as the recipe says\n"
        f"  Found:      near line {line:,}: {error}\n"
        "  Remedy:     save the file as UTF-8 and drop it again"
    )
