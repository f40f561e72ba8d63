"""Four ways from a CSV file of trips to a Parquet file, all of one layout.

``ours`` is what the ingest function does with a file, from its hash to the clean part. The peers
only parse and write: Arrow batch by batch, Arrow's dataset writer, and pandas chunk by chunk. They
write with the options of :func:`list_writer_options`, which are those of Dropcast's clean part for
any columns; :func:`describe_layout` reads from a file which layout it has.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import dataset, parquet

from bench.ingest.csv_files import TRIPS
from dropcast.ingest import (
    LINE_NUMBER,
    ROW_GROUP_ROWS,
    fingerprint_file,
    make_schema,
    read_file,
)

OURS = "dropcast ingest"
ARROW = "pyarrow, streaming"
ARROW_DATASET = "pyarrow, dataset writer"
PANDAS = "pandas, by chunks"
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_FILES = {
    OURS: "clean.parquet",
    ARROW: "arrow.parquet",
    ARROW_DATASET: "dataset/part-0.parquet",
    PANDAS: "pandas.parquet",
}


def make_peer_schema() -> pa.Schema:
    """Return the clean part's columns without the line number, and times without their zone.

    Arrow reads a time that names no zone only so.
    """
    fields = [field for field in make_schema(TRIPS) if field.name != LINE_NUMBER]
    return pa.schema([(f.name, _drop_zone(f.type)) for f in fields])


def _drop_zone(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind


def list_writer_options(schema: pa.Schema) -> dict[str, Any]:
    """Return the options of Parquet's writer that every reader here writes these columns with."""
    whole = [f.name for f in schema if pa.types.is_int64(f.type) or pa.types.is_timestamp(f.type)]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [f.name for f in schema if pa.types.is_string(f.type)],
        "column_encoding": dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
    }


def find_written(reader: str, folder: Path) -> Path:
    """Return the Parquet file that a reader writes in ``folder``."""
    return folder / _FILES[reader]


def describe_layout(path: Path) -> dict[str, object]:
    """Return the compression and encodings of a Parquet file's columns, and its row groups' rows.

    The line number, which only our file has, is left out.
    """
    metadata = parquet.ParquetFile(path).metadata
    found: dict[str, object] = {
        "rows of row groups": [
            metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)
        ]
    }
    for index in range(metadata.num_columns):
        column = metadata.row_group(0).column(index)
        if column.path_in_schema != LINE_NUMBER:
            found[column.path_in_schema] = (column.compression, sorted(column.encodings))
    return found


def read_ours(source: Path, folder: Path) -> int:
    """Read a file as the ingest function does; return the rows of its clean part."""
    fingerprint = fingerprint_file(lambda: source.open("rb"))
    read = read_file(
        lambda: source.open("rb"),
        fingerprint=fingerprint,
        recipe=TRIPS,
        clean_path=find_written(OURS, folder),
        quarantine_path=folder / "quarantine.csv",
    )
    return read.rows_accepted


def read_by_arrow(source: Path, folder: Path) -> int:
    """Read a file by Arrow alone, batch by batch; return the rows of its Parquet file."""
    with open_batches(source) as batches:
        return write_groups(
            (pa.Table.from_batches([batch]) for batch in batches), find_written(ARROW, folder)
        )


def open_batches(source: Path, *, newlines_in_values: bool = True) -> Any:
    """Return Arrow's streaming reader of a file of trips."""
    return arrow_csv.open_csv(
        source,
        parse_options=_make_parse_options(newlines_in_values=newlines_in_values),
        convert_options=_make_convert_options(),
    )


def write_groups(tables: Iterator[pa.Table], path: Path) -> int:
    """Write tables in row groups of the clean part's size; return their rows."""
    schema = make_peer_schema()
    held: list[pa.Table] = []
    rows = written = 0
    with parquet.ParquetWriter(path, schema, **list_writer_options(schema)) as writer:
        for table in tables:
            held.append(table)
            rows += len(table)
            while rows - written >= ROW_GROUP_ROWS:
                whole = pa.concat_tables(held)
                _write_group(writer, whole.slice(0, ROW_GROUP_ROWS))
                held = [whole.slice(ROW_GROUP_ROWS)]
                written += ROW_GROUP_ROWS
        if rows > written:
            _write_group(writer, pa.concat_tables(held))
    return rows


def _write_group(writer: parquet.ParquetWriter, group: pa.Table) -> None:
    writer.write_table(group.combine_chunks(), row_group_size=ROW_GROUP_ROWS)


def read_by_arrow_dataset(source: Path, folder: Path) -> int:
    """Read a file by Arrow's dataset writer; return the rows of its Parquet file.

    It parses and encodes side by side, and keeps the rows in the file's order.
    """
    schema = make_peer_schema()
    form = dataset.CsvFileFormat(
        parse_options=_make_parse_options(), convert_options=_make_convert_options()
    )
    target = find_written(ARROW_DATASET, folder)
    dataset.write_dataset(
        dataset.dataset(str(source), format=form, schema=schema),
        target.parent,
        format="parquet",
        basename_template=target.name.replace("0", "{i}"),
        file_options=dataset.ParquetFileFormat().make_write_options(**list_writer_options(schema)),
        min_rows_per_group=ROW_GROUP_ROWS,
        max_rows_per_group=ROW_GROUP_ROWS,
        existing_data_behavior="delete_matching",
        preserve_order=True,
    )
    return int(parquet.ParquetFile(target).metadata.num_rows)


def _make_parse_options(*, newlines_in_values: bool = True) -> Any:
    # As ours must: a quoted line break belongs to its field, in whatever file is dropped.
    return arrow_csv.ParseOptions(newlines_in_values=newlines_in_values)


def _make_convert_options() -> Any:
    return arrow_csv.ConvertOptions(
        column_types=make_peer_schema(), null_values=[""], strings_can_be_null=True
    )


def read_by_pandas(source: Path, folder: Path) -> int:
    """Read a file by pandas and write it as Parquet, chunk by chunk; return its rows."""
    with pd.read_csv(
        source,
        chunksize=ROW_GROUP_ROWS,
        parse_dates=[c.name for c in TRIPS.columns if c.kind == "timestamp"],
        date_format=_TIME_FORMAT,
        na_values=[""],
        keep_default_na=False,
    ) as chunks:
        return write_groups(_list_tables(chunks), find_written(PANDAS, folder))


def _list_tables(chunks: Iterator[pd.DataFrame]) -> Iterator[pa.Table]:
    schema = make_peer_schema()
    for chunk in chunks:
        yield pa.Table.from_pandas(chunk, schema=schema, preserve_index=False, safe=False)


READERS: dict[str, Callable[[Path, Path], int]] = {
    OURS: read_ours,
    ARROW: read_by_arrow,
    ARROW_DATASET: read_by_arrow_dataset,
    PANDAS: read_by_pandas,
}
