"""Rows that were not accepted: a CSV file for people, and the count of every reason."""

import csv
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dropcast.ingest.values import Reason

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_EXAMPLE_LINES = 5


@dataclass(frozen=True, kw_only=True)
class QuarantinedRow:
    """A row as it stands in the file, the line it begins on, and every reason against it.
    ``place`` is what people call the line where it is not its number (``sheet!row``)."""

    line: int
    text: str
    reasons: tuple[Reason, ...]
    place: str = ""


@dataclass(kw_only=True)
class Quarantine:
    """Writes rows to ``path``, which is there only once there is a row to write."""

    path: Path
    rows: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    example_lines: dict[str, list[str]] = field(default_factory=dict)
    _files: ExitStack = field(default_factory=ExitStack)
    _writer: Any = None

    def add(self, rows: Iterable[QuarantinedRow]) -> None:
        """Write rows and count each of their reasons."""
        for row in rows:
            if self._writer is None:
                self._open()
            self.rows += 1
            for rule in dict.fromkeys(reason.rule for reason in row.reasons):
                self.rules[rule] += 1
                examples = self.example_lines.setdefault(rule, [])
                if len(examples) < _EXAMPLE_LINES:
                    examples.append(row.place or f"{row.line:,}")
            sentences = "; ".join(reason.sentence for reason in row.reasons)
            self._writer.writerow(
                (defuse(row.place) or row.line, defuse(sentences), defuse(row.text))
            )

    def _open(self) -> None:
        stream = self._files.enter_context(self.path.open("w", encoding="utf-8", newline=""))
        # Every text is quoted, so no spreadsheet cuts it at a delimiter of its own.
        self._writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        self._writer.writerow(("line_number", "reasons", "text"))

    def close(self) -> None:
        self._files.close()

    def count_reasons(self) -> dict[str, int]:
        """Return the rows of each rule, the most common first, then by name."""
        return dict(sorted(self.rules.items(), key=lambda item: (-item[1], item[0])))


def defuse(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> defuse("=1+1"), defuse("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
