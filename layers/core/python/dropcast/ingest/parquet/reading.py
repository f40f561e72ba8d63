"""A Parquet file -> batches of rows with typed columns, some of a row group at a time."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from os import SEEK_END
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import BATCH_ROWS, CONTENT_BYTES, MIB
from dropcast.ingest.rows import (
    FileRows,
    Layout,
    ReadStats,
    RowBatch,
    give_made,
    lay_out,
    make_batch,
    make_long,
    read_names,
    refuse_columns,
)
from dropcast.ingest.sandbox import try_parquet
from dropcast.ingest.values import (
    INSTANT,
    Dialect,
    Integers,
    fill_texts,
    find_longest,
    is_plain,
    is_text,
    null_where,
    read_flags,
    write_texts,
)
from dropcast.recipe import Column, Table

SPOOLED_MIB = 256
ROW_GROUP_MIB = 512
# Bytes that the rows of a batch may be as texts; of rows with long ones there are fewer.
_BATCH_BYTES = 32 * MIB
# What a value counts for at least: of most types it is its size, and as a text it was about this.
_VALUE_BYTES = 8
# A footer of this size can ask for no more memory than there is; a larger one is read in the
# sandbox first.
_PLAIN_FOOTER_BYTES = MIB


def read_parquet(
    path: Path, *, recipe: Table, record_bytes: int, most_bytes: int = CONTENT_BYTES
) -> FileRows:
    """Return the rows of a Parquet file.

    Row numbers begin at 1. Times have microseconds (finer ones are cut); one with a zone is an
    instant, one without is local time of its column's zone; one outside the years 1 to 9999 is
    none.

    Raises ``FileRefusedError`` if the file is damaged, lacks a required column, or a column of
    the recipe has a type that is no plain value, a row group is too large, or its rows are more
    than ``most_bytes`` in memory.
    """
    if _read_footer_bytes(path) > _PLAIN_FOOTER_BYTES:
        try_parquet(path, leaves=[], batch_rows=BATCH_ROWS)
    with _refusing_damage():
        file = parquet.ParquetFile(path)
        _refuse_large_groups(file)
        schema = file.schema_arrow
        refuse_columns(len(schema))
        layout = lay_out(read_names(schema.names, recipe, cut="in the Parquet schema"), recipe)
        used = [*layout.positions.values(), *layout.value_names]
        _refuse_types([schema.field(at) for at in used])
        for name, at in layout.positions.items():
            kind = schema.field(at).type
            if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
                recipe = _read_times(recipe, name, is_instant=getattr(kind, "tz", None) is not None)
    try_parquet(path, leaves=_find_leaves(schema, used), batch_rows=BATCH_ROWS)
    return FileRows(
        recipe=recipe,
        width=len(layout.list_columns()),
        batches=give_made(_read_batches(file, layout, recipe, record_bytes, most_bytes)),
        format="parquet",
        stats=ReadStats(
            ignored_columns=layout.ignored_columns, absent_columns=layout.absent_columns
        ),
    )


def _list_used(layout: Layout) -> list[int]:
    """Return the columns of the file that are read, in their order."""
    return sorted({*layout.positions.values(), *layout.value_names})


def _read_times(recipe: Table, name: str, *, is_instant: bool) -> Table:
    """Return a recipe that reads the times of a timestamp column as they are written."""

    def change(column: Column) -> Column:
        if column.kind != "timestamp" or column.name != name:
            return column
        timezone = "UTC" if is_instant else column.timezone
        return replace(column, formats=(INSTANT,), timezone=timezone)

    return replace(recipe, columns=tuple(change(column) for column in recipe.columns))


def _read_footer_bytes(path: Path) -> int:
    """Return the size of the footer that the file declares at its end."""
    with path.open("rb") as stream:
        size = stream.seek(0, SEEK_END)
        stream.seek(max(0, size - 8))
        return int.from_bytes(stream.read(4), "little")


@contextmanager
def _refusing_damage() -> Generator[None, None, None]:
    """Refuse what Arrow objects to, and a name or a zone in the schema that is not UTF-8."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _refuse_damaged(error) from error


def _refuse_damaged(error: Exception) -> FileRefusedError:
    return FileRefusedError(
        "The file is Parquet and damaged; nothing of it was taken.\n"
        "  Looked for: a whole Parquet file\n"
        f"  Found:      {error}\n"
        "  Remedy:     write or copy the file again and drop it again"
    )


def _refuse_large_groups(file: parquet.ParquetFile) -> None:
    sizes = [file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups)]
    if sizes and max(sizes) > ROW_GROUP_MIB * MIB:
        raise FileRefusedError(
            "The file is Parquet with a row group that is too large.\n"
            f"  Looked for: row groups of at most {ROW_GROUP_MIB} MiB, uncompressed\n"
            f"  Found:      one of {max(sizes) / MIB:,.0f} MiB\n"
            "  Remedy:     write the file again with smaller row groups"
        )


