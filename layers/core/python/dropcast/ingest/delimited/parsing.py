"""A block of delimited records -> Arrow columns, by Arrow's own reader."""

from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv

from dropcast.ingest.delimited.blocks import Block


def parse_block(
    block: Block,
    types: Mapping[int, pa.DataType],
    *,
    delimiter: bytes,
    width: int,
    missing: Collection[str],
) -> tuple[dict[int, pa.Array], dict[int, int]]:
    """Return the columns of these field indexes and types, without the records of another
    ``width``; and those: record index -> number of fields.

    Raises ``ArrowInvalid`` if a text is not of its column's type.
    """
    skipped: list[tuple[int | None, int]] = []

    def skip(row: Any) -> str:
        skipped.append((row.number, row.actual_columns))
        return "skip"

    # One thread, one piece: blocks are read side by side, and only a reader of one thread knows
    # which records it skipped.
    table = arrow_csv.read_csv(
        pa.BufferReader(block.data),
        read_options=arrow_csv.ReadOptions(
            column_names=[str(i) for i in range(width)],
            use_threads=False,
            block_size=len(block.data) + 1,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter.decode(),
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
    columns = {at: flatten(table.column(str(at))) for at in types}
    widths = {number - 1: found for number, found in skipped if number is not None}
    return columns, widths


def flatten(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks or [pa.nulls(0, column.type)])
