"""The report that is put beside every dropped file: what became of it, for a person to read."""

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.messages import PartRead
from dropcast.ingest.report_text import list_columns, write_report


def describe_drop(finished: DropRecord, part: PartRead | None) -> str:
    """Return the report as plain text; ``part`` is ``None`` for a refused file."""
    facts = [
        ("File", finished.raw_key),
        ("Version", finished.raw_version_id),
        ("State", finished.state),
        ("Finished", finished.finished_at or "not yet"),
    ]
    if part is not None:
        facts += [
            ("Rows accepted", f"{part.rows_accepted:,}"),
            ("Rows quarantined", f"{part.rows_quarantined:,}"),
            ("Quarantine", part.quarantine_key or "none"),
            ("Format", part.format),
            ("Encoding", part.encoding),
            ("Delimiter", repr(part.delimiter) if part.delimiter else "none"),
            ("Columns ignored", list_columns(part.ignored_columns)),
            ("Dataset version", finished.dataset_version or "none"),
        ]
    return write_report(
        facts,
        message=finished.message,
        missing_cells=part.missing_cells if part else 0,
        notes=part.notes if part else (),
        reason_counts=part.reason_counts if part else {},
        refused="quarantined",
    )
