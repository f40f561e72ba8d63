"""The report that is put beside every dropped file: what became of it, for a person to read."""

from dropcast.contracts.messages import DropFinished, PartRead


def describe_drop(finished: DropFinished, part: PartRead | None) -> str:
    """Return the report as plain text; ``part`` is ``None`` for a refused file."""
    facts = [
        ("File", finished.raw_key),
        ("Version", finished.raw_version_id),
        ("State", finished.state),
        ("Finished", finished.finished_at),
    ]
    if part is not None:
        facts += [
            ("Rows accepted", f"{part.rows_accepted:,}"),
            ("Rows quarantined", f"{part.rows_quarantined:,}"),
            ("Quarantine", part.quarantine_key or "none"),
            ("Format", part.format),
            ("Encoding", part.encoding),
            ("Delimiter", repr(part.delimiter) if part.delimiter else "none"),
            ("Columns ignored", ", ".join(part.ignored_columns) or "none"),
            ("Dataset version", finished.dataset_version or "none"),
        ]
    lines = [f"{name + ':':<18}{value}" for name, value in facts]
    if part is not None and part.missing_cells:
        cells = f"{part.missing_cells:,} (a cell without a value makes no row)"
        lines.append(f"{'Missing cells:':<18}{cells}")
    lines += ["", finished.message]
    if part is not None and part.notes:
        lines += ["", "What was not read:", *(f"  {note}" for note in part.notes)]
    if part is not None and part.reason_counts:
        lines += ["", "Why rows were quarantined (rows, reason):"]
        lines += [f"{count:>10,}  {reason}" for reason, count in part.reason_counts.items()]
    return "\n".join(lines) + "\n"
