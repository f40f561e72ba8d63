"""Dropped bytes -> checked rows and a quarantine: two streaming passes, nothing lost in between.

CSV and TSV, JSON Lines, Parquet, XLSX and XLS become blocks of records, known by their bytes and
never by their name, and one set of rules judges every value of them.

``fingerprint_file`` says what the bytes are, ``name_part`` names the clean part they will make,
``read_file`` makes it. Every row of a file is accepted or quarantined with its line number and
every reason; a file that cannot be understood is refused whole, with a report.
"""

from dropcast.ingest.reading import FileRead, read_file
from dropcast.ingest.source.fingerprint import Fingerprint, InvalidByte, fingerprint_file, name_part

__all__ = [
    "FileRead",
    "Fingerprint",
    "InvalidByte",
    "fingerprint_file",
    "name_part",
    "read_file",
]
