"""A dropped file of any format -> its rows as one kind of thing: batches of columns."""

from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from dropcast.ingest import parquet, workbook
from dropcast.ingest.delimited import read_delimited
from dropcast.ingest.json_lines import read_json_lines
from dropcast.ingest.rows import FileRows
from dropcast.ingest.source import (
    Fingerprint,
    choose_encoding,
    find_format,
    read_text,
    spool_content,
)
from dropcast.recipe import Table


@contextmanager
def open_rows(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    recipe: Table,
    spool_path: Path,
    block_bytes: int,
    record_bytes: int,
) -> Generator[FileRows, None, None]:
    """Give the rows of a file; a format that is no text is put at ``spool_path`` meanwhile.

    Raises ``FileRefusedError`` if the file cannot be understood as this dataset.
    """
    form = find_format(fingerprint)
    if form in ("csv", "json_lines"):
        encoding = choose_encoding(fingerprint, recipe.source.fallback_encoding)
        text = read_text(open_raw, fingerprint=fingerprint, encoding=encoding)
        read = read_delimited if form == "csv" else read_json_lines
        with closing(text) as chunks:
            rows = read(chunks, recipe=recipe, block_bytes=block_bytes, record_bytes=record_bytes)
            yield replace(rows, encoding=encoding)
        return
    is_parquet = form == "parquet"
    with spool_content(
        open_raw,
        fingerprint=fingerprint,
        path=spool_path,
        most_mib=parquet.SPOOLED_MIB if is_parquet else workbook.SPOOLED_MIB,
        what="a Parquet file" if is_parquet else "a workbook",
    ) as path:
        if is_parquet:
            yield parquet.read_parquet(path, recipe=recipe, record_bytes=record_bytes)
        else:
            yield workbook.read_workbook(path, form, recipe=recipe, record_bytes=record_bytes)
