"""The bytes of a dropped file: what they are, and their content as a stream or as a file."""

from dropcast.ingest.source.content import choose_encoding, read_text
from dropcast.ingest.source.fingerprint import (
    Compression,
    Fingerprint,
    InvalidByte,
    count_lines,
    fingerprint_file,
    name_part,
)
from dropcast.ingest.source.formats import Format, describe_document, find_format
from dropcast.ingest.source.spooling import spool_content

__all__ = [
    "Compression",
    "Fingerprint",
    "Format",
    "InvalidByte",
    "choose_encoding",
    "count_lines",
    "describe_document",
    "find_format",
    "fingerprint_file",
    "name_part",
    "read_text",
    "spool_content",
]
