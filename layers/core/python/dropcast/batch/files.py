"""A whole file, block by block: every row is answered, or refused with every reason."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dropcast.batch.answers import TableScorer, build_table_scorer
from dropcast.batch.results import ResultWriter, lay_out_results
from dropcast.batch.series import Placed, SeriesRows
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.features.columns import ColumnTable
from dropcast.features.frames import read_columns
from dropcast.ingest import Fingerprint
from dropcast.ingest.delimited.blocks import Block
from dropcast.ingest.outputs.quarantine import Quarantine, QuarantinedRow
from dropcast.ingest.reading import BLOCK_BYTES, RECORD_BYTES, open_blocks
from dropcast.ingest.rows.tables import LINE_NUMBER, BlockRead
from dropcast.ingest.values.arrays import Flags, Integers, make_integers
from dropcast.ingest.values.value import Reason
from dropcast.recipe import Table
from dropcast.scoring import Program

# Raised when a change would answer the same file otherwise, or tell it by another receipt: such a
# scoring has another name.
_SCORING_RULES = 1
_SCORING_DIGITS = 32
_WORKBOOKS = ("xls", "xlsx")
_NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class FileAnswered:
    """What became of a file: its records are ``rows_answered + rows_refused``. ``reason_counts``
    has the rows that each reason was given for, the most common first."""

    rows_answered: int
    rows_refused: int
    reason_counts: dict[str, int]
    format: str
    encoding: str
    delimiter: str
    ignored_columns: tuple[str, ...]
    missing_cells: int
    notes: tuple[str, ...]


def name_scoring(*, file_sha256: str, program_sha256: str, table: Table) -> str:
    """Return the name of what a program answers to a file's bytes (32 hex digits): the same bytes,
    program and dialect of files are the same scoring."""
    made_from = [_SCORING_RULES, file_sha256, program_sha256, to_document(table.source)]
    return hash_canonical(["scoring", *made_from])[:_SCORING_DIGITS]


def score_file(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    table: Table,
    program: Program,
    metadata: Mapping[str, str],
    parquet_path: Path,
    csv_path: Path,
    problems_path: Path,
    block_bytes: int = BLOCK_BYTES,
    record_bytes: int = RECORD_BYTES,
) -> FileAnswered:
    """Write the answered rows to ``parquet_path`` and ``csv_path`` and, if there are any, the
    others to ``problems_path``; hold a few blocks of ``block_bytes`` at most, of a workbook a
    sheet, and of series their last rows. ``table`` is from ``make_table``; ``metadata`` stands in
    the Parquet file.

    Raises ``FileRefusedError`` if the file cannot be understood as this dataset.
    """
    quarantine = Quarantine(path=problems_path)
    with (
        closing(quarantine),
        open_blocks(
            open_raw,
            fingerprint=fingerprint,
            recipe=table,
            spool_path=parquet_path.with_name(f"{parquet_path.name}.raw"),
            block_bytes=block_bytes,
            record_bytes=record_bytes,
        ) as (rows, blocks),
    ):
        layout = lay_out_results(program, placed=rows.format in _WORKBOOKS, metadata=metadata)
        with ResultWriter(layout, parquet_path=parquet_path, csv_path=csv_path) as results:
            scoring = _Scoring(
                program=program,
                score=build_table_scorer(program),
                series=SeriesRows(schema=program),
                results=results,
            )
            for block, read in blocks:
                refused = (*read.quarantined, *scoring.answer(block, read))
                quarantine.add(sorted(refused, key=lambda row: row.line))
    return FileAnswered(
        rows_answered=results.rows,
        rows_refused=quarantine.rows,
        reason_counts=quarantine.count_reasons(),
        format=rows.format,
        encoding=rows.encoding,
        delimiter=rows.delimiter.decode(),
        ignored_columns=rows.stats.ignored_columns,
        missing_cells=rows.stats.missing_cells,
        notes=tuple(rows.stats.notes),
    )


@dataclass(frozen=True, kw_only=True)
class _Scoring:
    """A program at work on one file."""

    program: Program
    score: TableScorer
    series: SeriesRows
    results: ResultWriter

    def answer(self, block: Block, read: BlockRead) -> list[QuarantinedRow]:
        """Write the answers of a block's accepted rows; return the rows that have none."""
        names = [*(column.name for column in self.program.columns), LINE_NUMBER]
        rows = read.accepted.select(names)
        if not len(rows):
            return []
        placed = self.series.place(rows)
        problems = dict(placed.problems)
        asked = np.delete(np.arange(len(rows)), list(problems))
        answered = self.score(_make_column_table(placed, self.program), placed.places[asked])
        problems |= {int(asked[row]): reasons for row, reasons in answered.problems.items()}
        sound = np.ones(len(asked), dtype=bool)
        sound[list(answered.problems)] = False
        kept = asked[sound]
        in_workbook = block.places is not None
        records = _find_records(block, read) if problems or in_workbook else _NO_ROWS
        self.results.add(
            rows.take(make_integers(kept)),
            answered.answers[sound],
            [block.name_place(i) for i in records[kept].tolist()] if in_workbook else None,
        )
        return [
            _refuse(block, int(records[row]), reasons) for row, reasons in sorted(problems.items())
        ]


def _make_column_table(placed: Placed, program: Program) -> ColumnTable:
    return ColumnTable(
        columns=read_columns(placed.table.to_pandas(), program.columns),
        rows=len(placed.table),
        references=program.references,
        position=placed.position,
        # Nothing that is served looks ahead.
        remaining=np.zeros(len(placed.table), dtype=np.int64),
    )


def _find_records(block: Block, read: BlockRead) -> Integers:
    """Return which record of the block each accepted row is: the records that were not set aside,
    told by line and, where several are of one line (of a wide table), by text."""
    aside = {(row.line, row.text) for row in read.quarantined}
    lines = {line for line, _ in aside}
    kept: Flags = ~np.isin(block.lines, list(lines))
    for index in np.flatnonzero(~kept).tolist():
        text = block.show_record(index).decode(errors="replace")
        kept[index] = (int(block.lines[index]), text) not in aside
    return np.flatnonzero(kept)


def _refuse(block: Block, record: int, reasons: tuple[Reason, ...]) -> QuarantinedRow:
    return QuarantinedRow(
        line=int(block.lines[record]),
        text=block.show_record(record).decode(errors="replace"),
        reasons=reasons,
        place=block.name_place(record),
    )
