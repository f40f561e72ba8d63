"""Dropped bytes -> checked rows and a quarantine: two streaming passes, nothing lost in between.

CSV and TSV, JSON Lines, Parquet, XLSX and XLS become batches of rows, known by their bytes and
never by their name, and one set of rules judges every value of them.

``fingerprint_file`` says what the bytes are, ``name_part`` names the clean part they will make,
``read_file`` makes it. Every row of a file is accepted or quarantined with its line number and
every reason; a file that cannot be understood is refused whole, with a report.
"""

from dropcast.ingest.opening import open_rows
from dropcast.ingest.outputs import (
    ROW_GROUP_ROWS,
    CleanPartWriter,
    Quarantine,
    defuse,
    describe_drop,
    list_columns,
    write_report,
)
from dropcast.ingest.reading import (
    BLOCK_BYTES,
    RECORD_BYTES,
    FileRead,
    make_facts,
    open_batches,
    read_file,
)
from dropcast.ingest.rows import (
    LINE_NUMBER,
    BatchChecker,
    CheckedBatch,
    QuarantinedRow,
    RowBatch,
    make_schema,
)
from dropcast.ingest.source import Fingerprint, InvalidByte, fingerprint_file, name_part
from dropcast.ingest.undescribed import (
    FileHeader,
    TextBatch,
    open_text_columns,
    read_file_header,
)
from dropcast.ingest.values import ARROW_TYPES, Reason

__all__ = [
    "ARROW_TYPES",
    "BLOCK_BYTES",
    "LINE_NUMBER",
    "RECORD_BYTES",
    "ROW_GROUP_ROWS",
    "BatchChecker",
    "CheckedBatch",
    "CleanPartWriter",
    "FileHeader",
    "FileRead",
    "Fingerprint",
    "InvalidByte",
    "Quarantine",
    "QuarantinedRow",
    "Reason",
    "RowBatch",
    "TextBatch",
    "defuse",
    "describe_drop",
    "fingerprint_file",
    "list_columns",
    "make_facts",
    "make_schema",
    "name_part",
    "open_batches",
    "open_rows",
    "open_text_columns",
    "read_file",
    "read_file_header",
    "write_report",
]
