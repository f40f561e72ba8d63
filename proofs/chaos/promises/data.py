"""Promises 0 to 3: nothing is lost, one version of a dataset, the newest drop wins, all rows."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import (
    CLEAN_PART,
    CURRENT_VERSION,
    DATASET_VERSION,
    QUARANTINE,
    RAW,
    REPORT,
    name_ledger_record,
    name_report,
)
from dropcast.ingest import name_part
from dropcast.recipes import find_table
from proofs.chaos.observed_state import ObservedState, RawVersion
from proofs.chaos.promises.broken_promise import BrokenPromise
from proofs.chaos.promises.undisturbed import KNOWN, Undisturbed, take_in

# The prefixes of a lake whose objects are a function of the files alone.
_MADE = ("clean/parts/", "clean/records/", "clean/versions/", "quarantine/")


def check_data(state: ObservedState, *, code_hash: str) -> list[BrokenPromise]:
    """Return what is broken of promises 0 to 3 in the lake."""
    expected = take_in(list_delivered(state), code_hash=code_hash)
    return [
        *check_one_version(state, expected),
        *check_newest_wins(state, expected),
        *check_rows(state, expected),
        *check_records(state),
    ]


def list_delivered(state: ObservedState) -> list[RawVersion]:
    """Return the drops that ingest had to take: all but those whose events were rightly lost."""
    lost = {(version.key, version.version_id) for version in list_lost(state)}
    return [version for version in state.raw if (version.key, version.version_id) not in lost]


def list_lost(state: ObservedState) -> list[RawVersion]:
    """Return the versions that the ledger has no record of, and needs none of.

    A newer version that was not refused replaced them before they were read, or a newer one with
    the same bytes was refused. A good version that only refused ones follow is not among them: it
    would be lost.
    """
    records = {(one.raw_key, one.raw_version_id): one for one in state.records.values()}
    lost = []
    for versions in state.list_raw().values():
        replaced, refused = False, set()
        for version in reversed(versions):
            record = records.get((version.key, version.version_id))
            if record is None:
                if replaced or version.body in refused:
                    lost.append(version)
            elif record.state == "refused":
                refused.add(version.body)
            else:
                replaced = True
    return lost


def check_one_version(state: ObservedState, expected: Undisturbed) -> Iterator[BrokenPromise]:
    """Check promise 1: each dataset is, byte for byte, what undisturbed drops of its files make."""
    for dataset in sorted({version.dataset for version in state.raw}):
        key = CURRENT_VERSION.format(dataset=dataset)
        wanted = _read_version(expected.lake.get(key))
        present = _read_version(state.lake.get(key))
        if wanted != present:
            yield BrokenPromise(
                promise=1, where=key, what=f"version {present}, undisturbed: {wanted}"
            )
        elif present is not None:
            place = DATASET_VERSION.format(dataset=dataset, version=present)
            yield from _check_parts(state, expected, place)
    for key, body in state.lake.items():
        # Parts of drops that a newer one overtook may be there as well; none may differ.
        if key.startswith(_MADE) and expected.lake.get(key, body) != body:
            yield BrokenPromise(promise=1, where=key, what="other bytes than undisturbed")


def _check_parts(
    state: ObservedState, expected: Undisturbed, place: str
) -> Iterator[BrokenPromise]:
    if state.lake.get(place) != expected.lake[place]:
        yield BrokenPromise(
            promise=1, where=place, what="the manifest differs from the undisturbed one"
        )
        return
    for part in json.loads(state.lake[place])["parts"]:
        body = state.lake.get(part["key"])
        if body is None or hashlib.sha256(body).hexdigest() != part["sha256"]:
            yield BrokenPromise(promise=1, where=part["key"], what="missing, or not of its sha256")


def check_newest_wins(state: ObservedState, expected: Undisturbed) -> Iterator[BrokenPromise]:
    """Check promise 2: the version has of each key what its newest accepted drop made."""
    for key, versions in state.list_raw().items():
        accepted = [v for v in versions if _is_accepted(expected, v)]
        pointer = state.current.get(versions[0].dataset)
        entry = None if pointer is None else pointer.files.get(key)
        if not accepted:
            if entry is not None:
                yield BrokenPromise(
                    promise=2, where=key, what="refused, and still part of the dataset"
                )
            continue
        newest = name_place(accepted[-1])[0]
        if entry is None or entry.part.key != newest:
            where = "nothing" if entry is None else entry.part.key
            yield BrokenPromise(
                promise=2, where=key, what=f"{where} is in, the newest drop is {newest}"
            )


def check_reports(state: ObservedState) -> Iterator[BrokenPromise]:
    """Check promise 2 for reports: the report beside a key is that of its newest drop."""
    for key, versions in state.list_raw().items():
        fields = RAW.parse(key)
        where = name_report(REPORT, dataset=fields["dataset"], name=fields["name"])
        report = state.reports.get(where, b"").decode()
        if versions[-1].version_id not in report:
            of = next((v.version_id for v in versions if v.version_id in report), "none")
            yield BrokenPromise(
                promise=2,
                where=where,
                what=f"reports {of}, the newest drop is {versions[-1].version_id}",
            )


def check_rows(state: ObservedState, expected: Undisturbed) -> Iterator[BrokenPromise]:
    """Check promise 3: each row of a finished file is accepted or in quarantine, and counted."""
    bodies = {(v.key, v.version_id): v for v in state.raw}
    for where, record in state.records.items():
        version = bodies.get((record.raw_key, record.raw_version_id))
        if version is None or record.state not in ("success", "completed_with_errors"):
            continue
        wanted = expected.records.get((record.raw_key, record.raw_version_id))
        counted = (record.rows_accepted, record.rows_quarantined)
        if wanted is None:
            yield BrokenPromise(
                promise=3, where=where, what=f"counts {counted}, undisturbed it is no drop"
            )
        elif counted != (wanted.rows_accepted, wanted.rows_quarantined):
            yield BrokenPromise(
                promise=3, where=where, what=f"counts {counted}, not as undisturbed"
            )
        if sum(counted) != count_rows(version.body):
            yield BrokenPromise(
                promise=3,
                where=where,
                what=f"{counted} of {count_rows(version.body)} rows are counted",
            )
        yield from _check_rows_there(state, version, record, where)


def _check_rows_there(
    state: ObservedState, version: RawVersion, record: DropRecord, where: str
) -> Iterator[BrokenPromise]:
    """Check the record's counts against the rows in the clean part and in the quarantine."""
    part, quarantine = (state.lake.get(key) for key in name_place(version))
    accepted = count_part(part)
    text = io.StringIO((quarantine or b"").decode())
    lines = {row[0] for row in list(csv.reader(text))[1:]}
    if (accepted, len(lines)) != (record.rows_accepted, record.rows_quarantined):
        yield BrokenPromise(
            promise=3,
            where=where,
            what=f"{accepted} rows in the part, {len(lines)} in quarantine; the record says "
            f"{record.rows_accepted} and {record.rows_quarantined}",
        )


