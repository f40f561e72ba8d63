"""A file read first in a process of its own, with bounded memory and time."""

from dropcast.ingest.sandbox.check import try_parquet, try_workbook

__all__ = ["try_parquet", "try_workbook"]
