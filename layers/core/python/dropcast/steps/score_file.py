"""Score a dropped file: predictions, problems, receipt, report.

All results are named by the file's bytes and the champion's program, and the receipt is written
last. So an event that comes again, or the same bytes under another name, finds the receipt and
writes no result; a crash anywhere leaves something that the repeated event finishes.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from dropcast.batch import (
    ScoringResult,
    describe_scoring,
    make_table,
    name_scoring,
    score_file,
)
from dropcast.contracts.blobs import CSV_TYPE, PARQUET_TYPE
from dropcast.contracts.champion import Champion
from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import (
    DropcastError,
    FileRefusedError,
    NoChampionError,
    UnknownDatasetError,
)
from dropcast.contracts.keys import (
    SCORE_REPORT,
    SCORED_CSV,
    SCORED_PARQUET,
    SCORED_PROBLEMS,
    SCORED_RECEIPT,
    name_report,
)
from dropcast.contracts.messages import RawArrived
from dropcast.contracts.ports import BlobStore, ModelRegistry, Reports
from dropcast.contracts.scored_files import DropScored, FileScored, ScoreState
from dropcast.contracts.serialization.canonical import encode_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.ingest import Fingerprint, fingerprint_file
from dropcast.recipe import Recipe, Table
from dropcast.scoring import Program, read_program
from dropcast.steps.placing import find_placed, is_newest

# What a drop can be refused for. All else is a fault: Lambda tries the event again, and then keeps
# it as a dead-letter message.
_REFUSALS = (UnknownDatasetError, NoChampionError, FileRefusedError)


def score_dropped_file(
    arrived: RawArrived,
    *,
    raw: BlobStore,
    models: BlobStore,
    registry: ModelRegistry,
    reports: Reports,
    find_recipe: Callable[[str], Recipe],
    datasets: Collection[str],
    code_hash: str,
) -> DropScored:
    """Score a dropped file, or refuse it with a report.

    ``datasets`` are the names of all recipes, one of which a misplaced file's report suggests.
    """
    outcome: FileScored | DropcastError
    try:
        recipe = find_placed(
            find_recipe,
            dataset=arrived.dataset,
            key=arrived.key,
            known=datasets,
            name_uri=raw.name_uri,
        )
        champion = registry.read_champion(recipe.dataset)
        outcome = _score(arrived, recipe, champion, raw=raw, models=models, code_hash=code_hash)
    except _REFUSALS as refusal:
        outcome = refusal
    return _write_report(arrived, outcome, raw=raw, reports=reports)


@dataclass(frozen=True, kw_only=True)
class _Scoring:
    """A file and the program that scores it."""

    open_raw: Callable[[], BinaryIO]
    fingerprint: Fingerprint
    table: Table
    program: Program
    champion: Champion
    name: str
    code_hash: str

    @property
    def place(self) -> dict[str, str]:
        return {"dataset": self.champion.dataset, "scoring": self.name}


def _score(
    arrived: RawArrived,
    recipe: Recipe,
    champion: Champion,
    *,
    raw: BlobStore,
    models: BlobStore,
    code_hash: str,
) -> FileScored:
    def open_raw() -> BinaryIO:
        return raw.open(arrived.key, arrived.version_id)

    fingerprint = fingerprint_file(open_raw)
    body = models.read(champion.program_key).body
    program = read_program(body, sha256=champion.program_sha256)
    table = make_table(program, recipe)
    scoring = _Scoring(
        open_raw=open_raw,
        fingerprint=fingerprint,
        table=table,
        program=program,
        champion=champion,
        name=name_scoring(
            file_sha256=fingerprint.sha256, program_sha256=champion.program_sha256, table=table
        ),
        code_hash=code_hash,
    )
    receipt_key = SCORED_RECEIPT.format(**scoring.place)
    if raw.has(receipt_key):
        return read_document(raw, FileScored, receipt_key)
    scored = _write_results(scoring, raw)
    # Written last: where it is, all results are whole.
    write_document(raw, receipt_key, scored)
    return scored


def _write_results(scoring: _Scoring, raw: BlobStore) -> FileScored:
    with TemporaryDirectory() as folder:
        parquet_path = Path(folder, "predictions.parquet")
        csv_path = Path(folder, "predictions.csv")
        problems_path = Path(folder, "problems.csv")
        answered = score_file(
            scoring.open_raw,
            fingerprint=scoring.fingerprint,
            program=scoring.program,
            table=scoring.table,
            metadata=_describe_origin(scoring),
            parquet_path=parquet_path,
            csv_path=csv_path,
            problems_path=problems_path,
        )
        scored = _make_receipt(answered, scoring)
        raw.write_file(scored.parquet_key, parquet_path, PARQUET_TYPE)
        raw.write_file(scored.csv_key, csv_path, CSV_TYPE)
        if scored.problems_key:
            raw.write_file(scored.problems_key, problems_path, CSV_TYPE)
    return scored


def _describe_origin(scoring: _Scoring) -> dict[str, str]:
    """Return the metadata of the Parquet file, which is often read far from its receipt."""
    origin = {
        "file_sha256": scoring.fingerprint.sha256,
        "champion": to_document(scoring.champion),
        "scored_by_code": scoring.code_hash,
    }
    return {"dropcast.receipt": encode_canonical(origin).decode()}


def _make_receipt(answered: ScoringResult, scoring: _Scoring) -> FileScored:
    return FileScored(
        dataset=scoring.champion.dataset,
        scoring=scoring.name,
        file_sha256=scoring.fingerprint.sha256,
        size_bytes=scoring.fingerprint.size_bytes,
        rows_answered=answered.rows_scored,
        rows_refused=answered.rows_refused,
        facts=answered.facts,
        parquet_key=SCORED_PARQUET.format(**scoring.place),
        csv_key=SCORED_CSV.format(**scoring.place),
        problems_key=SCORED_PROBLEMS.format(**scoring.place) if answered.rows_refused else None,
        champion=scoring.champion,
        scored_by_code=scoring.code_hash,
    )


def _write_report(
    arrived: RawArrived, outcome: FileScored | DropcastError, *, raw: BlobStore, reports: Reports
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
        message=_describe_result(scored) if scored else str(outcome),
    )
    reports.write(
        dropped.report_key,
        describe_scoring(dropped, scored, name_uri=raw.name_uri),
        is_overtaken=lambda: not is_newest(raw, arrived.key, arrived.version_id),
    )
    return dropped


def _name_receipt(scored: FileScored) -> str:
    return SCORED_RECEIPT.format(dataset=scored.dataset, scoring=scored.scoring)


def _name_state(scored: FileScored | None) -> ScoreState:
    if scored is None:
        return "refused"
    return "scored_with_problems" if scored.rows_refused else "scored"


def _describe_result(scored: FileScored) -> str:
    if not scored.rows_answered:
        return "no row has a prediction; the problems say why"
    if scored.rows_refused:
        return "every row has a prediction, except those in the problems"
    return "every row has a prediction"
