"""The ingest door: a file was dropped -> clean part, quarantine, dataset version, report.

A stray, which lies under no prefix of ours, is refused unread; its report says where it belongs.

The ledger's record is opened first, under the number of this try. Everything before the commit is
content-addressed and may be written again with the same bytes; the commit moves one pointer, if no
newer drop and no later try has; the report and the end of the ledger's record follow. A crash
anywhere leaves something that the repeated event finishes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.drops import CommitOutcome, DropRecord
from dropcast.contracts.errors import FileRefusedError, UnknownDatasetError
from dropcast.contracts.keys import (
    CLEAN_PART,
    PART_RECORD,
    QUARANTINE,
    REPORT,
    classify_key,
    name_report,
)
from dropcast.contracts.messages import FileState, Part, PartRead, RawArrived
from dropcast.contracts.ports import PARQUET_TYPE
from dropcast.ingest import (
    Fingerprint,
    describe_drop,
    fingerprint_file,
    name_part,
    read_file,
)
from dropcast.recipe import Table
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.placing import find_placed
from dropcast.runtime.reports import is_newest, write_report
from dropcast.runtime.s3_events import is_folder_marker, read_raw_arrived
from dropcast.runtime.steps import Event, run_step

_MESSAGE_CHARACTERS = 2000
# What a commit did, told to a person.
_COMMITS: dict[CommitOutcome, str] = {
    "changed": "taken in; the dataset has a new version",
    "unchanged": "the dataset held the same data before; nothing was changed",
    "superseded": (
        "a newer drop of the same key, or a later try of this one, is in already; nothing was "
        "changed"
    ),
}


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("ingest", event, context, ingest_drop)


def ingest_drop(event: Event, dependencies: Dependencies) -> DropRecord | None:
    """Take a dropped file in, or refuse it with a report; ``None`` for a folder marker."""
    if is_folder_marker(event):
        return None
    arrived = read_raw_arrived(event)
    record = dependencies.ledger.begin(_open_record(arrived, dependencies))
    if record.is_finished:
        return record
    try:
        ended, part = _take_in_or_refuse(record, dependencies)
        ended = replace(ended, finished_at=_tell_time(dependencies))
        report = describe_drop(
            ended, part, name_raw=dependencies.raw.name_uri, name_lake=dependencies.lake.name_uri
        )
        _write_report(ended, report, dependencies)
        return dependencies.ledger.finish(ended)
    except Exception as error:
        _record_failure(record, error, dependencies)
        raise


def _take_in_or_refuse(
    record: DropRecord, dependencies: Dependencies
) -> tuple[DropRecord, PartRead | None]:
    try:
        return _take_in(record, dependencies)
    except (UnknownDatasetError, FileRefusedError) as refusal:
        return replace(record, state="refused", message=str(refusal)), None


def _write_report(record: DropRecord, report: str, dependencies: Dependencies) -> None:
    def is_overtaken() -> bool:
        standing = dependencies.ledger.find(
            dataset=record.dataset,
            raw_key=record.raw_key,
            version_id=record.raw_version_id,
        )
        # Another try's report is there, or will be.
        is_ours = standing is None or (
            not standing.is_finished and standing.attempt == record.attempt
        )
        return not (is_ours and _is_newest(record, dependencies))

    write_report(
        dependencies.raw,
        record.report_key,
        report,
        is_overtaken=is_overtaken,
        pause=dependencies.pause,
    )


def _is_newest(record: DropRecord, dependencies: Dependencies) -> bool:
    """Of a stray every version's report is the same, and this function may read none of them."""
    return classify_key(record.raw_key) == "stray" or is_newest(
        dependencies.raw, record.raw_key, record.raw_version_id
    )


def _open_record(arrived: RawArrived, dependencies: Dependencies) -> DropRecord:
    return DropRecord(
        dataset=arrived.dataset,
        raw_key=arrived.key,
        raw_version_id=arrived.version_id,
        sequencer=arrived.sequencer,
        size_bytes=arrived.size_bytes,
        attempt=1,
        state="processing",
        report_key=name_report(REPORT, dataset=arrived.dataset, name=arrived.name),
        code_hash=dependencies.code_hash,
        started_at=_tell_time(dependencies),
    )


def _record_failure(record: DropRecord, error: Exception, dependencies: Dependencies) -> None:
    """Tell the ledger what ended a try; what ended it goes on to the caller in any case."""
    failed = replace(
        record,
        state="failed",
        error=type(error).__name__,
        message=str(error)[:_MESSAGE_CHARACTERS],
        finished_at=_tell_time(dependencies),
    )
    try:
        dependencies.ledger.finish(failed)
    except Exception as second:  # noqa: BLE001 - the first error is the one to be told
        error.add_note(f"and the ledger could not be told: {second}")


def _take_in(record: DropRecord, dependencies: Dependencies) -> tuple[DropRecord, PartRead]:
    recipe = find_placed(
        dependencies.find_table,
        dataset=record.dataset,
        key=record.raw_key,
        known=dependencies.list_tables(),
        name_uri=dependencies.raw.name_uri,
    )

    def open_raw() -> BinaryIO:
        return dependencies.raw.open(record.raw_key, record.raw_version_id)

    fingerprint = fingerprint_file(open_raw)
    part = _read_part(recipe, fingerprint, open_raw, dependencies)
    commit = dependencies.versions.commit_part(
        dataset=recipe.dataset,
        raw_key=record.raw_key,
        state=FileState(
            sequencer=record.sequencer,
            attempt=record.attempt,
            raw_version_id=record.raw_version_id,
            part=Part(
                key=part.key,
                sha256=part.sha256,
                rows=part.rows_accepted,
                schema_hash=recipe.schema_hash,
            ),
        ),
    )
    ended = replace(
        record,
        state="completed_with_errors" if part.rows_quarantined else "success",
        raw_sha256=fingerprint.sha256,
        rows_accepted=part.rows_accepted,
        rows_quarantined=part.rows_quarantined,
        quarantine_key=part.quarantine_key,
        commit=commit.outcome,
        dataset_version=commit.version,
        message=_COMMITS[commit.outcome],
    )
    return ended, part


def _read_part(
    recipe: Table,
    fingerprint: Fingerprint,
    open_raw: Callable[[], BinaryIO],
    dependencies: Dependencies,
) -> PartRead:
    """Return the record of the file's part, reading the file only if no drop has before."""
    name = name_part(raw_sha256=fingerprint.sha256, schema_hash=recipe.schema_hash)
    place = {"dataset": recipe.dataset, "part": name}
    record_key = PART_RECORD.format(**place)
    if dependencies.lake.has(record_key):
        return read_document(dependencies.lake, PartRead, record_key)
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
            facts=read.facts,
        )
        dependencies.lake.write_file(part.key, clean_path, PARQUET_TYPE)
        if part.quarantine_key:
            dependencies.lake.write_file(
                part.quarantine_key, quarantine_path, "text/csv; charset=utf-8"
            )
    # The record is written last: where it is, the part and its quarantine are whole.
    write_document(dependencies.lake, record_key, part)
    return part


def _tell_time(dependencies: Dependencies) -> str:
    return dependencies.now().isoformat(timespec="seconds")


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
