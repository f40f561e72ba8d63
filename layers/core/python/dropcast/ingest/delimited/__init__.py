"""Delimited text (CSV, TSV): its header line, its records with their lines, and their columns."""

from dropcast.ingest.delimited.blocks import Block, split_blocks
from dropcast.ingest.delimited.header import DELIMITER_NAMES, DelimitedHeader, read_header
from dropcast.ingest.delimited.parsing import BlockParser
from dropcast.ingest.delimited.records import scan_records

__all__ = [
    "DELIMITER_NAMES",
    "Block",
    "BlockParser",
    "DelimitedHeader",
    "read_header",
    "scan_records",
    "split_blocks",
]
