"""Blocks of delimited records -> batches of rows, the columns cut by Arrow's own CSV reader.

Numbers are read as numbers where the whole block allows it, and as texts otherwise.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from dropcast.ingest.delimited.blocks import Block
from dropcast.ingest.delimited.header import DelimitedHeader
from dropcast.ingest.delimited.records import split_fields
from dropcast.ingest.rows import QuarantinedRow, RowBatch, explain_width, make_long
from dropcast.ingest.values import (
    NUMBER,
    NUMERIC_KINDS,
    Dialect,
    Integers,
    cast_whole,
    needs_digits,
)
from dropcast.recipe import Column, Table

# Records of a width and their number of fields, by their index in a block.
_Widths = dict[int, int]


@dataclass(frozen=True, kw_only=True)
class DelimitedRecords:
    """The records of a block behind the rows of a batch; ``kept`` has the record of each row."""

    block: Block
    kept: Integers
    header: DelimitedHeader

    def show(self, row: int) -> str:
        """Return a whole record as it stands in the file."""
        return self.block.cut_record(int(self.kept[row])).decode(errors="replace")

    def list_texts(self, rows: Integers, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the texts of these columns, a row at a time."""
        places = [self.header.layout.positions[name] for name in names]
        for record in self.kept[rows].tolist():
            fields = split_fields(self.block.cut_record(record), self.header.delimiter)
            yield [fields[at] for at in places]


@dataclass(kw_only=True)
class BlockParser:
    """Parses the blocks of one file.

    ``as_texts`` are the columns that some block could not be read as numbers in: later blocks do
    not try again. Blocks may be parsed side by side: a column that is not known to be among these
    yet is read the same, and slower.
    """

    recipe: Table
    header: DelimitedHeader
    record_bytes: int
    as_texts: frozenset[str] = frozenset()
    dialect: Dialect = field(init=False)

    def __post_init__(self) -> None:
        """Find which columns Arrow cannot read as numbers."""
        self.dialect = Dialect(source=self.recipe.source)
        words = self.dialect.missing
        if not self.dialect.plain_numbers or any(re.fullmatch(NUMBER, w) for w in words):
            # Arrow compares a word with its blanks and a number without: " -999" would slip by.
            self.as_texts |= {c.name for c in self.recipe.columns if c.kind in NUMERIC_KINDS}

    def parse(self, block: Block) -> RowBatch:
        """Return the rows of a block; of a wide table, its long rows."""
        if not len(block.starts):
            return self._make_batch(block, {}, {})
        if self.header.layout.wide is None:
            return self._make_batch(block, *self._read_columns(block))
        layout = self.header.layout
        used = [*layout.positions.values(), *layout.value_names]
        fields, widths = self._parse(block, {at: pa.string() for at in used}, missing=())
        batch = self._make_batch(block, {}, widths)
        return make_long(
            fields,
            batch.lines,
            layout=layout,
            wide=self.header.layout.wide,
            recipe=self.recipe,
            next_line=block.next_line,
            record_bytes=self.record_bytes,
            set_aside=batch.set_aside,
            found_singly=block.alone,
        )

    def _make_batch(
        self, block: Block, columns: Mapping[str, pa.Array], widths: _Widths
    ) -> RowBatch:
        refused = [
            QuarantinedRow(
                line=int(block.lines[index]),
                text=block.cut_record(index).decode(errors="replace"),
                reasons=(explain_width(found, self.header.layout.width),),
            )
            for index, found in widths.items()
        ]
        kept = np.delete(np.arange(len(block.starts)), list(widths))
        return RowBatch(
            columns=columns,
            lines=block.lines[kept],
            records=DelimitedRecords(block=block, kept=kept, header=self.header),
            next_line=block.next_line,
            set_aside=(*block.damaged, *refused),
            found_singly=block.alone,
        )

    def _read_columns(self, block: Block) -> tuple[dict[str, pa.Array], _Widths]:
        """Return the file's columns, without the records of another width than the header."""
        present = [c for c in self.recipe.columns if c.name in self.header.layout.positions]
        numeric = [c for c in present if c.kind in NUMERIC_KINDS]
        floats = {c.name for c in numeric} - self.as_texts
        try:
            columns, widths = self._parse_columns(block, present, floats)
        except pa.ArrowInvalid:
            columns, widths = self._parse_columns(block, present, set())
            self.as_texts |= {
                c.name
                for c in numeric
                if c.name in floats and cast_whole(columns[c.name], c, self.dialect) is None
            }
            return columns, widths
        exact = {c.name for c in numeric if c.kind == "integer" and c.name in floats}
        exact = {name for name in exact if needs_digits(columns[name])}
        if exact:
            self.as_texts |= exact
            return self._parse_columns(block, present, floats - exact)
        return columns, widths

    def _parse_columns(
        self, block: Block, present: Collection[Column], floats: Collection[str]
    ) -> tuple[dict[str, pa.Array], _Widths]:
        positions = self.header.layout.positions
        types = {
            positions[c.name]: pa.float64() if c.name in floats else _choose_type(c)
            for c in present
        }
        fields, widths = self._parse(block, types, missing=self.dialect.missing)
        return {c.name: fields[positions[c.name]] for c in present}, widths

    def _parse(
        self, block: Block, types: Mapping[int, pa.DataType], *, missing: Collection[str]
    ) -> tuple[dict[int, pa.Array], _Widths]:
        """Return the fields of these indexes, without the records of another width; and those.

        Raises ``ArrowInvalid`` if a text is not of its column's type.
        """
        skipped: list[tuple[int | None, int]] = []

        def skip(row: Any) -> str:
            skipped.append((row.number, row.actual_columns))
            return "skip"

        # One thread, one piece: blocks are read side by side, and only a reader of one thread
        # knows which records it skipped.
        table = arrow_csv.read_csv(
            pa.BufferReader(block.data),
            read_options=arrow_csv.ReadOptions(
                column_names=[str(i) for i in range(self.header.layout.width)],
                use_threads=False,
                block_size=len(block.data) + 1,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.header.delimiter.decode(),
                newlines_in_values=b'"' in block.data,
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=[str(at) for at in types],
                column_types={str(at): kind for at, kind in types.items()},
                null_values=["", *sorted(missing)],
                strings_can_be_null=False,
            ),
        )
        if len(table) + len(skipped) != len(block.starts):
            raise AssertionError(
                f"lines {block.lines[0]} to {block.lines[-1]}: {len(block.starts)} records were "
                f"cut and {len(table) + len(skipped)} were parsed"
            )
        fields = {at: _flatten(table.column(str(at))) for at in types}
        return fields, {number - 1: found for number, found in skipped if number is not None}


def _choose_type(column: Column) -> pa.DataType:
    """Return what a column is read as that is not read as numbers: texts, or a few words."""
    return pa.dictionary(pa.int32(), pa.string()) if column.kind == "boolean" else pa.string()


def _flatten(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks or [pa.nulls(0, column.type)])
