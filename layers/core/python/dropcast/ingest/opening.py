"""A dropped file of any format -> its rows as one kind of thing: batches of columns."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dropcast.ingest import parquet, workbook
from dropcast.ingest.delimited import BlockParser, read_header, split_blocks
from dropcast.ingest.json_lines import read_json_lines
from dropcast.ingest.rows import Layout, ReadStats, RowBatch, list_long_columns
from dropcast.ingest.source import (
    Fingerprint,
    Format,
    choose_encoding,
    find_format,
    read_text,
    spool_content,
)
from dropcast.recipe import Table

_NO_ENCODING = "binary"
MakeBatch = Callable[[], RowBatch]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a file.

    ``recipe`` is the one that its values are read by: the dataset's, with another format for times
    that are times in the file. Each of ``batches`` is a call that makes it, for that may be work to
    do side by side. ``width`` is how many columns a row has, ``lines_before`` how many lines stand
    above the rows. ``delimiter`` is empty where the file has none. ``stats`` is whole once the
    batches are read.
    """

    recipe: Table
    width: int
    batches: Iterator[MakeBatch]
    format: Format
    stats: ReadStats
    lines_before: int = 0
    encoding: str = _NO_ENCODING
    delimiter: bytes = b""


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
    if form in ("csv", "json_lines"):
        encoding = choose_encoding(fingerprint, recipe.source.fallback_encoding)
        text = read_text(open_raw, fingerprint=fingerprint, encoding=encoding)
        read_rows = _read_delimited if form == "csv" else _read_objects
        with closing(text) as chunks:
            rows = read_rows(chunks, recipe, block_bytes, record_bytes)
            yield replace(rows, encoding=encoding)
        return
    spooled = _SPOOLED[form]
    with spool_content(
        open_raw,
        fingerprint=fingerprint,
        path=spool_path,
        most_mib=spooled.most_mib,
        what=spooled.what,
    ) as path:
        yield spooled.read(path, form, recipe, record_bytes)


def _read_delimited(
    chunks: Iterator[bytes], recipe: Table, block_bytes: int, record_bytes: int
) -> Rows:
    head, final = _read_head(chunks, record_bytes)
    header = read_header(head, recipe, record_bytes=record_bytes, final=final)
    blocks = split_blocks(
        _chain(head[header.consumed :], chunks),
        delimiter=header.delimiter,
        first_line=header.first_line,
        block_bytes=block_bytes,
        record_bytes=record_bytes,
    )
    parser = BlockParser(recipe=recipe, header=header, record_bytes=record_bytes)
    layout = header.layout
    return Rows(
        recipe=recipe,
        width=_count_columns(layout, layout.width),
        batches=(partial(parser.parse, block) for block in blocks),
        format="csv",
        stats=_start_stats(layout),
        lines_before=header.first_line - 1,
        delimiter=header.delimiter,
    )


def _read_objects(
    chunks: Iterator[bytes], recipe: Table, block_bytes: int, record_bytes: int
) -> Rows:
    stats = ReadStats()
    batches = read_json_lines(
        chunks, recipe=recipe, block_bytes=block_bytes, record_bytes=record_bytes, stats=stats
    )
    return Rows(
        recipe=recipe,
        width=len(recipe.columns),
        batches=_give(batches),
        format="json_lines",
        stats=stats,
    )


def _read_parquet(path: Path, form: Format, recipe: Table, record_bytes: int) -> Rows:
    read_by, layout, batches = parquet.read_parquet(path, recipe=recipe, record_bytes=record_bytes)
    used = {*layout.positions.values(), *layout.value_names}
    return Rows(
        recipe=read_by,
        width=_count_columns(layout, len(used)),
        batches=_give(batches),
        format=form,
        stats=_start_stats(layout),
    )


def _read_workbook(path: Path, form: Format, recipe: Table, record_bytes: int) -> Rows:
    stats = ReadStats()
    batches = workbook.read_workbook(
        path, form, recipe=recipe, record_bytes=record_bytes, stats=stats
    )
    return Rows(
        recipe=recipe,
        width=len(recipe.columns),
        batches=_give(batches),
        format=form,
        stats=stats,
    )


def _count_columns(layout: Layout, width: int) -> int:
    """Return how many columns a row has: of a wide table a long one."""
    return width if layout.wide is None else len(list_long_columns(layout, layout.wide))


def _start_stats(layout: Layout) -> ReadStats:
    return ReadStats(ignored_columns=layout.ignored_columns, absent_columns=layout.absent_columns)


def _give(batches: Iterator[RowBatch]) -> Iterator[MakeBatch]:
    """Return the batches that are made where they are read."""

    def give(batch: RowBatch) -> RowBatch:
        return batch

    return (partial(give, batch) for batch in batches)


@dataclass(frozen=True, kw_only=True)
class _Spooled:
    """A format that is read from a file: what it is called, the most MiB of it, its reader."""

    what: str
    most_mib: int
    read: Callable[[Path, Format, Table, int], Rows]


_WORKBOOK = _Spooled(what="a workbook", most_mib=workbook.SPOOLED_MIB, read=_read_workbook)
_SPOOLED: Mapping[Format, _Spooled] = {
    "parquet": _Spooled(what="a Parquet file", most_mib=parquet.SPOOLED_MIB, read=_read_parquet),
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
