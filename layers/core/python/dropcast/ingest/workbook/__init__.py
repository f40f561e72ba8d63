"""Workbooks (XLSX and XLS) -> batches of rows, by the layouts that a recipe declares."""

from dropcast.ingest.workbook.header_row import read_sheet_names
from dropcast.ingest.workbook.reading import read_workbook
from dropcast.ingest.workbook.sheets import SPOOLED_MIB

__all__ = ["SPOOLED_MIB", "read_sheet_names", "read_workbook"]
