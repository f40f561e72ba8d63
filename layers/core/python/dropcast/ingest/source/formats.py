"""What a file is, by its first bytes alone: its name is never looked at."""

import codecs
from typing import Literal

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.source.fingerprint import Fingerprint
from dropcast.ingest.source.gzip_members import GZIP_MAGIC

Format = Literal["csv", "json_lines", "parquet", "xls", "xlsx"]

_ZIP_MAGIC = b"PK\x03\x04"
# First bytes of content that is no text -> how it is read.
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (_ZIP_MAGIC, "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"PAR1", "parquet"),
)
# First bytes of content that is not read -> what it is and what to do about it.
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x05\x06", "an empty ZIP archive", "drop the file itself that was to be in it"),
    (b"PARE", "a Parquet file with an encrypted footer", "write it without encryption"),
    (GZIP_MAGIC, "a gzip file inside a gzip file", "compress it once only"),
    (b"BZh", "a bzip2 file", "decompress it, or compress it with gzip"),
    (b"\xfd7zXZ\x00", "an xz file", "decompress it, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "decompress it, or compress it with gzip"),
    (b"%PDF", "a PDF document", "drop the table that it was made from, as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as 'CSV UTF-8' and drop that"),
    (b"\xfe\xff", "UTF-16 text", "save it as 'CSV UTF-8' and drop that"),
)
_BLANKS = b" \t\r\n"
# More than one NUL in ten first bytes is another format (UTF-16 has five); fewer are damage.
_NUL_EVERY_BYTES = 10


def find_format(fingerprint: Fingerprint) -> Format:
    """Return how the content is read.

    Raises ``FileRefusedError`` for an empty file, for a format that is not read and for a JSON
    document that is not lines.
    """
    if fingerprint.content_bytes == 0:
        inside = " once decompressed" if fingerprint.compression else ""
        raise FileRefusedError(
            f"The file is empty{inside}.\n"
            "  Looked for: a header line and rows\n"
            "  Found:      0 bytes\n"
            "  Remedy:     drop the file again when it is whole"
        )
    head = fingerprint.head
    for magic, form in _MAGIC:
        if head.startswith(magic):
            return form
    _refuse_other_formats(head)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip(_BLANKS)
    if text.startswith(b"["):
        raise FileRefusedError(describe_document("an array"))
    return "json_lines" if text.startswith(b"{") else "csv"


def describe_document(what: str) -> str:
    """Return the refusal of a JSON document that is not lines."""
    return (
        "The file is JSON, and not one object a line.\n"
        '  Looked for: JSON Lines: a line such as {"column": 1, "other": "text"} for each row\n'
        f"  Found:      {what}\n"
        "  Remedy:     write each object on a line of its own and drop that; for an array:\n"
        "              jq -c '.[]' file.json > file.jsonl"
    )


def _refuse_other_formats(head: bytes) -> None:
    found = next(((what, do) for magic, what, do in _REFUSED if head.startswith(magic)), None)
    if found is None and head.count(0) > max(1, len(head) // _NUL_EVERY_BYTES):
        found = ("binary data (many NUL bytes)", "drop the table as CSV in UTF-8")
    if found is not None:
        what, remedy = found
        raise FileRefusedError(
            f"The file is {what}; this format is not read.\n"
            "  Looked for: CSV, TSV or JSON Lines (plain or gzip), XLSX, XLS or Parquet\n"
            f"  Found:      {what}, by its first bytes {head[:8].hex(' ')}\n"
            f"  Remedy:     {remedy}"
        )
