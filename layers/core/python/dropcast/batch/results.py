"""Predictions -> the tables that people fetch: Parquet, and CSV that no spreadsheet runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from dropcast.features.columns import Floats
from dropcast.ingest import ARROW_TYPES, CleanPartWriter, defuse
from dropcast.scoring.program import ProgramHead

LINE_NUMBER, PLACE, PREDICTION, LABEL = "line_number", "place", "prediction", "label"
_WHOLE_SECOND = ".000000Z"


@dataclass(frozen=True, kw_only=True)
class ResultLayout:
    """The columns of the predictions.

    ``inputs`` has the result's name of each of the program's columns; ``placed`` says whether rows
    have a place beside their line (in a workbook).
    """

    schema: pa.Schema
    inputs: Mapping[str, str]
    labels: tuple[str, ...]
    placed: bool


def lay_out_results(
    program: ProgramHead, *, placed: bool, metadata: Mapping[str, str]
) -> ResultLayout:
    """Return the line number, the program's columns as they were checked, and the prediction.

    A column that has a name of the prediction's is called ``input_<name>``.
    """
    front = [(LINE_NUMBER, pa.int64()), *([(PLACE, pa.string())] if placed else [])]
    if program.labels:
        predicted = [(PREDICTION, pa.int64()), (LABEL, pa.string())]
        predicted += [(f"probability_{label}", pa.float64()) for label in program.labels]
    else:
        predicted = [(PREDICTION, pa.float64())]
    taken = {name for name, _ in (*front, *predicted)}
    inputs: dict[str, str] = {}
    for column in program.columns:
        name = column.name
        while name in taken:
            name = f"input_{name}"
        taken.add(name)
        inputs[column.name] = name
    given = [(inputs[c.name], ARROW_TYPES[c.kind]) for c in program.columns]
    units = {inputs[c.name]: c.unit for c in program.columns} | {PREDICTION: program.unit}
    fields = [
        _make_field(name, kind, units.get(name)) for name, kind in (*front, *given, *predicted)
    ]
    return ResultLayout(
        schema=pa.schema(fields, metadata=dict(metadata)),
        inputs=inputs,
        labels=program.labels,
        placed=placed,
    )


def _make_field(name: str, kind: pa.DataType, unit: str | None) -> pa.Field:
    return pa.field(name, kind, metadata={"unit": unit} if unit else None)


def make_results(
    layout: ResultLayout, rows: pa.Table, predictions: Floats, places: list[str] | None
) -> pa.Table:
    """Return the result of some rows.

    ``rows`` are the checked ones with their line number, ``predictions`` theirs, shape
    (rows, labels) or (rows, 1).
    """
    columns = [rows.column(rows.num_columns - 1)]
    if layout.placed:
        columns.append(pa.array(places, pa.string()))
    columns += [rows.column(name) for name in layout.inputs]
    if layout.labels:
        # Of equal ones the first, as in the API.
        best = np.argmax(predictions, axis=1) if len(predictions) else np.zeros(0, np.int64)
        columns += [pa.array(best, pa.int64()), pa.array(layout.labels).take(pa.array(best))]
    columns += [pa.array(np.ascontiguousarray(column)) for column in predictions.T]
    return pa.Table.from_arrays(columns, schema=layout.schema)


class ResultWriter:
    """Writes the same rows to a Parquet and to a CSV file; the same rows make the same bytes."""

    def __init__(self, layout: ResultLayout, *, parquet_path: Path, csv_path: Path) -> None:
        self._layout = layout
        self._parquet = CleanPartWriter(parquet_path, layout.schema)
        names = [defuse(name) for name in layout.schema.names]
        kinds = [pa.string() if _is_written_as_text(f.type) else f.type for f in layout.schema]
        self._csv_schema = pa.schema(list(zip(names, kinds, strict=True)))
        self._csv = csv.CSVWriter(csv_path, self._csv_schema)
        self.rows = 0

    def __enter__(self) -> "ResultWriter":
        """Begin to write."""
        self._parquet.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what is held, unless an error ended it, and close."""
        try:
            self._parquet.__exit__(kind, error, traceback)
        finally:
            self._csv.close()

    def add(self, rows: pa.Table, predictions: Floats, places: list[str] | None) -> None:
        """Take rows as for :func:`make_results`, and write them."""
        if not len(rows):
            return
        table = make_results(self._layout, rows, predictions, places)
        self._parquet.add(table)
        written = [_write_column(column.combine_chunks()) for column in table.columns]
        self._csv.write_table(pa.Table.from_arrays(written, schema=self._csv_schema))
        self.rows += len(table)


def _is_written_as_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind))


def _write_column(column: pa.Array) -> pa.Array:
    """Return a column as the CSV file has it.

    Arrow writes numbers by the fewest digits that give their bits again.
    """
    if pa.types.is_string(column.type):
        encoded = column.dictionary_encode()
        words = pa.array([defuse(word) for word in encoded.dictionary.to_pylist()], pa.string())
        return words.take(encoded.indices)
    if not _is_written_as_text(column.type):
        return column
    encoded = pc.cast(column, pa.int64()).dictionary_encode()
    micros = encoded.dictionary.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    words = np.datetime_as_string(micros, unit="us", timezone="UTC").tolist()
    shown = [w.removesuffix(_WHOLE_SECOND) + "Z" if w.endswith(_WHOLE_SECOND) else w for w in words]
    return pa.array(shown, pa.string()).take(encoded.indices)