def _refuse_large_rows(rows: int, most_bytes: int) -> FileRefusedError:
    return FileRefusedError(
        "The file is Parquet and far larger than its size; nothing of it was taken.\n"
        f"  Looked for: rows of at most {most_bytes // MIB:,} MiB in memory\n"
        f"  Found:      more in its first {rows:,} rows\n"
        "  Remedy:     drop it in several files"
    )


def _refuse_types(fields: list[pa.Field]) -> None:
    bad = [f"{field.name}: {field.type}" for field in fields if not is_plain(field.type)]
    if bad:
        raise FileRefusedError(
            "The file has columns that are no plain values.\n"
            "  Looked for: numbers, booleans, texts, dates, timestamps, or dictionaries of them\n"
            f"  Found:      {'; '.join(bad)}\n"
            "  Remedy:     write those columns as plain values, one column each"
        )


def _read_batches(
    file: parquet.ParquetFile,
    layout: Layout,
    recipe: Table,
    record_bytes: int,
    most_bytes: int,
) -> Generator[RowBatch, None, None]:
    dialect = Dialect(source=recipe.source)
    used = _list_used(layout)
    row, size_bytes = 1, 0
    with _refusing_damage():
        for group in range(file.num_row_groups):
            for columns in _read_columns(file, group, used):
                rows = len(columns[0])
                fields = {
                    at: _make_plain(column, dialect)
                    for at, column in zip(used, columns, strict=True)
                }
                # A value that is no text is a field of a row all the same.
                size_bytes += sum(max(c.nbytes, _VALUE_BYTES * rows) for c in fields.values())
                if size_bytes > most_bytes:
                    raise _refuse_large_rows(row + rows - 1, most_bytes)
                lines = np.arange(row, row + rows)
                yield _make_batch(fields, lines, layout, recipe, record_bytes)
                row += rows


def _make_plain(values: pa.Array, dialect: Dialect) -> pa.Array:
    """Return a column as it is, or as texts where it is one of texts or cannot be checked so."""
    kind = values.type
    if pa.types.is_dictionary(kind) or is_text(kind) or dialect.misses_values:
        return fill_texts(write_texts(values, dialect))
    return values


def _make_batch(
    fields: Mapping[int, pa.Array],
    lines: Integers,
    layout: Layout,
    recipe: Table,
    record_bytes: int,
) -> RowBatch:
    dialect = Dialect(source=recipe.source)
    names = {at: name for name, at in layout.positions.items()} if layout.wide is None else {}
    batch = make_batch(
        {names.get(at, str(at)): column for at, column in fields.items()},
        lines,
        dialect=dialect,
        next_line=int(lines[-1]) + 1,
        record_bytes=record_bytes,
    )
    if layout.wide is not None:
        texts = (fill_texts(write_texts(c, dialect)) for c in batch.columns.values())
        return make_long(
            dict(zip(fields, texts, strict=True)),
            batch.lines,
            layout=layout,
            wide=layout.wide,
            recipe=recipe,
            next_line=batch.next_line,
            record_bytes=record_bytes,
            set_aside=batch.set_aside,
        )
    # The records show what stands in the file; "nan" is a word for a missing value as others are.
    if "nan" not in dialect.missing:
        return batch
    return replace(batch, columns={n: _drop_nan(c) for n, c in batch.columns.items()})


def _drop_nan(values: pa.Array) -> pa.Array:
    if not pa.types.is_floating(values.type):
        return values
    return null_where(values, read_flags(pc.is_nan(values)))


def _read_columns(
    file: parquet.ParquetFile, group: int, used: list[int]
) -> Generator[list[pa.Array], None, None]:
    """Yield the used columns of a row group, a batch of rows at a time: fewer of long texts."""
    # By index, for two columns may have one name.
    leaves = _find_leaves(file.schema_arrow, used)
    batches = file.reader.iter_batches(
        BATCH_ROWS, row_groups=[group], column_indices=leaves, use_threads=False
    )
    for batch in batches:
        longest = sum(find_longest(column) for column in batch.columns)
        rows = max(1, min(BATCH_ROWS, _BATCH_BYTES // max(1, longest)))
        for first in range(0, len(batch), rows):
            yield batch.slice(first, rows).columns


def _find_leaves(schema: pa.Schema, used: list[int]) -> list[int]:
    """Return which of the file's columns these fields are: a nested field has several."""
    leaves = []
    position = 0
    for at, field in enumerate(schema):
        if at in used:
            leaves.append(position)
        position += _count_leaves(field.type)
    return leaves


def _count_leaves(kind: pa.DataType) -> int:
    children = [kind.field(i).type for i in range(kind.num_fields)]
    return sum(_count_leaves(child) for child in children) if children else 1
