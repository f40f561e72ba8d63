"""Rows of any format: the header's names, a batch of rows as columns, and the check of it."""

from dropcast.ingest.rows.batch import (
    NUL,
    QuarantinedRow,
    Records,
    RowBatch,
    explain_length,
    explain_width,
    make_batch,
)
from dropcast.ingest.rows.checking import LINE_NUMBER, BatchChecker, CheckedBatch, make_schema
from dropcast.ingest.rows.file_rows import FileRows, MakeBatch, ReadStats, give_made
from dropcast.ingest.rows.header import (
    Header,
    Layout,
    lay_out,
    list_names,
    read_names,
    refuse_columns,
    shorten_name,
)
from dropcast.ingest.rows.wide import make_long

__all__ = [
    "LINE_NUMBER",
    "NUL",
    "BatchChecker",
    "CheckedBatch",
    "FileRows",
    "Header",
    "Layout",
    "MakeBatch",
    "QuarantinedRow",
    "ReadStats",
    "Records",
    "RowBatch",
    "explain_length",
    "explain_width",
    "give_made",
    "lay_out",
    "list_names",
    "make_batch",
    "make_long",
    "make_schema",
    "read_names",
    "refuse_columns",
    "shorten_name",
]
