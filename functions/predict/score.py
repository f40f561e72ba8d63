"""The score door: a file was dropped under score/ -> predictions, problems, receipt, report.

All results are named by the file's bytes and the champion's program, and the receipt is written
last. So an event that comes again, or the same bytes under another name, find the receipt and write
no result; a crash anywhere leaves something that the repeated event finishes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from dropcast.batch import (
    ScoringResult,
    describe_scoring,
    make_table,
    name_scoring,
    score_file,
)
from dropcast.contracts.champion import Champion
from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import (
    DropcastError,
    FileRefusedError,
    NoChampionError,
    UnknownDatasetError,
)
from dropcast.contracts.keys import (
    SCORE_DROP,
    SCORE_REPORT,
    SCORED_CSV,
    SCORED_PARQUET,
    SCORED_PROBLEMS,
    SCORED_RECEIPT,
    name_report,
)
from dropcast.contracts.messages import RawArrived
from dropcast.contracts.ports import PARQUET_TYPE
from dropcast.contracts.scored_files import DropScored, FileScored, ScoreState
from dropcast.contracts.serialization.canonical import encode_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.ingest import Fingerprint, fingerprint_file
from dropcast.recipe import Table
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.placing import find_placed
from dropcast.runtime.reports import is_newest, write_report
from dropcast.runtime.s3_events import is_folder_marker, read_raw_arrived
from dropcast.runtime.steps import Event, run_step
from dropcast.scoring import Program, read_program

_CSV_TYPE = "text/csv; charset=utf-8"
# What a drop can be refused for; all else is a fault, tried again and kept as a dead letter.
_REFUSALS = (UnknownDatasetError, NoChampionError, FileRefusedError)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("score", event, context, score_drop)


def score_drop(event: Event, dependencies: Dependencies) -> DropScored | None:
    """Answer a dropped file, or refuse it with a report; ``None`` for a folder marker."""
    if is_folder_marker(event):
        return None
    arrived = read_raw_arrived(event, SCORE_DROP)
    try:
        scored = _score(arrived, dependencies)
    except _REFUSALS as refusal:
        return _write_down(arrived, refusal, dependencies)
    return _write_down(arrived, scored, dependencies)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A file and what is to answer it."""

    open_raw: Callable[[], BinaryIO]
    fingerprint: Fingerprint
    table: Table
    program: Program
    champion: Champion
    scoring: str

    @property
    def place(self) -> dict[str, str]:
        return {"dataset": self.champion.dataset, "scoring": self.scoring}


def _score(arrived: RawArrived, dependencies: Dependencies) -> FileScored:
    recipe = find_placed(
        dependencies.find_recipe,
        dataset=arrived.dataset,
        key=arrived.key,
        known=dependencies.recipes,
        name_uri=dependencies.raw.name_uri,
    )
    champion = dependencies.registry.read_champion(recipe.dataset)

    def open_raw() -> BinaryIO:
        return dependencies.raw.open(arrived.key, arrived.version_id)

    fingerprint = fingerprint_file(open_raw)
    body = dependencies.models.read(champion.program_key).body
    program = read_program(body, sha256=champion.program_sha256)
    table = make_table(program, recipe)
    asked = _Asked(
        open_raw=open_raw,
        fingerprint=fingerprint,
        table=table,
        program=program,
        champion=champion,
        scoring=name_scoring(
            file_sha256=fingerprint.sha256, program_sha256=champion.program_sha256, table=table
        ),
    )
    receipt_key = SCORED_RECEIPT.format(**asked.place)
    if dependencies.raw.has(receipt_key):
        return read_document(dependencies.raw, FileScored, receipt_key)
    scored = _write_results(asked, dependencies)
    # Written last: where it is, all results are whole.
    write_document(dependencies.raw, receipt_key, scored)
    return scored


def _write_results(asked: _Asked, dependencies: Dependencies) -> FileScored:
    with TemporaryDirectory() as folder:
        parquet_path = Path(folder, "predictions.parquet")
        csv_path = Path(folder, "predictions.csv")
        problems_path = Path(folder, "problems.csv")
        answered = score_file(
            asked.open_raw,
            fingerprint=asked.fingerprint,
            program=asked.program,
            table=asked.table,
            metadata=_describe_origin(asked, dependencies),
            parquet_path=parquet_path,
            csv_path=csv_path,
            problems_path=problems_path,
        )
        scored = _make_receipt(answered, asked, dependencies)
        dependencies.raw.write_file(scored.parquet_key, parquet_path, PARQUET_TYPE)
        dependencies.raw.write_file(scored.csv_key, csv_path, _CSV_TYPE)
        if scored.problems_key:
            dependencies.raw.write_file(scored.problems_key, problems_path, _CSV_TYPE)
    return scored


def _describe_origin(asked: _Asked, dependencies: Dependencies) -> dict[str, str]:
    """Return what the Parquet file says of itself, for it is often read far from its receipt."""
    origin = {
        "file_sha256": asked.fingerprint.sha256,
        "champion": to_document(asked.champion),
        "scored_by_code": dependencies.code_hash,
    }
    return {"dropcast.receipt": encode_canonical(origin).decode()}


def _make_receipt(answered: ScoringResult, asked: _Asked, dependencies: Dependencies) -> FileScored:
    return FileScored(
        dataset=asked.champion.dataset,
        scoring=asked.scoring,
        file_sha256=asked.fingerprint.sha256,
        size_bytes=asked.fingerprint.size_bytes,
        rows_answered=answered.rows_scored,
        rows_refused=answered.rows_refused,
        facts=answered.facts,
        parquet_key=SCORED_PARQUET.format(**asked.place),
        csv_key=SCORED_CSV.format(**asked.place),
        problems_key=SCORED_PROBLEMS.format(**asked.place) if answered.rows_refused else None,
        champion=asked.champion,
        scored_by_code=dependencies.code_hash,
    )


def _write_down(
    arrived: RawArrived, outcome: FileScored | DropcastError, dependencies: Dependencies
) -> DropScored:
    scored = outcome if isinstance(outcome, FileScored) else None
    dropped = DropScored(
        dataset=arrived.dataset,
        raw_key=arrived.key,
        raw_version_id=arrived.version_id,
        state=_name_state(scored),
        model=scored.champion.model if scored else None,
        rows_answered=scored.rows_answered if scored else 0,
        rows_refused=scored.rows_refused if scored else 0,
        receipt_key=_name_receipt(scored) if scored else None,
        report_key=name_report(SCORE_REPORT, dataset=arrived.dataset, name=arrived.name),
        message=_describe_answers(scored) if scored else str(outcome),
    )
    report = describe_scoring(dropped, scored, name_uri=dependencies.raw.name_uri)
    write_report(
        dependencies.raw,
        dropped.report_key,
        report,
        is_overtaken=lambda: not is_newest(dependencies.raw, arrived.key, arrived.version_id),
        pause=dependencies.pause,
    )
    return dropped


def _name_receipt(scored: FileScored) -> str:
    return SCORED_RECEIPT.format(dataset=scored.dataset, scoring=scored.scoring)


def _name_state(scored: FileScored | None) -> ScoreState:
    if scored is None:
        return "refused"
    return "scored_with_problems" if scored.rows_refused else "scored"


def _describe_answers(scored: FileScored) -> str:
    if not scored.rows_answered:
        return "no row could be answered; the problems say why"
    if scored.rows_refused:
        return "answered, but for the rows in the problems"
    return "every row is answered"
