"""A whole file, block by block: every row is scored, or refused with every reason."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from dropcast.batch.predictions import TableScorer, build_table_scorer
from dropcast.batch.results import ResultWriter, lay_out_results
from dropcast.batch.series import Placed, SeriesRows
from dropcast.contracts.file_facts import FileFacts
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.features.columns import ColumnTable
from dropcast.features.frames import read_columns
from dropcast.ingest import (
    BLOCK_BYTES,
    LINE_NUMBER,
    RECORD_BYTES,
    CheckedBatch,
    Fingerprint,
    Quarantine,
    QuarantinedRow,
    RowBatch,
    make_facts,
    open_batches,
)
from dropcast.recipe import Table
from dropcast.scoring import Program

# Raised when a change would score the same file otherwise, or write another receipt: such a
# scoring has another name.
_SCORING_RULES = 1
_SCORING_DIGITS = 32
_WORKBOOKS = ("xls", "xlsx")


@dataclass(frozen=True, kw_only=True)
class ScoringResult:
    """What became of a file, whose records are ``rows_scored + rows_refused``."""

    rows_scored: int
    rows_refused: int
    facts: FileFacts


def name_scoring(*, file_sha256: str, program_sha256: str, table: Table) -> str:
    """Return the name of what a program makes of a file's bytes (32 hex digits).

    The same bytes, program and dialect of files are the same scoring.
    """
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
) -> ScoringResult:
    """Write the predictions for a file's rows, and the rows that have none with every reason.

    Predictions go to ``parquet_path`` and ``csv_path``, the other rows, if there are any, to
    ``problems_path``. A few blocks of ``block_bytes`` are held at most, of a workbook a sheet, and
    of series their last rows. ``table`` is from ``make_table``; ``metadata`` stands in the Parquet
    file.

    Raises ``FileRefusedError`` if the file cannot be understood as this dataset.
    """
    quarantine = Quarantine(path=problems_path)
    with (
        closing(quarantine),
        open_batches(
            open_raw,
            fingerprint=fingerprint,
            recipe=table,
            spool_path=parquet_path.with_name(f"{parquet_path.name}.raw"),
            block_bytes=block_bytes,
            record_bytes=record_bytes,
        ) as (rows, batches),
    ):
        layout = lay_out_results(program, placed=rows.format in _WORKBOOKS, metadata=metadata)
        with ResultWriter(layout, parquet_path=parquet_path, csv_path=csv_path) as results:
            scoring = _Scoring(
                program=program,
                score=build_table_scorer(program),
                series=SeriesRows(schema=program),
                results=results,
            )
            for batch, checked in batches:
                refused = (*checked.quarantined, *scoring.score_batch(batch, checked))
                quarantine.add(sorted(refused, key=lambda row: row.line))
    return ScoringResult(
        rows_scored=results.rows,
        rows_refused=quarantine.rows,
        facts=make_facts(rows, quarantine),
    )


@dataclass(frozen=True, kw_only=True)
class _Scoring:
    """A program at work on one file."""

    program: Program
    score: TableScorer
    series: SeriesRows
    results: ResultWriter

    def score_batch(self, batch: RowBatch, checked: CheckedBatch) -> list[QuarantinedRow]:
        """Write the predictions for a batch's accepted rows; return the rows that have none."""
        names = [*(column.name for column in self.program.columns), LINE_NUMBER]
        rows = checked.accepted.select(names)
        if not len(rows):
            return []
        placed = self.series.place(rows)
        problems = dict(placed.problems)
        placed_rows = np.delete(np.arange(len(rows)), list(problems))
        predicted = self.score(_make_column_table(placed, self.program), placed.places[placed_rows])
        problems |= {int(placed_rows[row]): reasons for row, reasons in predicted.problems.items()}
        sound = np.ones(len(placed_rows), dtype=bool)
        sound[list(predicted.problems)] = False
        kept = placed_rows[sound]
        records = checked.records
        self.results.add(
            rows.take(pa.array(kept)),
            predicted.predictions[sound],
            None if batch.places is None else [batch.places[i] for i in records[kept].tolist()],
        )
        return [
            batch.refuse(int(records[row]), reasons) for row, reasons in sorted(problems.items())
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
