"""The second pass' text: decompressed, without its byte order mark, in UTF-8, chunk by chunk."""

import codecs
from collections.abc import Callable, Generator, Iterable
from typing import BinaryIO

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.fingerprint import Fingerprint, count_lines, read_chunks

# First bytes of content that is not delimited text -> what it is and what to do about it.
_EXPORT = "open it and save it as 'CSV UTF-8', one sheet a file, and drop that"
_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive", "unpack it and drop the CSV files that are in it"),
    (b"PK\x05\x06", "an empty ZIP archive", "drop the CSV file itself"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (XLS)", _EXPORT),
    (b"PAR1", "a Parquet file", "write it as CSV and drop that"),
    (b"\x1f\x8b", "a gzip file inside a gzip file", "compress it once only"),
    (b"BZh", "a bzip2 file", "decompress it, or compress it with gzip"),
    (b"\xfd7zXZ\x00", "an xz file", "decompress it, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "decompress it, or compress it with gzip"),
    (b"%PDF", "a PDF document", "drop the table that it was made from, as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as 'CSV UTF-8' and drop that"),
    (b"\xfe\xff", "UTF-16 text", "save it as 'CSV UTF-8' and drop that"),
)
_XLSX_MARKS = (b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/")
_ZIP_MAGIC = b"PK\x03\x04"
# More than one NUL in ten first bytes is another format (UTF-16 has five); fewer are damage.
_NUL_EVERY_BYTES = 10


def choose_encoding(fingerprint: Fingerprint, fallback_encoding: str | None) -> str:
    """Return the name of the codec that the content is read by: ``utf-8``, ``utf-8-sig`` with a
    byte order mark, or the recipe's fallback.

    Raises ``FileRefusedError`` for an empty file, for a format that is not delimited text and
    for text that is not UTF-8 where the recipe names no fallback.
    """
    if fingerprint.content_bytes == 0:
        inside = " once decompressed" if fingerprint.compression else ""
        raise FileRefusedError(
            f"The file is empty{inside}.\n"
            "  Looked for: a header line and rows\n"
            "  Found:      0 bytes\n"
            "  Remedy:     drop the file again when it is whole"
        )
    _refuse_other_formats(fingerprint)
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


def _refuse_other_formats(fingerprint: Fingerprint) -> None:
    head = fingerprint.head
    found = next(((what, do) for magic, what, do in _FORMATS if head.startswith(magic)), None)
    if head.startswith(_ZIP_MAGIC) and any(mark in head for mark in _XLSX_MARKS):
        found = ("an Excel workbook (XLSX)", _EXPORT)
    if found is None and head.count(0) > max(1, len(head) // _NUL_EVERY_BYTES):
        found = ("binary data (many NUL bytes)", "drop the table as CSV in UTF-8")
    if found is not None:
        what, remedy = found
        raise FileRefusedError(
            f"The file is {what}; this format is not read yet.\n"
            "  Looked for: delimited text (CSV or TSV), plain or gzip\n"
            f"  Found:      {what}, by its first bytes {head[:8].hex(' ')}\n"
            f"  Remedy:     {remedy}"
        )


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
