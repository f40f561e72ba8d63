"""Rows that were not accepted: a CSV file for people, and the count of every reason."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import MIB, QUARANTINED_BYTES, QUARANTINED_ROWS
from dropcast.ingest.rows import QuarantinedRow
from dropcast.ingest.values import NUMBER

# What spreadsheets take for a formula's beginning, in full width too, and what makes them pass over
# the character before it (OWASP, "CSV Injection").
_FORMULA_STARTS = (*"=+-@", *"＝＋－＠", "\t", "\r", "\n")
_NUMBER = re.compile(NUMBER)
_EXAMPLE_LINES = 5
_SHOWN_REASONS = 20


@dataclass(kw_only=True)
class Quarantine:
    """Writes rows to ``path``, which is there only once there is a row to write.

    ``size_bytes`` is what was written.
    """

    path: Path
    most_rows: int = QUARANTINED_ROWS
    most_bytes: int = QUARANTINED_BYTES
    rows: int = 0
    size_bytes: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    example_lines: dict[str, list[str]] = field(default_factory=dict)
    _files: ExitStack = field(default_factory=ExitStack)
    _stream: BinaryIO = field(init=False)
    _writer: Any = None

    def add(self, rows: Iterable[QuarantinedRow]) -> None:
        """Write rows and count each of their reasons.

        Raises ``FileRefusedError`` where there are more than ``most_rows``, or the file that they
        make has more than ``most_bytes``: then not the rows are wrong but the file, or the recipe.
        """
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
            if self.rows > self.most_rows or self.size_bytes > self.most_bytes:
                raise FileRefusedError(self._describe_flood())

    def list_reasons(self) -> list[str]:
        """Return the most common reasons as lines of a refusal: rows, reason, example lines."""
        lines = []
        for rule, count in list(self.count_reasons().items())[:_SHOWN_REASONS]:
            examples = self.example_lines[rule]
            more = ", ..." if count > len(examples) else ""
            word = "line" if count == 1 else "lines"
            lines.append(f"    {count:>10,}  {rule} ({word} {', '.join(examples)}{more})")
        return lines

    def _describe_flood(self) -> str:
        most = f"{self.most_rows:,} rows to set aside, {self.most_bytes // MIB:,} MiB with reasons"
        size = f"{self.rows:,} rows, {self.size_bytes / MIB:,.0f} MiB"
        return "\n".join(
            (
                "Too many rows of the file cannot be taken; nothing of it was taken.",
                f"  Looked for: at most {most}",
                f"  Found:      {size}, and reading stopped there",
                "  Reasons (rows, reason):",
                *self.list_reasons(),
                "  Remedy:     mend the file (or the recipe, where that is wrong) and drop it "
                "again",
            )
        )

    def _open(self) -> None:
        self._stream = self._files.enter_context(self.path.open("wb"))
        # Every text is quoted, so no spreadsheet cuts it at a delimiter of its own.
        self._writer = csv.writer(self, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        self._writer.writerow(("line_number", "reasons", "text"))

    def write(self, line: str) -> None:
        """Write a line of the file, and count its bytes as they are on the disk."""
        encoded = line.encode()
        self.size_bytes += len(encoded)
        self._stream.write(encoded)

    def close(self) -> None:
        """Close the file, if there is one."""
        self._files.close()

    def count_reasons(self) -> dict[str, int]:
        """Return the rows of each rule, the most common first, then by name."""
        return dict(sorted(self.rules.items(), key=lambda item: (-item[1], item[0])))


def defuse(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; a number is none (ADR 18).

    >>> defuse("=1+1"), defuse("1+1"), defuse("-1.5"), defuse("-1.5+2")
    ("'=1+1", '1+1', '-1.5', "'-1.5+2")
    """
    harmless = not text.startswith(_FORMULA_STARTS) or _NUMBER.fullmatch(text)
    return text if harmless else f"'{text}"
