"""Delimited text (CSV, TSV): its header line, its records with their lines, and their columns."""

from dropcast.ingest.delimited.blocks import split_blocks
from dropcast.ingest.delimited.header import DELIMITER_NAMES
from dropcast.ingest.delimited.reading import read_delimited, read_delimited_names
from dropcast.ingest.delimited.records import scan_records

__all__ = [
    "DELIMITER_NAMES",
    "read_delimited",
    "read_delimited_names",
    "scan_records",
    "split_blocks",
]
