"""The report on a file that was dropped to be scored, for a person to read.

It has no time of its own, so an event that comes again writes the same text.
"""

from collections.abc import Callable

from dropcast.contracts.scored_files import DropScored, FileScored
from dropcast.ingest import list_columns, write_report


def describe_scoring(
    dropped: DropScored, scored: FileScored | None, *, name_uri: Callable[[str], str]
) -> str:
    """Return the report as plain text; ``scored`` is ``None`` for a refused file.

    ``name_uri`` gives a key's whole address in the raw bucket.
    """
    facts = [
        ("File", name_uri(dropped.raw_key)),
        ("Version", dropped.raw_version_id),
        ("State", dropped.state),
    ]
    if scored is not None:
        facts += [
            ("Rows scored", f"{scored.rows_answered:,}"),
            ("Rows refused", f"{scored.rows_refused:,}"),
            ("Predictions", name_uri(scored.csv_key)),
            ("", name_uri(scored.parquet_key)),
            ("Problems", name_uri(scored.problems_key) if scored.problems_key else "none"),
            ("Receipt", name_uri(dropped.receipt_key) if dropped.receipt_key else "none"),
            ("Model", scored.champion.model),
            ("Dataset version", scored.champion.dataset_version),
            ("Format", scored.facts.format),
            ("Encoding", scored.facts.encoding),
            ("Delimiter", repr(scored.facts.delimiter) if scored.facts.delimiter else "none"),
            ("Columns ignored", list_columns(scored.facts.ignored_columns)),
        ]
    return write_report(
        facts,
        message=dropped.message,
        missing_cells=scored.facts.missing_cells if scored else 0,
        notes=scored.facts.notes if scored else (),
        reason_counts=scored.facts.reason_counts if scored else {},
        refused="refused",
    )
