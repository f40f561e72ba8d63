"""What a dropped file becomes: the clean part, the quarantine and the report."""

from dropcast.ingest.outputs.clean_part import ROW_GROUP_ROWS, CleanPartWriter
from dropcast.ingest.outputs.drop_report import describe_drop
from dropcast.ingest.outputs.quarantine import Quarantine, defuse
from dropcast.ingest.outputs.report_text import list_columns, write_report

__all__ = [
    "ROW_GROUP_ROWS",
    "CleanPartWriter",
    "Quarantine",
    "defuse",
    "describe_drop",
    "list_columns",
    "write_report",
]
