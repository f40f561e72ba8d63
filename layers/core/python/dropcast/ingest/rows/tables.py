"""A block of records -> accepted rows as an Arrow table, and the rows that were not accepted.

Arrow's reader turns a block into columns: numbers as numbers where the whole block allows it,
texts otherwise. Rows that a check is in doubt about are cut again and judged value by value.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.delimited.blocks import Block, Offsets
from dropcast.ingest.delimited.header import Layout
from dropcast.ingest.delimited.parsing import parse_block
from dropcast.ingest.delimited.records import split_fields
from dropcast.ingest.outputs.quarantine import QuarantinedRow
from dropcast.ingest.values.arrays import make_flags, make_integers
from dropcast.ingest.values.columns import (
    ARROW_TYPES,
    Checked,
    cast_whole,
    check_floats,
    check_texts,
    check_words,
    make_absent,
    needs_digits,
)
from dropcast.ingest.values.dialect import Dialect
from dropcast.ingest.values.numbers import NUMBER
from dropcast.ingest.values.value import Reason, Value, judge_value
from dropcast.recipe import Column, Table

LINE_NUMBER = "_line_number"
_NUMERIC = ("number", "integer")


@dataclass(frozen=True, kw_only=True)
class BlockRead:
    """What became of a block: accepted rows in file order, and the others by line. ``judged`` is
    how many rows were looked at one at a time."""

    accepted: pa.Table
    quarantined: tuple[QuarantinedRow, ...]
    judged: int = 0


@dataclass(kw_only=True)
class TableReader:
    """Reads blocks of one file. ``as_texts`` are the columns that some block could not be read
    as numbers in: later blocks do not try again. Blocks may be read side by side: a column that
    is not known to be among these yet is read the same, and slower."""

    recipe: Table
    layout: Layout
    as_texts: frozenset[str] = frozenset()
    dialect: Dialect = field(init=False)

    def __post_init__(self) -> None:
        self.dialect = Dialect(source=self.recipe.source)
        words = self.dialect.missing
        if not self.dialect.plain_numbers or any(re.fullmatch(NUMBER, w) for w in words):
            # Arrow compares a word with its blanks and a number without: " -999" would slip by.
            self.as_texts |= {c.name for c in self.recipe.columns if c.kind in _NUMERIC}

    def read(self, block: Block) -> BlockRead:
        """Return every record of the block as an accepted or as a quarantined row."""
        damaged = sorted(block.damaged, key=lambda d: d.line)
        quarantined = [_quarantine(d.line, d.text, (d.reason,), d.place) for d in damaged]
        if not len(block.starts):
            return BlockRead(
                accepted=make_schema(self.recipe).empty_table(), quarantined=tuple(quarantined)
            )
        columns, widths = self._read_columns(block)
        quarantined += [
            _quarantine_record(block, i, (explain_width(n, self.layout.width),))
            for i, n in widths.items()
        ]
        rows = np.delete(np.arange(len(block.starts)), list(widths))
        checked = self._check_columns(columns, len(rows))
        accepted, refused, judged = self._judge(block, rows, checked)
        in_order = sorted([*quarantined, *refused], key=lambda row: row.line)
        return BlockRead(accepted=accepted, quarantined=tuple(in_order), judged=judged)

    def _present(self) -> tuple[Column, ...]:
        return tuple(c for c in self.recipe.columns if c.name in self.layout.positions)

    def _read_columns(self, block: Block) -> tuple[dict[str, pa.Array], dict[int, int]]:
        """Return the present columns, as float64 or as texts, without the records of another
        width than the header; and those: record index -> number of fields."""
        numeric = [c for c in self._present() if c.kind in _NUMERIC]
        floats = {c.name for c in numeric} - self.as_texts
        try:
            columns, widths = self._parse(block, floats)
        except pa.ArrowInvalid:
            columns, widths = self._parse(block, set())
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
            return self._parse(block, floats - exact)
        return columns, widths

    def _parse(
        self, block: Block, floats: Collection[str]
    ) -> tuple[dict[str, pa.Array], dict[int, int]]:
        positions = self.layout.positions
        types = {
            positions[c.name]: pa.float64() if c.name in floats else _choose_type(c)
            for c in self._present()
        }
        columns, widths = parse_block(
            block,
            types,
            delimiter=self.layout.delimiter,
            width=self.layout.width,
            missing=self.dialect.missing,
        )
        return {c.name: columns[positions[c.name]] for c in self._present()}, widths

    def _check_columns(self, columns: dict[str, pa.Array], rows: int) -> dict[str, Checked]:
        checked = {}
        for column in self.recipe.columns:
            values = columns.get(column.name)
            if values is None:
                checked[column.name] = make_absent(rows, column)
            elif pa.types.is_float64(values.type):
                checked[column.name] = check_floats(values, column)
            elif pa.types.is_dictionary(values.type):
                checked[column.name] = check_words(values, column, self.dialect)
            else:
                checked[column.name] = check_texts(values, column, self.dialect)
        return checked

    def _judge(
        self, block: Block, rows: Offsets, checked: dict[str, Checked]
    ) -> tuple[pa.Table, list[QuarantinedRow], int]:
        """Return the rows that are sure with those that are found good, the bad ones, and how many
        were judged."""
        schema = make_schema(self.recipe)
        doubtful = np.zeros(len(rows), dtype=bool)
        for column in checked.values():
            doubtful |= column.doubtful
        arrays = [checked[c.name].values for c in self.recipe.columns]
        table = pa.Table.from_arrays([*arrays, make_integers(block.lines[rows])], schema=schema)
        if not doubtful.any():
            return table, [], 0
        good, bad = [], []
        for index in rows[doubtful].tolist():
            line, record = int(block.lines[index]), block.cut_record(index)
            values, reasons = judge_record(record, self.recipe, self.layout, self.dialect)
            if reasons:
                bad.append(_quarantine_record(block, index, reasons))
            else:
                good.append({**values, LINE_NUMBER: line})
        table = table.filter(make_flags(~doubtful))
        if good:
            table = pa.concat_tables([table, pa.Table.from_pylist(good, schema=schema)])
            table = table.take(pc.sort_indices(table.column(LINE_NUMBER)))
        return table, bad, int(doubtful.sum())


def _choose_type(column: Column) -> pa.DataType:
    """Return what a column is read as that is not read as numbers: texts, or a few words."""
    return pa.dictionary(pa.int32(), pa.string()) if column.kind == "boolean" else pa.string()


def make_schema(recipe: Table) -> pa.Schema:
    """Return the columns of a clean part: the declared ones in order, then the line number."""
    fields = [(c.name, ARROW_TYPES[c.kind]) for c in recipe.columns]
    return pa.schema([*fields, (LINE_NUMBER, pa.int64())])


def judge_record(
    record: bytes, recipe: Table, layout: Layout, dialect: Dialect
) -> tuple[dict[str, Value], tuple[Reason, ...]]:
    """Return a record's values by column and every reason against it, in declared order."""
    fields = split_fields(record, layout.delimiter)
    values: dict[str, float | int | bool | str | datetime | None] = {}
    reasons: list[Reason] = []
    for column in recipe.columns:
        position = layout.positions.get(column.name)
        if position is None:
            values[column.name] = None
            continue
        value, problems = judge_value(fields[position], column, dialect)
        values[column.name] = value
        reasons += problems
    return values, tuple(reasons)


def explain_width(found: int, expected: int) -> Reason:
    """Return the reason against a record with another number of fields than the header."""
    rule = "too few fields" if found < expected else "too many fields"
    return Reason(rule=rule, sentence=f"{rule}: {found}, the header has {expected}")


def _quarantine_record(block: Block, index: int, reasons: tuple[Reason, ...]) -> QuarantinedRow:
    text, place = block.show_record(index), block.name_place(index)
    return _quarantine(int(block.lines[index]), text, reasons, place)


def _quarantine(line: int, text: bytes, reasons: tuple[Reason, ...], place: str) -> QuarantinedRow:
    # A line that is cut where it is too long may end within a character.
    shown = text.decode(errors="replace")
    return QuarantinedRow(line=line, text=shown, reasons=reasons, place=place)
