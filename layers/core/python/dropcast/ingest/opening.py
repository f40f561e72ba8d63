"""A dropped file of any format -> its rows as one kind of thing: a layout and blocks of records."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dropcast.ingest.delimited.blocks import Block, split_blocks
from dropcast.ingest.delimited.header import Layout, read_header
from dropcast.ingest.formats import Format, find_format
from dropcast.ingest.json_lines import read_json_lines
from dropcast.ingest.parquet import rows as parquet_rows
from dropcast.ingest.parquet.rows import read_parquet
from dropcast.ingest.rows.long_tables import make_long
from dropcast.ingest.rows.typed_rows import ReadStats
from dropcast.ingest.source.content import choose_encoding, read_text
from dropcast.ingest.source.fingerprint import Fingerprint
from dropcast.ingest.source.spooling import spool_content
from dropcast.ingest.workbook import sheets as workbooks
from dropcast.ingest.workbook.rows import read_workbook
from dropcast.recipe import Table

_NO_ENCODING = "binary"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a file. ``recipe`` is the one that its values are read by: the dataset's, with
    a format more for times that are times in the file. ``stats`` is whole once ``blocks``
    are read; ``delimiter`` is empty where the file has none."""

    recipe: Table
    layout: Layout
    blocks: Iterator[Block]
    format: Format
    encoding: str
    delimiter: bytes
    stats: ReadStats


@contextmanager
def open_rows(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    recipe: Table,
    spool_path: Path,
    block_bytes: int,
    record_bytes: int,
) -> Generator[Rows, None, None]:
    """Give the rows of a file; a format that is no text is put at ``spool_path`` meanwhile.

    Raises ``FileRefusedError`` if the file cannot be understood as this dataset.
    """
    form = find_format(fingerprint)
    stats = ReadStats()
    if form in ("csv", "json_lines"):
        encoding = choose_encoding(fingerprint, recipe.source.fallback_encoding)
        text = read_text(open_raw, fingerprint=fingerprint, encoding=encoding)
        read = _read_delimited if form == "csv" else _read_objects
        with closing(text) as chunks:
            layout, blocks = read(chunks, recipe, block_bytes, record_bytes, stats)
            delimiter = layout.delimiter if form == "csv" else b""
            layout, blocks = make_long(layout, blocks, recipe, record_bytes, stats)
            yield Rows(
                recipe=recipe,
                layout=layout,
                blocks=blocks,
                format=form,
                encoding=encoding,
                delimiter=delimiter,
                stats=stats,
            )
        return
    spooled = _SPOOLED[form]
    with spool_content(
        open_raw,
        fingerprint=fingerprint,
        path=spool_path,
        most_mib=spooled.most_mib,
        what=spooled.what,
    ) as path:
        read_by, layout, blocks = spooled.read(path, form, recipe, record_bytes, stats)
        yield Rows(
            recipe=read_by,
            layout=layout,
            blocks=blocks,
            format=form,
            encoding=_NO_ENCODING,
            delimiter=b"",
            stats=stats,
        )


def _read_delimited(
    chunks: Iterator[bytes], recipe: Table, block_bytes: int, record_bytes: int, stats: ReadStats
) -> tuple[Layout, Iterator[Block]]:
    head, final = _read_head(chunks, record_bytes)
    layout = read_header(head, recipe, record_bytes=record_bytes, final=final)
    stats.ignored_columns = layout.ignored_columns
    stats.absent_columns = layout.absent_columns
    return layout, split_blocks(
        _chain(head[layout.consumed :], chunks),
        delimiter=layout.delimiter,
        first_line=layout.first_line,
        block_bytes=block_bytes,
        record_bytes=record_bytes,
    )


def _read_objects(
    chunks: Iterator[bytes], recipe: Table, block_bytes: int, record_bytes: int, stats: ReadStats
) -> tuple[Layout, Iterator[Block]]:
    return read_json_lines(
        chunks, recipe=recipe, block_bytes=block_bytes, record_bytes=record_bytes, stats=stats
    )


def _read_parquet(
    path: Path, _form: Format, recipe: Table, record_bytes: int, stats: ReadStats
) -> tuple[Table, Layout, Iterator[Block]]:
    read_by, layout, blocks = read_parquet(path, recipe=recipe, record_bytes=record_bytes)
    stats.ignored_columns = layout.ignored_columns
    stats.absent_columns = layout.absent_columns
    return read_by, *make_long(layout, blocks, read_by, record_bytes, stats)


def _read_workbook(
    path: Path, form: Format, recipe: Table, record_bytes: int, stats: ReadStats
) -> tuple[Table, Layout, Iterator[Block]]:
    return read_workbook(path, form, recipe=recipe, record_bytes=record_bytes, stats=stats)


@dataclass(frozen=True, kw_only=True)
class _Spooled:
    """A format that is read from a file: what it is called, the most MiB of it, its reader."""

    what: str
    most_mib: int
    read: Callable[[Path, Format, Table, int, ReadStats], tuple[Table, Layout, Iterator[Block]]]


_WORKBOOK = _Spooled(what="a workbook", most_mib=workbooks.SPOOLED_MIB, read=_read_workbook)
_SPOOLED: Mapping[Format, _Spooled] = {
    "parquet": _Spooled(
        what="a Parquet file", most_mib=parquet_rows.SPOOLED_MIB, read=_read_parquet
    ),
    "xls": _WORKBOOK,
    "xlsx": _WORKBOOK,
}


def _read_head(chunks: Iterator[bytes], record_bytes: int) -> tuple[bytes, bool]:
    """Return enough text for the longest header, and whether it is the whole file."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > record_bytes:
            return head, False
    return head, True


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
