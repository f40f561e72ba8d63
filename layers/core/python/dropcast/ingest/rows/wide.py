"""Wide tables made long: a row for each present cell, with the name that its column had.

Of a wide file the records are its long rows: a physical line with k present cells is k rows, all
with its line number, and the cells without a value are counted and make none. So for every file
accepted + quarantined + missing cells = lines x value columns, plus the lines that are damaged.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import MIB, REPEATED_BYTES
from dropcast.ingest.rows.batch import QuarantinedRow, RowBatch, make_batch
from dropcast.ingest.rows.header import Layout
from dropcast.ingest.values import (
    Dialect,
    Flags,
    Integers,
    make_integers,
    make_texts,
    read_lengths,
    read_valid,
)
from dropcast.recipe import Column, Table, Wide


def make_long(
    fields: Mapping[int, pa.Array],
    lines: Integers,
    *,
    layout: Layout,
    wide: Wide,
    recipe: Table,
    next_line: int,
    record_bytes: int,
    set_aside: Sequence[QuarantinedRow] = (),
    found_singly: int = 0,
) -> RowBatch:
    """Return the long rows of a wide table's records, whose ``fields`` are texts by their index.

    Raises ``FileRefusedError`` where texts are repeated beyond :data:`REPEATED_BYTES`.
    """
    dialect = Dialect(source=recipe.source)
    value = recipe.find_column(wide.value_column)
    present = _find_present(fields, len(lines), layout, value, dialect)
    carried = [fields[at] for at in layout.positions.values()]
    repeated_bytes = int((present.sum(axis=1) * sum(read_lengths(c) for c in carried)).sum())
    if repeated_bytes > REPEATED_BYTES:
        raise _refuse_repeats(repeated_bytes, next_line - 1)
    rows, names = np.nonzero(present)
    row_numbers = make_integers(rows)
    cells = make_texts([])
    if rows.size:
        flat = make_integers(names * len(lines) + rows)
        cells = pa.concat_arrays([fields[at] for at in layout.value_names]).take(flat)
    columns = [
        *(column.take(row_numbers) for column in carried),
        make_texts(list(layout.value_names.values())).take(make_integers(names)),
        cells,
        *(make_texts([f.text]).take(make_integers(rows * 0)) for f in wide.filled),
    ]
    return make_batch(
        dict(zip(layout.list_columns(), columns, strict=True)),
        lines[rows],
        dialect=dialect,
        next_line=next_line,
        record_bytes=record_bytes,
        set_aside=set_aside,
        found_singly=found_singly,
        missing_cells=int(present.size - present.sum()),
    )


def _find_present(
    fields: Mapping[int, pa.Array], rows: int, layout: Layout, value: Column, dialect: Dialect
) -> Flags:
    """Return which cells hold a value, shape (rows, value columns)."""
    present = np.zeros((rows, len(layout.value_names)), dtype=bool)
    for index, at in enumerate(layout.value_names):
        plain = dialect.make_plain_column(fields[at], value)
        present[:, index] = read_valid(plain) & ~dialect.find_missing(plain)
    return present


def _refuse_repeats(repeated_bytes: int, line: int) -> FileRefusedError:
    return FileRefusedError(
        "The file is a wide table with long texts beside many values; nothing of it was taken.\n"
        f"  Looked for: at most {REPEATED_BYTES // MIB} MiB in a block, each row's texts once for "
        "each of its values\n"
        f"  Found:      {repeated_bytes / MIB:,.0f} MiB up to line {line:,}\n"
        "  Remedy:     drop it as a long table, or with short identifiers"
    )
