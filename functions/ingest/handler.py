"""The ingest door: a file was dropped -> clean part, quarantine, dataset version, report.

Everything before the commit is content-addressed and may be written again with the same bytes;
the commit moves one pointer; the report and the ledger record follow. A crash anywhere leaves
something that the repeated event finishes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import FileRefusedError, UnknownDatasetError
from dropcast.contracts.keys import CLEAN_PART, PART_RECORD, QUARANTINE, REPORT, name_report
from dropcast.contracts.messages import DropFinished, DropState, Part, PartRead, RawArrived
from dropcast.contracts.ports import PARQUET_TYPE, Commit
from dropcast.ingest import Fingerprint, fingerprint_file, name_part, read_file
from dropcast.ingest.drop_report import describe_drop
from dropcast.recipe import Table
from dropcast.runtime.s3_events import is_folder_marker, read_raw_arrived
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.wiring import Wiring


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a drop, before it is written down."""

    state: DropState
    message: str
    raw_sha256: str | None = None
    part: PartRead | None = None
    dataset_version: str | None = None


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("ingest", event, context, ingest_drop)


def ingest_drop(event: Event, wiring: Wiring) -> DropFinished | None:
    """Take a dropped file in, or refuse it with a report; ``None`` for a folder marker."""
    if is_folder_marker(event):
        return None
    arrived = read_raw_arrived(event)
    version_id = arrived.version_id or wiring.raw.find_version_id(arrived.key)
    known = wiring.ledger.find(dataset=arrived.dataset, raw_key=arrived.key, version_id=version_id)
    if known is not None:
        return known
    try:
        outcome = _take_in(arrived, version_id, wiring)
    except (UnknownDatasetError, FileRefusedError) as refusal:
        outcome = Outcome(state="refused", message=str(refusal))
    return _write_down(arrived, version_id, outcome, wiring)


def _take_in(arrived: RawArrived, version_id: str, wiring: Wiring) -> Outcome:
    recipe = wiring.find_table(arrived.dataset)

    def open_raw() -> BinaryIO:
        return wiring.raw.open(arrived.key, version_id)

    fingerprint = fingerprint_file(open_raw)
    part = _read_part(recipe, fingerprint, open_raw, wiring)
    commit = wiring.versions.commit_part(
        dataset=recipe.dataset,
        raw_key=arrived.key,
        sequencer=arrived.sequencer,
        part=Part(
            key=part.key,
            sha256=part.sha256,
            rows=part.rows_accepted,
            schema_hash=recipe.schema_hash,
        ),
    )
    return Outcome(
        state=_name_state(commit, part),
        message=_MESSAGES[commit.outcome],
        raw_sha256=fingerprint.sha256,
        part=part,
        dataset_version=commit.version,
    )


def _read_part(
    recipe: Table, fingerprint: Fingerprint, open_raw: Callable[[], BinaryIO], wiring: Wiring
) -> PartRead:
    """Return the record of the file's part, reading the file only if no drop has before."""
    name = name_part(raw_sha256=fingerprint.sha256, schema_hash=recipe.schema_hash)
    place = {"dataset": recipe.dataset, "part": name}
    record_key = PART_RECORD.format(**place)
    if wiring.lake.has(record_key):
        return read_document(wiring.lake, PartRead, record_key)
    with TemporaryDirectory() as folder:
        clean_path = Path(folder, "clean.parquet")
        quarantine_path = Path(folder, "quarantine.csv")
        read = read_file(
            open_raw,
            fingerprint=fingerprint,
            recipe=recipe,
            clean_path=clean_path,
            quarantine_path=quarantine_path,
        )
        part = PartRead(
            key=CLEAN_PART.format(**place),
            sha256=_hash_file(clean_path),
            rows_accepted=read.rows_accepted,
            rows_quarantined=read.rows_quarantined,
            quarantine_key=QUARANTINE.format(**place) if read.rows_quarantined else None,
            encoding=read.encoding,
            delimiter=read.delimiter,
            ignored_columns=read.ignored_columns,
            reason_counts=read.reason_counts,
            format=read.format,
            missing_cells=read.missing_cells,
            notes=read.notes,
        )
        wiring.lake.write_file(part.key, clean_path, PARQUET_TYPE)
        if part.quarantine_key:
            wiring.lake.write_file(part.quarantine_key, quarantine_path, "text/csv; charset=utf-8")
    # The record is written last: where it is, the part and its quarantine are whole.
    write_document(wiring.lake, record_key, part)
    return part


_MESSAGES = {
    "changed": "taken in; the dataset has a new version",
    "repeated": "taken in; the dataset has a new version",
    "unchanged": "the dataset held the same data before; nothing was changed",
    "superseded": "a newer drop of the same key is in already; nothing was changed",
}


def _name_state(commit: Commit, part: PartRead) -> DropState:
    if commit.outcome in ("unchanged", "superseded"):
        return "unchanged" if commit.outcome == "unchanged" else "superseded"
    return "completed_with_errors" if part.rows_quarantined else "success"


def _write_down(
    arrived: RawArrived, version_id: str, outcome: Outcome, wiring: Wiring
) -> DropFinished:
    part = outcome.part
    finished = DropFinished(
        dataset=arrived.dataset,
        raw_key=arrived.key,
        raw_version_id=version_id,
        sequencer=arrived.sequencer,
        raw_sha256=outcome.raw_sha256,
        size_bytes=arrived.size_bytes,
        state=outcome.state,
        rows_accepted=part.rows_accepted if part else 0,
        rows_quarantined=part.rows_quarantined if part else 0,
        quarantine_key=part.quarantine_key if part else None,
        dataset_version=outcome.dataset_version,
        report_key=name_report(REPORT, dataset=arrived.dataset, name=arrived.name),
        message=outcome.message,
        code_hash=wiring.code_hash,
        finished_at=wiring.now().isoformat(timespec="seconds"),
    )
    report = describe_drop(finished, part)
    wiring.raw.write(finished.report_key, report.encode(), "text/plain; charset=utf-8")
    wiring.ledger.record(finished)
    return finished


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
