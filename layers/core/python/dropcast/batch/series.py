"""Rows of series in file order -> which of them have the rows before them that a prediction needs.

A row's prediction is made from the row and those of its series directly before it in the file,
without a gap and each later than the one before: exactly what the API would take in one request.
Rows of different series may be mixed. Between blocks the last ``rows_needed`` - 1 rows of each
series are kept and nothing else, so memory grows with the number of series and not with the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dropcast.ingest import Reason
from dropcast.recipe.request import RequestSchema, Series
from dropcast.scoring.requests import explain_gap, explain_late

Integers = NDArray[np.int64]
_SECOND_MICROSECONDS = 1_000_000
# How a run begins, and what people call that.
_FIRST, _GAP, _LATE = range(3)
_BEGINNINGS = (
    "the series begins in this file",
    "a gap in the series",
    "a row that is not later than the one before it",
)
_TOO_FEW = "too few rows of the series before it"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A block's rows among those their predictions are made from.

    ``table``     the rows kept from before and the block's, those of one series together
    ``position``  int64 (table rows,): a row's place in its unbroken run, from 0
    ``places``    int64 (block rows,): where in ``table`` each of the block's rows is
    ``problems``  block row -> why it has not the rows that it needs
    """

    table: pa.Table
    position: Integers
    places: Integers
    problems: Mapping[int, tuple[Reason, ...]]


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """The last rows of each series, and of each the place and the beginning of its run."""

    table: pa.Table
    position: Integers
    beginning: Integers


@dataclass(kw_only=True)
class SeriesRows:
    """Follows the series of one file, block after block."""

    schema: RequestSchema
    _kept: _Kept | None = field(default=None, init=False)

    def place(self, rows: pa.Table) -> Placed:
        """Return the block's rows, in file order, among the rows that predictions are made from."""
        series, needed = self.schema.series, self.schema.rows_needed
        if series is None or needed == 1:
            alone = np.zeros(len(rows), dtype=np.int64)
            return Placed(table=rows, position=alone, places=np.arange(len(rows)), problems={})
        kept = self._kept or _Kept(
            table=rows.slice(0, 0), position=_no_rows(), beginning=_no_rows()
        )
        whole = pa.concat_tables([kept.table, rows])
        if not len(whole):
            return Placed(table=whole, position=_no_rows(), places=_no_rows(), problems={})
        codes = _number_series(whole, series)
        order = np.argsort(codes, kind="stable")
        table, codes = whole.take(pa.array(order)), codes[order]
        steps = np.diff(_read_times(table, series))
        position, beginning = _find_runs(codes, steps, order, kept, series)
        places = np.empty(len(whole), dtype=np.int64)
        places[order] = np.arange(len(whole))
        places = places[len(kept.table) :]
        problems = {
            row: (
                _explain(
                    position=int(position[at]),
                    beginning=int(beginning[at]),
                    step=float(steps[at - 1]) if at else 0.0,
                    schema=self.schema,
                    series=series,
                ),
            )
            for row, at in enumerate(places.tolist())
            if position[at] < needed - 1
        }
        last = _find_last(codes, needed - 1)
        self._kept = _Kept(
            table=table.take(pa.array(last)).combine_chunks(),
            position=position[last],
            beginning=beginning[last],
        )
        return Placed(table=table, position=position, places=places, problems=problems)


def _no_rows() -> Integers:
    return np.zeros(0, dtype=np.int64)


def _number_series(table: pa.Table, series: Series) -> Integers:
    """Return a number for each row, the same for rows of one series; a missing key is one, too."""
    codes = np.zeros(len(table), dtype=np.int64)
    for name in series.keys:
        column = table.column(name)
        if pa.types.is_floating(column.type):
            column = pc.add(column, 0.0)
        encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        own = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        _, codes = np.unique(codes * (len(encoded.dictionary) + 1) + own, return_inverse=True)
    return codes


def _read_times(table: pa.Table, series: Series) -> NDArray[np.float64]:
    """Return microseconds since 1970, as a request's rows hold them."""
    times = pc.cast(table.column(series.time), pa.int64())
    return np.asarray(times.to_numpy(), dtype=np.float64)


def _find_runs(
    codes: Integers, steps: NDArray[np.float64], order: Integers, kept: _Kept, series: Series
) -> tuple[Integers, Integers]:
    """Return each row's place in its run and how that run begins."""
    same = codes[1:] == codes[:-1]
    seconds = steps / _SECOND_MICROSECONDS
    near = (series.shortest_step_seconds <= seconds) & (seconds <= series.longest_step_seconds)
    follows = np.concatenate(([False], same & (steps > 0) & near))
    starts = np.flatnonzero(~follows)
    late = np.concatenate(([False], steps <= 0))[starts]
    first = np.concatenate(([True], ~same))[starts]
    offsets = np.zeros(len(starts), dtype=np.int64)
    kinds = np.where(first, _FIRST, np.where(late, _LATE, _GAP)).astype(np.int64)
    # The first row of a series that was kept goes on with the run that it was in.
    carried = np.flatnonzero(first & (order[starts] < len(kept.table)))
    rows = order[starts[carried]]
    offsets[carried], kinds[carried] = kept.position[rows], kept.beginning[rows]
    lengths = np.diff(np.append(starts, len(codes)))
    position = np.arange(len(codes)) + np.repeat(offsets - starts, lengths)
    return position, np.repeat(kinds, lengths)


def _find_last(codes: Integers, count: int) -> Integers:
    """Return where the last ``count`` rows of each series are."""
    ends = np.append(np.flatnonzero(codes[1:] != codes[:-1]) + 1, len(codes))
    lengths = np.diff(ends, prepend=0)
    return np.flatnonzero(np.repeat(ends, lengths) - np.arange(len(codes)) <= count)


def _explain(
    *, position: int, beginning: int, step: float, schema: RequestSchema, series: Series
) -> Reason:
    """Return why a row lacks the rows before it that a prediction needs.

    ``step`` are the microseconds since the row before, where its run begins within its series.
    """
    needed = schema.rows_needed
    if position == 0 and beginning == _LATE:
        return Reason(
            rule=f"{series.time}: not later than the row before", sentence=explain_late(series)
        )
    if position == 0 and beginning == _GAP:
        return Reason(
            rule=f"{series.time}: a gap in the series",
            sentence=explain_gap(series, step, needed),
        )
    sentence = (
        f"{_TOO_FEW}: {needed} rows of the series are needed, oldest first and without a gap, and "
        f"{position + 1} are here since {_BEGINNINGS[beginning]}"
    )
    return Reason(rule=_TOO_FEW, sentence=sentence)
