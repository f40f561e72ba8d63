"""Delimited text -> the rows of a file: its header, then its blocks as they are parsed."""

from collections.abc import Iterator
from functools import partial

from dropcast.ingest.delimited.blocks import split_blocks
from dropcast.ingest.delimited.header import read_field_names, read_header
from dropcast.ingest.delimited.parsing import BlockParser
from dropcast.ingest.rows import FileRows, ReadStats
from dropcast.recipe import Table


def read_delimited(
    chunks: Iterator[bytes], *, recipe: Table, block_bytes: int, record_bytes: int
) -> FileRows:
    """Return the rows of a file of delimited text, in UTF-8 without its mark.

    Raises ``FileRefusedError`` if its header is not one of this dataset.
    """
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
    return FileRows(
        recipe=recipe,
        width=layout.width if layout.wide is None else len(layout.list_columns()),
        batches=(partial(parser.parse, block) for block in blocks),
        format="csv",
        stats=ReadStats(
            ignored_columns=layout.ignored_columns, absent_columns=layout.absent_columns
        ),
        lines_before=header.first_line - 1,
        delimiter=header.delimiter,
    )


def read_delimited_names(
    chunks: Iterator[bytes], *, recipe: Table, record_bytes: int
) -> tuple[tuple[str, ...], bytes]:
    """Return the names of a file's header as they stand there, and the delimiter between them.

    Raises ``FileRefusedError`` if there is no header, or it has too many names.
    """
    head, final = _read_head(chunks, record_bytes)
    return read_field_names(head, recipe, record_bytes=record_bytes, final=final)


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
