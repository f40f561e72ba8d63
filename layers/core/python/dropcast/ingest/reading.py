"""The second pass over a dropped file: checked rows to Parquet, all others to the quarantine."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from dropcast.contracts.errors import FileRefusedError
from dropcast.contracts.file_facts import FileFacts
from dropcast.ingest.ahead import work_ahead
from dropcast.ingest.delimited import DELIMITER_NAMES
from dropcast.ingest.limits import MIB, SINGLE_STEPS
from dropcast.ingest.opening import open_rows
from dropcast.ingest.outputs import CleanPartWriter, Quarantine
from dropcast.ingest.rows import (
    BatchChecker,
    CheckedBatch,
    FileRows,
    MakeBatch,
    RowBatch,
    make_schema,
)
from dropcast.ingest.source import Compression, Fingerprint
from dropcast.recipe import Table

BLOCK_BYTES = 2 * MIB
RECORD_BYTES = MIB
_MOST_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """What became of a file, whose records are ``rows_accepted + rows_quarantined``.

    Blank lines and the header are no records, but ``lines_read`` counts them.
    """

    rows_accepted: int
    rows_quarantined: int
    lines_read: int
    compression: Compression | None
    absent_columns: tuple[str, ...]
    facts: FileFacts


def read_file(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    recipe: Table,
    clean_path: Path,
    quarantine_path: Path,
    block_bytes: int = BLOCK_BYTES,
    record_bytes: int = RECORD_BYTES,
    most_steps: int = SINGLE_STEPS,
) -> FileRead:
    """Write the accepted rows to ``clean_path`` and, if there are any, the others to quarantine.

    A few blocks of ``block_bytes`` are held at most, of a workbook a sheet. A record of more than
    ``record_bytes`` is quarantined. A workbook or a Parquet file lies beside ``clean_path`` while
    it is read.

    Raises ``FileRefusedError``, and leaves neither file, if the file cannot be understood as
    this dataset or no row of it is acceptable.
    """
    quarantine = Quarantine(path=quarantine_path)
    lines_read = 0
    try:
        with (
            closing(quarantine),
            open_batches(
                open_raw,
                fingerprint=fingerprint,
                recipe=recipe,
                spool_path=clean_path.with_name(f"{clean_path.name}.raw"),
                block_bytes=block_bytes,
                record_bytes=record_bytes,
                most_steps=most_steps,
            ) as (rows, batches),
            CleanPartWriter(clean_path, make_schema(recipe)) as clean,
        ):
            lines_read = rows.lines_before
            for batch, checked in batches:
                clean.add(checked.accepted)
                quarantine.add(checked.quarantined)
                lines_read = batch.next_line - 1
        _refuse_no_rows(clean.rows, quarantine, rows, recipe)
    except BaseException:
        clean_path.unlink(missing_ok=True)
        quarantine_path.unlink(missing_ok=True)
        raise
    return FileRead(
        rows_accepted=clean.rows,
        rows_quarantined=quarantine.rows,
        lines_read=lines_read,
        compression=fingerprint.compression,
        absent_columns=rows.stats.absent_columns,
        facts=make_facts(rows, quarantine),
    )


def make_facts(rows: FileRows, quarantine: Quarantine) -> FileFacts:
    """Return the facts of a file whose batches are read."""
    return FileFacts(
        format=rows.format,
        encoding=rows.encoding,
        delimiter=rows.delimiter.decode(),
        ignored_columns=rows.stats.ignored_columns,
        reason_counts=quarantine.count_reasons(),
        missing_cells=rows.stats.missing_cells,
        notes=tuple(rows.stats.notes),
    )


@contextmanager
def open_batches(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    recipe: Table,
    spool_path: Path,
    block_bytes: int = BLOCK_BYTES,
    record_bytes: int = RECORD_BYTES,
    most_steps: int = SINGLE_STEPS,
) -> Generator[tuple[FileRows, Iterator[tuple[RowBatch, CheckedBatch]]], None, None]:
    """Give the rows of a file and, read ahead in their order, its batches as they were checked.

    A few batches are held at most. Raises ``FileRefusedError`` if the file cannot be understood as
    this dataset, or more than ``most_steps`` of its records and fields had to be looked at one at a
    time.
    """
    with open_rows(
        open_raw,
        fingerprint=fingerprint,
        recipe=recipe,
        spool_path=spool_path,
        block_bytes=block_bytes,
        record_bytes=record_bytes,
    ) as rows:
        checker = BatchChecker(recipe=rows.recipe)

        def check(make_batch: MakeBatch) -> tuple[RowBatch, CheckedBatch]:
            batch = make_batch()
            return batch, checker.check(batch)

        threads = min(pa.cpu_count(), _MOST_THREADS)
        with closing(work_ahead(check, rows.batches, threads=threads)) as made:
            batches = (batch for _, batch in made)
            yield rows, _count_steps(batches, rows, len(recipe.columns), most_steps)


def _count_steps(
    batches: Iterator[tuple[RowBatch, CheckedBatch]], rows: FileRows, columns: int, most_steps: int
) -> Generator[tuple[RowBatch, CheckedBatch], None, None]:
    """Pass batches on while what was looked at one at a time fits into the function's time."""
    steps = 0
    for batch, checked in batches:
        rows.stats.missing_cells += batch.missing_cells
        steps += batch.found_singly + checked.judged * columns
        if steps > most_steps:
            raise FileRefusedError(
                "The file takes too long to read; nothing of it was taken.\n"
                f"  Looked for: at most {most_steps:,} records and fields that have to be looked "
                "at one at a time\n"
                f"  Found:      more up to line {batch.next_line - 1:,}: objects of JSON, quotes "
                "that pair with none,\n"
                "              numbers and times in a dialect that is rare\n"
                "  Remedy:     drop it in several files, or as CSV with plain numbers and quotes"
            )
        yield batch, checked


def _refuse_no_rows(accepted: int, quarantine: Quarantine, rows: FileRows, recipe: Table) -> None:
    if not accepted:
        raise FileRefusedError(_describe_no_rows(quarantine, rows, recipe))


def _describe_no_rows(quarantine: Quarantine, rows: FileRows, recipe: Table) -> str:
    width = rows.width
    cut = f"cut at each {DELIMITER_NAMES[rows.delimiter]}" if rows.delimiter else rows.format
    if not quarantine.rows:
        return (
            "The file has a header and no rows.\n"
            f"  Looked for: at least one row of '{recipe.dataset}'\n"
            f"  Found:      {width} header names ({cut}) and nothing below them\n"
            "  Remedy:     drop the file again when it has rows"
        )
    return "\n".join(
        (
            "No row of the file is acceptable.",
            f"  Looked for: rows of {width} fields that fit the recipe '{recipe.dataset}'",
            f"  Found:      {quarantine.rows:,} rows ({cut}), none without a problem",
            "  Reasons (rows, reason):",
            *quarantine.list_reasons(),
            "  Remedy:     mend the file (or the recipe, where that is wrong) and drop it again",
        )
    )
