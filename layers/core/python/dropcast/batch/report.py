"""The report on a file that was dropped to be answered, for a person to read.

It tells no time of its own, so an event that comes again writes the same text.
"""

from dropcast.contracts.scored_files import DropScored, FileScored


def describe_scoring(dropped: DropScored, scored: FileScored | None) -> str:
    """Return the report as plain text; ``scored`` is ``None`` for a refused file."""
    facts = [
        ("File", dropped.raw_key),
        ("Version", dropped.raw_version_id),
        ("State", dropped.state),
    ]
    if scored is not None:
        facts += [
            ("Rows answered", f"{scored.rows_answered:,}"),
            ("Rows refused", f"{scored.rows_refused:,}"),
            ("Predictions", scored.csv_key),
            ("", scored.parquet_key),
            ("Problems", scored.problems_key or "none"),
            ("Receipt", dropped.receipt_key or "none"),
            ("Model", scored.champion.model),
            ("Dataset version", scored.champion.dataset_version),
            ("Format", scored.format),
            ("Encoding", scored.encoding),
            ("Delimiter", repr(scored.delimiter) if scored.delimiter else "none"),
            ("Columns ignored", ", ".join(scored.ignored_columns) or "none"),
        ]
    lines = [f"{name + ':' if name else '':<18}{value}" for name, value in facts]
    if scored is not None and scored.missing_cells:
        cells = f"{scored.missing_cells:,} (a cell without a value makes no row)"
        lines.append(f"{'Missing cells:':<18}{cells}")
    lines += ["", dropped.message]
    if scored is not None and scored.notes:
        lines += ["", "What was not read:", *(f"  {note}" for note in scored.notes)]
    if scored is not None and scored.reason_counts:
        lines += ["", "Why rows were refused (rows, reason):"]
        lines += [f"{count:>10,}  {reason}" for reason, count in scored.reason_counts.items()]
    return "\n".join(lines) + "\n"
