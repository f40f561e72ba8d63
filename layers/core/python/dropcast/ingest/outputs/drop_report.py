"""The report that is put beside every dropped file: what became of it, for a person to read."""

from collections.abc import Callable

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import classify_key
from dropcast.contracts.messages import PartRead
from dropcast.ingest.outputs.report_text import list_columns, write_report


def describe_drop(
    finished: DropRecord,
    part: PartRead | None,
    *,
    name_raw: Callable[[str], str],
    name_lake: Callable[[str], str],
) -> str:
    """Return the report as plain text; ``part`` is ``None`` for a refused file.

    The two functions give a key's whole address in either bucket. The report on a stray names no
    version and no time: which version of it is the newest is not known, so that each version's
    report is the same.
    """
    facts = [("File", name_raw(finished.raw_key)), ("State", finished.state)]
    if classify_key(finished.raw_key) == "raw":
        facts.insert(1, ("Version", finished.raw_version_id))
        facts.append(("Finished", finished.finished_at or "not yet"))
    if part is not None:
        facts += [
            ("Rows accepted", f"{part.rows_accepted:,}"),
            ("Rows quarantined", f"{part.rows_quarantined:,}"),
            ("Quarantine", name_lake(part.quarantine_key) if part.quarantine_key else "none"),
            ("Format", part.facts.format),
            ("Encoding", part.facts.encoding),
            ("Delimiter", repr(part.facts.delimiter) if part.facts.delimiter else "none"),
            ("Columns ignored", list_columns(part.facts.ignored_columns)),
            ("Dataset version", finished.dataset_version or "none"),
        ]
    return write_report(
        facts,
        message=finished.message,
        missing_cells=part.facts.missing_cells if part else 0,
        notes=part.facts.notes if part else (),
        reason_counts=part.facts.reason_counts if part else {},
        refused="quarantined",
    )
