"""The text of a report on a dropped file, for a person to read."""

from collections.abc import Iterable, Mapping, Sequence

from dropcast.contracts.unseen import spell_unseen

_SHOWN_NAMES = 40


def write_report(
    facts: Iterable[tuple[str, str]],
    *,
    message: str,
    missing_cells: int,
    notes: Sequence[str],
    reason_counts: Mapping[str, int],
    refused: str,
) -> str:
    """Return the report: the facts, the message, what was not read, and why rows were refused.

    Each fact is a (name, value) on a line of its own; one without a name goes on with the fact
    before it. ``refused`` is the word for rows that were not taken.
    """
    lines = [f"{name + ':' if name else '':<18}{spell_unseen(value)}" for name, value in facts]
    if missing_cells:
        cells = f"{missing_cells:,} (a cell without a value makes no row)"
        lines.append(f"{'Missing cells:':<18}{cells}")
    lines += ["", message]
    if notes:
        lines += ["", "What was not read:", *(f"  {spell_unseen(note)}" for note in notes)]
    if reason_counts:
        lines += ["", f"Why rows were {refused} (rows, reason):"]
        lines += [f"{count:>10,}  {reason}" for reason, count in reason_counts.items()]
    return "\n".join(lines) + "\n"


def list_columns(names: Sequence[str]) -> str:
    """Return the first of some columns' names and how many more there are.

    >>> list_columns(["a", "b"])
    'a, b'
    """
    more = len(names) - _SHOWN_NAMES
    shown = ", ".join(names[:_SHOWN_NAMES]) or "none"
    return f"{shown} and {more:,} more" if more > 0 else shown
