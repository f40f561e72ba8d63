"""Records of a file of any format as columns: what every reader makes and the checks take."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.values import (
    Dialect,
    Flags,
    Integers,
    Reason,
    fill_texts,
    find_longest,
    make_integers,
    read_bytes,
    read_flags,
    read_lengths,
    write_texts,
)

NUL = Reason(rule="NUL character", sentence="the record holds a NUL character")
_QUOTED = '[",\r\n]'
# Texts that are Python objects at one time.
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantinedRow:
    """A row as it stands in the file, the line it begins on, and every reason against it.

    ``place`` is what people call the line where that is not its number (``sheet!row``).
    """

    line: int
    text: str
    reasons: tuple[Reason, ...]
    place: str = ""


class Records(Protocol):
    """The records behind the rows of a batch, as they stand in the file."""

    def show(self, row: int) -> str:
        """Return a whole record as the quarantine shows it."""

    def list_texts(self, rows: Integers, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the texts of these columns, a row at a time; empty where there is no value."""


@dataclass(frozen=True, kw_only=True)
class RowBatch:
    """Rows of a file by column, with their lines, and the records that could not be cut into rows.

    A reader leaves out of ``columns`` what the file does not have. ``next_line`` follows the
    batch's last line. ``found_singly`` is how many records were found one at a time, which takes
    many times as long; ``missing_cells`` are the cells of a wide or a cross table that have no
    value and so made no row.

    ``columns``    name -> array (rows,): texts, or values of a plain type
    ``lines``      int64 (rows,), ascending; the rows of a wide table share theirs
    ``instants``   name -> timestamp array (rows,) in UTC: the values of cells that are times in the
                   file; null where the text in ``columns`` decides
    ``places``     what people call each line, where that is not its number
    """

    columns: Mapping[str, pa.Array]
    lines: Integers
    records: Records
    next_line: int
    instants: Mapping[str, pa.Array] = field(default_factory=dict)
    places: tuple[str, ...] | None = None
    set_aside: tuple[QuarantinedRow, ...] = ()
    found_singly: int = 0
    missing_cells: int = 0

    def name_place(self, row: int) -> str:
        """Return what people call the line of a row; empty where it is its number."""
        return "" if self.places is None else self.places[row]

    def refuse(self, row: int, reasons: tuple[Reason, ...]) -> QuarantinedRow:
        """Return a row with the reasons against it."""
        return QuarantinedRow(
            line=int(self.lines[row]),
            text=self.records.show(row),
            reasons=reasons,
            place=self.name_place(row),
        )


@dataclass(frozen=True, kw_only=True)
class ColumnRecords:
    """Records of a format that is not delimited text.

    ``texts`` holds each as it stands in the file; without them a record is shown as CSV. ``kept``
    has the record of each row, where rows were set aside.
    """

    columns: Mapping[str, pa.Array]
    dialect: Dialect
    texts: Sequence[bytes] | None = None
    kept: Integers | None = None

    def show(self, row: int) -> str:
        """Return a whole record as the quarantine shows it."""
        row = row if self.kept is None else int(self.kept[row])
        if self.texts is not None:
            return self.texts[row].decode(errors="replace")
        cells = (write_texts(c.slice(row, 1), self.dialect) for c in self.columns.values())
        return _write_record([cell[0].as_py() or "" for cell in cells])

    def list_texts(self, rows: Integers, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the texts of these columns, a row at a time; empty where there is no value."""
        rows = rows if self.kept is None else self.kept[rows]
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            some = make_integers(rows[first : first + _ROWS_AT_ONCE])
            columns = [write_texts(self.columns[n].take(some), self.dialect) for n in names]
            for cells in zip(*(column.to_pylist() for column in columns), strict=True):
                yield [cell or "" for cell in cells]


def make_batch(
    columns: Mapping[str, pa.Array],
    lines: Integers,
    *,
    dialect: Dialect,
    next_line: int,
    record_bytes: int | None = None,
    instants: Mapping[str, pa.Array] | None = None,
    texts: Sequence[bytes] | None = None,
    places: Sequence[str] | None = None,
    set_aside: Sequence[QuarantinedRow] = (),
    found_singly: int = 0,
    missing_cells: int = 0,
) -> RowBatch:
    """Return the batch of these columns, without the rows that cannot be taken.

    A record of more than ``record_bytes``, as CSV, is set aside, and so is one with a NUL.
    """
    whole = RowBatch(
        columns=columns,
        lines=lines,
        records=ColumnRecords(columns=columns, dialect=dialect, texts=texts),
        next_line=next_line,
        instants=instants or {},
        places=None if places is None else tuple(places),
        set_aside=tuple(set_aside),
        found_singly=found_singly,
        missing_cells=missing_cells,
    )
    arrays = list(columns.values())
    long = _find_long(arrays, len(lines), record_bytes, dialect)
    held = _find_nul(arrays, len(lines)) & ~long
    if not (long.any() or held.any()):
        return whole
    refused = [
        whole.refuse(row, (reason,))
        for flags, reason in ((long, explain_length(record_bytes or 0)), (held, NUL))
        for row in np.flatnonzero(flags).tolist()
    ]
    kept = np.flatnonzero(~(long | held))
    return replace(
        whole,
        columns={name: column.take(make_integers(kept)) for name, column in columns.items()},
        lines=lines[kept],
        records=ColumnRecords(columns=columns, dialect=dialect, texts=texts, kept=kept),
        instants={n: column.take(make_integers(kept)) for n, column in whole.instants.items()},
        places=None if places is None else tuple(places[i] for i in kept.tolist()),
        set_aside=(*set_aside, *refused),
    )


def explain_length(record_bytes: int) -> Reason:
    """Return the reason against a record of more bytes than one may have."""
    return Reason(
        rule="record too long", sentence=f"the record is longer than {record_bytes:,} bytes"
    )


def explain_width(found: int, expected: int) -> Reason:
    """Return the reason against a record with another number of fields than the header."""
    rule = "too few fields" if found < expected else "too many fields"
    return Reason(rule=rule, sentence=f"{rule}: {found}, the header has {expected}")


def _find_long(
    columns: Sequence[pa.Array], rows: int, record_bytes: int | None, dialect: Dialect
) -> Flags:
    """Return which records have more than ``record_bytes`` as CSV, shape (rows,)."""
    # A quote within a text is doubled, and each field has two quotes and a comma at most.
    if record_bytes is None or sum(2 * find_longest(c) + 3 for c in columns) <= record_bytes:
        return np.zeros(rows, dtype=bool)
    lengths = np.full(rows, len(columns) - 1)
    for column in columns:
        texts = fill_texts(write_texts(column, dialect))
        special = read_flags(pc.match_substring_regex(texts, _QUOTED))
        quotes = pc.count_substring(texts, '"').to_numpy(zero_copy_only=False)
        lengths += read_lengths(texts) + np.where(special, quotes + 2, 0)
    return lengths > record_bytes


def _find_nul(columns: Sequence[pa.Array], rows: int) -> Flags:
    """Return which records hold a NUL character, shape (rows,)."""
    found = np.zeros(rows, dtype=bool)
    for column in columns:
        if pa.types.is_string(column.type) and not read_bytes(column).all():
            found |= read_flags(pc.match_substring(column, "\0"))
    return found


def _write_record(fields: Sequence[str]) -> str:
    if list(fields) == [""]:
        # A record without a character would be no record.
        return '""'
    return ",".join(
        '"' + field.replace('"', '""') + '"' if any(c in field for c in '",\r\n') else field
        for field in fields
    )
