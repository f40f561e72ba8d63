"""Take in a dropped file: clean part, quarantine, dataset version, report.

A stray, which lies under no prefix of Dropcast, is refused unread; its report says where it
belongs.

The ledger's record is opened first, under the number of this attempt. Everything before the commit
is content-addressed and may be written again with the same bytes; the commit moves one pointer, if
no newer drop and no later attempt has; the report and the end of the ledger's record follow. A
crash anywhere leaves something that the repeated event finishes.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from dropcast.contracts.blobs import CSV_TYPE, PARQUET_TYPE
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
from dropcast.contracts.ports import BlobStore, Ledger, Reports, VersionStore
from dropcast.ingest import Fingerprint, fingerprint_file, name_part, read_file
from dropcast.ingest.outputs.drop_report import describe_drop
from dropcast.recipe import Table
from dropcast.steps.placing import find_placed, is_newest

_MESSAGE_CHARACTERS = 2000
# What a commit did, in words for a person.
_COMMITS: dict[CommitOutcome, str] = {
    "changed": "taken in; the dataset has a new version",
    "unchanged": "the dataset held the same data before; nothing was changed",
    "superseded": (
        "a newer drop of the same key, or a later attempt at this one, is in already; nothing "
        "was changed"
    ),
}


def take_in(
    arrived: RawArrived,
    *,
    raw: BlobStore,
    lake: BlobStore,
    ledger: Ledger,
    versions: VersionStore,
    reports: Reports,
    find_table: Callable[[str], Table],
    tables: Collection[str],
    code_hash: str,
    now: Callable[[], datetime],
) -> DropRecord:
    """Take a dropped file in, or refuse it with a report; return its ledger record.

    ``tables`` are the names of all datasets and reference tables, one of which a misplaced file's
    report suggests.
    """
    record = ledger.begin(_open_record(arrived, code_hash=code_hash, at=now()))
    if record.is_finished:
        return record
    try:
        try:
            table = find_placed(
                find_table,
                dataset=record.dataset,
                key=record.raw_key,
                known=tables,
                name_uri=raw.name_uri,
            )
            ended, part = _commit_file(record, table, raw=raw, lake=lake, versions=versions)
        except (UnknownDatasetError, FileRefusedError) as refusal:
            ended, part = replace(record, state="refused", message=str(refusal)), None
        ended = replace(ended, finished_at=_format_time(now()))
        report = describe_drop(ended, part, name_raw=raw.name_uri, name_lake=lake.name_uri)
        reports.write(
            ended.report_key,
            report,
            is_overtaken=lambda: _is_overtaken(ended, raw=raw, ledger=ledger),
        )
        return ledger.finish(ended)
    except Exception as error:
        _record_failure(record, error, ledger, at=now())
        raise


def _open_record(arrived: RawArrived, *, code_hash: str, at: datetime) -> DropRecord:
    return DropRecord(
        dataset=arrived.dataset,
        raw_key=arrived.key,
        raw_version_id=arrived.version_id,
        sequencer=arrived.sequencer,
        size_bytes=arrived.size_bytes,
        attempt=1,
        state="processing",
        report_key=name_report(REPORT, dataset=arrived.dataset, name=arrived.name),
        code_hash=code_hash,
        started_at=_format_time(at),
    )


def _commit_file(
    record: DropRecord, table: Table, *, raw: BlobStore, lake: BlobStore, versions: VersionStore
) -> tuple[DropRecord, PartRead]:
    def open_raw() -> BinaryIO:
        return raw.open(record.raw_key, record.raw_version_id)

    fingerprint = fingerprint_file(open_raw)
    part = _read_part(table, fingerprint, open_raw, lake)
    commit = versions.commit_part(
        dataset=table.dataset,
        raw_key=record.raw_key,
        state=FileState(
            sequencer=record.sequencer,
            attempt=record.attempt,
            raw_version_id=record.raw_version_id,
            part=Part(
                key=part.key,
                sha256=part.sha256,
                rows=part.rows_accepted,
                schema_hash=table.columns_hash,
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
    table: Table, fingerprint: Fingerprint, open_raw: Callable[[], BinaryIO], lake: BlobStore
) -> PartRead:
    """Return the record of the file's part, reading the file only if no drop has before."""
    name = name_part(raw_sha256=fingerprint.sha256, schema_hash=table.columns_hash)
    place = {"dataset": table.dataset, "part": name}
    record_key = PART_RECORD.format(**place)
    if lake.has(record_key):
        return read_document(lake, PartRead, record_key)
    with TemporaryDirectory() as folder:
        clean_path = Path(folder, "clean.parquet")
        quarantine_path = Path(folder, "quarantine.csv")
        read = read_file(
            open_raw,
            fingerprint=fingerprint,
            recipe=table,
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
        lake.write_file(part.key, clean_path, PARQUET_TYPE)
        if part.quarantine_key:
            lake.write_file(part.quarantine_key, quarantine_path, CSV_TYPE)
    # The record is written last: where it is, the part and its quarantine are whole.
    write_document(lake, record_key, part)
    return part


def _is_overtaken(record: DropRecord, *, raw: BlobStore, ledger: Ledger) -> bool:
    """Return whether another attempt's or a newer drop's report is there, or will be."""
    standing = ledger.find(
        dataset=record.dataset, raw_key=record.raw_key, version_id=record.raw_version_id
    )
    is_ours = standing is None or (not standing.is_finished and standing.attempt == record.attempt)
    # Of a stray every version's report is the same, and ingest may read none of them.
    return not is_ours or not (
        classify_key(record.raw_key) == "stray"
        or is_newest(raw, record.raw_key, record.raw_version_id)
    )


def _record_failure(record: DropRecord, error: Exception, ledger: Ledger, *, at: datetime) -> None:
    """Write into the ledger what ended an attempt; the error itself goes on to the caller."""
    failed = replace(
        record,
        state="failed",
        error=type(error).__name__,
        message=str(error)[:_MESSAGE_CHARACTERS],
        finished_at=_format_time(at),
    )
    try:
        ledger.finish(failed)
    except Exception as second:  # noqa: BLE001 - the first error is the one to be raised
        error.add_note(f"and the ledger could not be written: {second}")


def _format_time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
