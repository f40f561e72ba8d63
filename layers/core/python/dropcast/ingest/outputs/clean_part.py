"""Accepted rows -> a Parquet file of one shape: the same rows make the same bytes."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from pyarrow import parquet

from dropcast.ingest.limits import MIB

ROW_GROUP_ROWS = 65_536
_WHOLE = (pa.int64().id, pa.timestamp("us").id)
# Rows so wide that a row group of them would not fit into memory are written before it is full.
_MOST_HELD_BYTES = 64 * MIB


class CleanPartWriter:
    """Collects tables and writes them in row groups of a fixed number of rows.

    A row group is encoded by a thread of its own while the next block is read; one at a time, so
    their order and the memory they take are fixed.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        texts = [f.name for f in schema if pa.types.is_string(f.type)]
        counts = [f.name for f in schema if f.type.id in _WHOLE]
        self._writer = parquet.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=texts,
            # Whole numbers that grow or stay small take a fraction of their bytes as differences.
            column_encoding=dict.fromkeys(counts, "DELTA_BINARY_PACKED"),
        )
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._written: Future[None] | None = None
        self._held: list[pa.Table] = []
        self._held_rows = 0
        self._held_bytes = 0
        self.rows = 0

    def __enter__(self) -> "CleanPartWriter":
        """Begin to write."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what is held, unless an error ended it, and close."""
        try:
            if error is None and self._held_rows:
                self._write(self._held_rows)
        finally:
            self._thread.shutdown()
            self._writer.close()
        if error is None and self._written is not None:
            self._written.result()

    def add(self, table: pa.Table) -> None:
        """Take rows; they are written once a row group is full."""
        self._held.append(table)
        self._held_rows += len(table)
        self._held_bytes += table.nbytes
        self.rows += len(table)
        while self._held_rows >= ROW_GROUP_ROWS:
            self._write(ROW_GROUP_ROWS)
        if self._held_bytes > _MOST_HELD_BYTES:
            self._write(self._held_rows)

    def _write(self, rows: int) -> None:
        if self._written is not None:
            self._written.result()
        whole = pa.concat_tables(self._held)
        self._held = [whole.slice(rows)] if rows < len(whole) else []
        self._held_rows = len(whole) - rows
        self._held_bytes = sum(table.nbytes for table in self._held)
        # In one piece: where chunks lie would show in the file's pages.
        group = whole.slice(0, rows).combine_chunks()
        self._written = self._thread.submit(self._writer.write_table, group, row_group_size=rows)