def name_place(version: RawVersion) -> tuple[str, str]:
    """Return the keys of the clean part and of the quarantine that a drop's bytes make."""
    name = name_part(
        raw_sha256=hashlib.sha256(version.body).hexdigest(),
        schema_hash=find_table(version.dataset, KNOWN).columns_hash,
    )
    place = {"dataset": version.dataset, "part": name}
    return CLEAN_PART.format(**place), QUARANTINE.format(**place)


def count_part(body: bytes | None) -> int:
    """Return the number of rows of a clean part; -1 where it is missing or unreadable."""
    try:
        return -1 if body is None else pq.read_table(io.BytesIO(body)).num_rows
    except pa.ArrowInvalid:
        return -1


def count_rows(body: bytes) -> int:
    """Return the number of data rows of a CSV file, plain or gzip, by its lines."""
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return text.count(b"\n") - 1


def check_records(state: ObservedState) -> Iterator[BrokenPromise]:
    """Check promise 0: each key's newest version that was not refused has a finished record.

    The versions after it are refused, and no record is "processing".
    """
    records, lost = state.records, list_lost(state)
    for versions in state.list_raw().values():
        for version in reversed(versions):
            where = name_ledger_record(
                dataset=version.dataset, raw_key=version.key, version_id=version.version_id
            )
            record = records.get(where)
            if version in lost or (record is not None and record.state == "refused"):
                continue
            if record is None or not record.is_finished:
                described = "no record" if record is None else f"state {record.state}"
                what = f"{described} of version {version.version_id}, which nothing replaced"
                yield BrokenPromise(promise=0, where=version.key, what=what)
            break
    for where, record in records.items():
        if record.state == "processing":
            yield BrokenPromise(
                promise=0, where=where, what="still processing when the stack is idle"
            )


def _read_version(body: bytes | None) -> str | None:
    return None if body is None else str(json.loads(body)["version"])


def _is_accepted(expected: Undisturbed, version: RawVersion) -> bool:
    record = expected.records.get((version.key, version.version_id))
    return record is not None and record.state in ("success", "completed_with_errors")
