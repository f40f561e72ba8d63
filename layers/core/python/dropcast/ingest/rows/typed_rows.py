"""Columns of texts -> a block of delimited records, so that one reader judges every format."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.delimited.blocks import Block, set_aside, set_nul_aside
from dropcast.ingest.delimited.records import DamagedRecord
from dropcast.ingest.values.arrays import Integers, make_texts, null_where, read_flags
from dropcast.ingest.values.times import MARKED_INSTANT
from dropcast.ingest.values.value import Reason
from dropcast.recipe import Column, Table

DELIMITER = b","
_COMMA, _QUOTE, _LINE_BREAK, _NOTHING = (make_texts([sign])[0] for sign in (",", '"', "\n", ""))
_TO_QUOTE = '[",\r\n]'


@dataclass(kw_only=True)
class ReadStats:
    """What is told of a file beside its rows; it is whole once the last block is read.
    ``missing_cells`` are the cells of a wide table that made no row."""

    ignored_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    missing_cells: int = 0


def make_block(
    columns: Sequence[pa.Array],
    lines: Integers,
    *,
    next_line: int,
    record_bytes: int,
    damaged: Sequence[DamagedRecord] = (),
    alone: int = 0,
    texts: Sequence[bytes] | None = None,
    places: Sequence[str] | None = None,
) -> Block:
    """Return the records of string columns of shape (rows,), a null as an empty field.

    A record of more than ``record_bytes`` is set aside as damaged, as is one with a NUL.
    """
    fields = [_quote(column) for column in columns]
    if len(fields) == 1:
        # A record without a sign would be no record.
        empty = read_flags(pc.equal(fields[0], _NOTHING))
        fields = [pc.coalesce(null_where(fields[0], empty), make_texts(['""'])[0])]
    joined = pc.binary_join_element_wise(*fields, _COMMA)
    ended = pc.binary_join_element_wise(joined, _NOTHING, _LINE_BREAK)
    offsets, data = np.zeros(1, np.int64), b""
    if len(ended):
        offsets = np.frombuffer(ended.buffers()[1], np.int32)[: len(ended) + 1].astype(np.int64)
        data = ended.buffers()[2].slice(0, int(offsets[-1])).to_pybytes()
    block = Block(
        data=data,
        starts=offsets[:-1],
        ends=offsets[1:] - 1,
        lines=lines,
        damaged=tuple(damaged),
        next_line=next_line,
        alone=alone,
        texts=None if texts is None else tuple(texts),
        places=None if places is None else tuple(places),
    )
    long = (block.ends - block.starts) > record_bytes
    if long.any():
        block = set_aside(block, long, explain_length(record_bytes))
    return set_nul_aside(block)


def explain_length(record_bytes: int) -> Reason:
    """Return the reason against a record of more bytes than one may have."""
    return Reason(
        rule="record too long", sentence=f"the record is longer than {record_bytes:,} bytes"
    )


def read_instants(
    recipe: Table, names: Collection[str], form: str, timezone: str | None = None
) -> Table:
    """Return a recipe whose timestamp columns of these names are read by ``form``, in
    ``timezone`` where that is given; a marked form stands beside those that they declare."""

    def change(column: Column) -> Column:
        if column.kind != "timestamp" or column.name not in names:
            return column
        formats = (*column.formats, form) if form == MARKED_INSTANT else (form,)
        return replace(column, formats=formats, timezone=timezone or column.timezone)

    return replace(recipe, columns=tuple(change(column) for column in recipe.columns))


def _quote(column: pa.Array) -> pa.Array:
    """Return texts as fields: in quotes where they hold a sign of the grammar, null as empty."""
    texts = pc.coalesce(column, _NOTHING)
    special = pc.match_substring_regex(texts, _TO_QUOTE)
    if not read_flags(special).any():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    quoted = pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING)
    return pc.if_else(special, quoted, texts)
