"""The second pass over a dropped file: checked rows to Parquet, all others to the quarantine."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.blocks import split_blocks
from dropcast.ingest.clean_part import CleanPartWriter
from dropcast.ingest.content import choose_encoding, read_text
from dropcast.ingest.fingerprint import Compression, Fingerprint
from dropcast.ingest.header import DELIMITER_NAMES, Layout, read_header
from dropcast.ingest.quarantine import Quarantine
from dropcast.ingest.records import MIB
from dropcast.ingest.tables import TableReader, make_schema
from dropcast.recipe import Recipe

BLOCK_BYTES = 8 * MIB
RECORD_BYTES = MIB
_SHOWN_REASONS = 20


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """What became of a file. Its records are ``rows_accepted + rows_quarantined``; blank lines
    and the header are no records, but ``lines_read`` counts them. ``reason_counts`` has the rows
    each rule was broken in, the most common first; a row may be counted under several."""

    rows_accepted: int
    rows_quarantined: int
    lines_read: int
    encoding: str
    compression: Compression | None
    delimiter: str
    ignored_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    reason_counts: dict[str, int]


def read_file(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    recipe: Recipe,
    clean_path: Path,
    quarantine_path: Path,
    block_bytes: int = BLOCK_BYTES,
    record_bytes: int = RECORD_BYTES,
) -> FileRead:
    """Write the accepted rows to ``clean_path`` and, if there are any, the others to
    ``quarantine_path``; hold a few blocks of ``block_bytes`` at most. A record of more than
    ``record_bytes`` is quarantined.

    Raises ``FileRefusedError``, and leaves neither file, if the file cannot be understood as
    this dataset or no row of it is acceptable.
    """
    encoding = choose_encoding(fingerprint, recipe.source.fallback_encoding)
    quarantine = Quarantine(path=quarantine_path)
    try:
        with (
            closing(quarantine),
            closing(read_text(open_raw, fingerprint=fingerprint, encoding=encoding)) as chunks,
            CleanPartWriter(clean_path, make_schema(recipe)) as clean,
        ):
            head, final = _read_head(chunks, record_bytes)
            layout = read_header(head, recipe, record_bytes=record_bytes, final=final)
            reader = TableReader(recipe=recipe, layout=layout)
            lines_read = layout.first_line - 1
            for block in split_blocks(
                _chain(head[layout.consumed :], chunks),
                delimiter=layout.delimiter,
                first_line=layout.first_line,
                block_bytes=block_bytes,
                record_bytes=record_bytes,
            ):
                read = reader.read(block)
                clean.add(read.accepted)
                quarantine.add(read.quarantined)
                lines_read = block.next_line - 1
        _refuse_no_rows(clean.rows, quarantine, layout, recipe)
    except BaseException:
        clean_path.unlink(missing_ok=True)
        quarantine_path.unlink(missing_ok=True)
        raise
    return FileRead(
        rows_accepted=clean.rows,
        rows_quarantined=quarantine.rows,
        lines_read=lines_read,
        encoding=encoding,
        compression=fingerprint.compression,
        delimiter=layout.delimiter.decode(),
        ignored_columns=layout.ignored_columns,
        absent_columns=layout.absent_columns,
        reason_counts=quarantine.count_reasons(),
    )


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


def _refuse_no_rows(rows: int, quarantine: Quarantine, layout: Layout, recipe: Recipe) -> None:
    if not rows:
        raise FileRefusedError(_describe_no_rows(quarantine, layout, recipe))


def _describe_no_rows(quarantine: Quarantine, layout: Layout, recipe: Recipe) -> str:
    cut = f"cut at each {DELIMITER_NAMES[layout.delimiter]}"
    if not quarantine.rows:
        return (
            "The file has a header and no rows.\n"
            f"  Looked for: at least one row of '{recipe.dataset}'\n"
            f"  Found:      {layout.width} header names ({cut}) and nothing below them\n"
            "  Remedy:     drop the file again when it has rows"
        )
    lines = []
    for rule, count in list(quarantine.count_reasons().items())[:_SHOWN_REASONS]:
        examples = quarantine.example_lines[rule]
        more = ", ..." if count > len(examples) else ""
        where = ", ".join(examples)
        word = "line" if count == 1 else "lines"
        lines.append(f"    {count:>10,}  {rule} ({word} {where}{more})")
    return "\n".join(
        (
            "No row of the file is acceptable.",
            f"  Looked for: rows of {layout.width} fields that fit the recipe '{recipe.dataset}'",
            f"  Found:      {quarantine.rows:,} rows ({cut}), none without a problem",
            "  Reasons (rows, reason):",
            *lines,
            "  Remedy:     mend the file (or the recipe, where that is wrong) and drop it again",
        )
    )
