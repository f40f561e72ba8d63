"""Wide tables made long: a row for each present cell, with the name that its column had.

Of a wide file the records are its long rows: a physical line with k present cells is k rows, all
with its line number, and the cells without a value are counted and make none. So for every file
accepted + quarantined + missing cells = lines x value columns, plus the lines that are damaged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.delimited.blocks import Block, set_aside
from dropcast.ingest.delimited.header import Layout
from dropcast.ingest.delimited.parsing import parse_block
from dropcast.ingest.limits import MIB, REPEATED_BYTES
from dropcast.ingest.rows.tables import explain_width
from dropcast.ingest.rows.typed_rows import DELIMITER, ReadStats, make_block
from dropcast.ingest.values.arrays import Flags, make_integers, make_texts, read_lengths, read_valid
from dropcast.ingest.values.dialect import Dialect
from dropcast.recipe import Table, Wide


@dataclass(frozen=True, kw_only=True)
class _Long:
    """A wide layout and the columns of the long rows made from it, in order."""

    wide: Wide
    layout: Layout
    carried: tuple[str, ...]
    dialect: Dialect
    recipe: Table


def make_long(
    layout: Layout, blocks: Iterator[Block], recipe: Table, record_bytes: int, stats: ReadStats
) -> tuple[Layout, Iterator[Block]]:
    """Return the layout and the blocks of the long rows; a table that is not wide as it is."""
    if layout.wide is None:
        return layout, blocks
    wide = layout.wide
    carried = tuple(layout.positions)
    names = (*carried, wide.name_column, wide.value_column, *(f.column for f in wide.filled))
    long = _Long(
        wide=wide,
        layout=layout,
        carried=carried,
        dialect=Dialect(source=recipe.source),
        recipe=recipe,
    )
    made = replace(
        layout,
        delimiter=DELIMITER,
        width=len(names),
        positions={name: index for index, name in enumerate(names)},
        wide=None,
        value_names={},
    )
    return made, (_melt(block, long, record_bytes, stats) for block in blocks)


def _melt(block: Block, long: _Long, record_bytes: int, stats: ReadStats) -> Block:
    if not len(block.starts):
        return block
    layout = long.layout
    fields = [*(layout.positions[name] for name in long.carried), *layout.value_names]
    columns, widths = parse_block(
        block,
        {at: pa.string() for at in fields},
        delimiter=layout.delimiter,
        width=layout.width,
        missing=(),
    )
    damaged, lines = block.damaged, block.lines
    # Once for each width that there is, for each time all records are copied.
    for width in sorted(set(widths.values())):
        only = np.isin(
            np.arange(len(lines)), [at for at, found in widths.items() if found == width]
        )
        aside = set_aside(block, only, explain_width(width, layout.width))
        damaged += aside.damaged[len(block.damaged) :]
    lines = np.delete(lines, list(widths))
    present = _find_present(columns, long)
    stats.missing_cells += int(present.size - present.sum())
    carried = [read_lengths(columns[layout.positions[name]]) for name in long.carried]
    repeated_bytes = int((present.sum(axis=1) * sum(carried)).sum())
    if repeated_bytes > REPEATED_BYTES:
        raise _refuse_repeats(repeated_bytes, block.next_line - 1)
    rows, names = np.nonzero(present)
    row_numbers = make_integers(rows.astype(np.int64))
    name_numbers = make_integers(names.astype(np.int64))
    cells = pa.concat_arrays([columns[at] for at in layout.value_names]) if rows.size else None
    flat = make_integers((names * len(lines) + rows).astype(np.int64))
    made = [columns[layout.positions[name]].take(row_numbers) for name in long.carried]
    made.append(make_texts(list(layout.value_names.values())).take(name_numbers))
    made.append(cells.take(flat) if cells is not None else make_texts([]))
    made += [make_texts([f.text]).take(make_integers(rows * 0)) for f in long.wide.filled]
    return make_block(
        made,
        lines[rows],
        next_line=block.next_line,
        record_bytes=record_bytes,
        damaged=damaged,
        alone=block.alone,
    )


def _find_present(columns: dict[int, pa.Array], long: _Long) -> Flags:
    """Return which cells hold a value, shape (rows, value columns)."""
    value = long.recipe.find_column(long.wide.value_column)
    present = []
    for at in long.layout.value_names:
        plain = long.dialect.spell_column(columns[at], value)
        present.append(read_valid(plain) & ~long.dialect.find_missing(plain))
    rows = len(next(iter(columns.values())))
    return np.stack(present, axis=1) if present else np.zeros((rows, 0), dtype=bool)


def _refuse_repeats(repeated_bytes: int, line: int) -> FileRefusedError:
    return FileRefusedError(
        "The file is a wide table with long texts beside many values; nothing of it was taken.\n"
        f"  Looked for: at most {REPEATED_BYTES // MIB} MiB in a block, each row's texts once for "
        "each of its values\n"
        f"  Found:      {repeated_bytes / MIB:,.0f} MiB up to line {line:,}\n"
        "  Remedy:     drop it as a long table, or with short identifiers"
    )
