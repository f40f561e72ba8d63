"""A batch of rows -> accepted rows as an Arrow table, and the rows that were not accepted.

Columns are checked as a whole. Values that a check is in doubt about are judged one by one.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.rows.batch import QuarantinedRow, RowBatch
from dropcast.ingest.values import (
    ARROW_TYPES,
    NUMERIC_KINDS,
    Checked,
    Dialect,
    Flags,
    Integers,
    Reason,
    Value,
    cast_whole,
    check_column,
    judge_value,
    make_absent,
    make_flags,
    make_integers,
    needs_digits,
    read_valid,
)
from dropcast.recipe import Column, Table

LINE_NUMBER = "_line_number"


@dataclass(frozen=True, kw_only=True)
class CheckedBatch:
    """What became of a batch.

    ``accepted``     the accepted rows by line, with their line number
    ``records``      int64 (accepted rows,): which row of the batch each of them is
    ``quarantined``  the other rows and the records that were set aside, by line
    ``judged``       how many rows had values that were looked at one at a time
    """

    accepted: pa.Table
    records: Integers
    quarantined: tuple[QuarantinedRow, ...]
    judged: int = 0


@dataclass(kw_only=True)
class BatchChecker:
    """Checks the batches of one file.

    ``as_texts`` are the columns of texts that could not be cast to numbers as a whole: later
    batches do not try again.
    """

    recipe: Table
    as_texts: frozenset[str] = frozenset()
    dialect: Dialect = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the words of the recipe's source."""
        self.dialect = Dialect(source=self.recipe.source)

    def check(self, batch: RowBatch) -> CheckedBatch:
        """Return every row of the batch as an accepted or as a quarantined one."""
        rows = len(batch.lines)
        refused = sorted(batch.set_aside, key=lambda row: row.line)
        schema = make_schema(self.recipe)
        if not rows:
            return CheckedBatch(
                # A schema's own empty table imports pandas.
                accepted=pa.Table.from_batches([], schema=schema),
                records=np.arange(0),
                quarantined=tuple(refused),
            )
        checked = {c.name: self._check_column(batch, c) for c in self.recipe.columns}
        doubtful = np.zeros(rows, dtype=bool)
        for column in checked.values():
            doubtful |= column.doubtful
        records, judged = np.arange(rows), int(doubtful.sum())
        if judged:
            checked, bad = self._judge(batch, checked, np.flatnonzero(doubtful))
            refused = sorted([*refused, *bad.values()], key=lambda row: row.line)
            kept = np.delete(records, list(bad))
            # Of one line, the rows that were judged come last.
            records = kept[np.lexsort((doubtful[kept], batch.lines[kept]))]
        arrays = [checked[c.name].values for c in self.recipe.columns]
        accepted = pa.Table.from_arrays([*arrays, make_integers(batch.lines)], schema=schema)
        if judged:
            accepted = accepted.take(make_integers(records))
        return CheckedBatch(
            accepted=accepted, records=records, quarantined=tuple(refused), judged=judged
        )

    def _check_column(self, batch: RowBatch, column: Column) -> Checked:
        values = batch.columns.get(column.name)
        if values is None:
            return make_absent(len(batch.lines), column)
        if column.kind in NUMERIC_KINDS and pa.types.is_string(values.type):
            values = self._cast_numbers(values, column)
        checked = check_column(values, column, self.dialect)
        instants = batch.instants.get(column.name)
        if instants is None:
            return checked
        return Checked(
            values=pc.coalesce(instants, checked.values),
            doubtful=checked.doubtful & ~read_valid(instants),
        )

    def _cast_numbers(self, texts: pa.Array, column: Column) -> pa.Array:
        """Return texts as float64 where all of them are numbers and none needs its digits."""
        if column.name in self.as_texts:
            return texts
        floats = cast_whole(texts, column, self.dialect)
        if floats is None or (column.kind == "integer" and needs_digits(floats)):
            self.as_texts |= {column.name}
            return texts
        return floats

    def _judge(
        self, batch: RowBatch, checked: dict[str, Checked], rows: Integers
    ) -> tuple[dict[str, Checked], dict[int, QuarantinedRow]]:
        """Judge the doubtful ``rows``.

        Return the columns with the values that are good after all, and the rows that are not.
        """
        columns = [c for c in self.recipe.columns if checked[c.name].doubtful.any()]
        found: dict[str, dict[int, Value]] = {column.name: {} for column in columns}
        bad = {}
        texts = batch.records.list_texts(rows, [column.name for column in columns])
        for row, fields in zip(rows.tolist(), texts, strict=True):
            reasons: list[Reason] = []
            values: dict[str, Value] = {}
            for column, text in zip(columns, fields, strict=True):
                if checked[column.name].doubtful[row]:
                    values[column.name], problems = judge_value(text, column, self.dialect)
                    reasons += problems
            if reasons:
                bad[row] = batch.refuse(row, tuple(reasons))
            else:
                for name, value in values.items():
                    found[name][row] = value
        judged = {name: _put_values(checked[name], values) for name, values in found.items()}
        return {**checked, **judged}, bad


def _put_values(checked: Checked, found: dict[int, Value]) -> Checked:
    """Return a checked column with the values of some rows that were judged."""
    if not found:
        return checked
    mask: Flags = np.zeros(len(checked.values), dtype=bool)
    mask[list(found)] = True
    values = pa.array(list(found.values()), checked.values.type)
    return replace(checked, values=pc.replace_with_mask(checked.values, make_flags(mask), values))


def make_schema(recipe: Table) -> pa.Schema:
    """Return the columns of a clean part: the declared ones in order, then the line number."""
    fields = [(c.name, ARROW_TYPES[c.kind]) for c in recipe.columns]
    return pa.schema([*fields, (LINE_NUMBER, pa.int64())])
