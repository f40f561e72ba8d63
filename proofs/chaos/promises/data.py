"""Promises 1 to 3: one version of a dataset, the newest drop wins, and no row is lost."""

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
from proofs.chaos.found import Found, RawVersion
from proofs.chaos.promises.broken import Broken
from proofs.chaos.promises.undisturbed import KNOWN, Undisturbed, take_in

# What of a lake is a function of the files alone.
_MADE = ("clean/parts/", "clean/records/", "clean/versions/", "quarantine/")


def check_data(found: Found, *, code_hash: str) -> list[Broken]:
    """Return what is broken of promises 0 to 3 in the lake."""
    expected = take_in(list_told(found), code_hash=code_hash)
    return [
        *check_one_version(found, expected),
        *check_newest_wins(found, expected),
        *check_rows(found, expected),
        *check_records(found),
    ]


def list_told(found: Found) -> list[RawVersion]:
    """Return the drops that ingest was told of. The lost event of a version that a newer one
    replaced is nobody's loss."""
    lost = {(version.key, version.version_id) for version in list_lost(found)}
    return [version for version in found.raw if (version.key, version.version_id) not in lost]


def list_lost(found: Found) -> list[RawVersion]:
    """Return the versions that the ledger knows nothing of and need not: a newer one, not refused,
    replaced them before anybody could look, or a newer one with the same bytes was refused. What
    only other refused ones follow is nowhere else."""
    records = {(one.raw_key, one.raw_version_id): one for one in found.records.values()}
    lost = []
    for versions in found.list_raw().values():
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


def check_one_version(found: Found, expected: Undisturbed) -> Iterator[Broken]:
    """Promise 1: the datasets are, byte for byte, what undisturbed drops of the files make."""
    for dataset in sorted({version.dataset for version in found.raw}):
        key = CURRENT_VERSION.format(dataset=dataset)
        wanted = _read_version(expected.lake.get(key))
        present = _read_version(found.lake.get(key))
        if wanted != present:
            yield Broken(promise=1, where=key, what=f"version {present}, undisturbed: {wanted}")
        elif present is not None:
            place = DATASET_VERSION.format(dataset=dataset, version=present)
            yield from _check_parts(found, expected, place)
    for key, body in found.lake.items():
        # Parts of drops that were overtaken may be there besides; none may differ.
        if key.startswith(_MADE) and expected.lake.get(key, body) != body:
            yield Broken(promise=1, where=key, what="other bytes than undisturbed")


def _check_parts(found: Found, expected: Undisturbed, place: str) -> Iterator[Broken]:
    if found.lake.get(place) != expected.lake[place]:
        yield Broken(promise=1, where=place, what="the manifest differs from the undisturbed one")
        return
    for part in json.loads(found.lake[place])["parts"]:
        body = found.lake.get(part["key"])
        if body is None or hashlib.sha256(body).hexdigest() != part["sha256"]:
            yield Broken(promise=1, where=part["key"], what="missing, or not of its sha256")


def check_newest_wins(found: Found, expected: Undisturbed) -> Iterator[Broken]:
    """Promise 2: of each key the version has what its newest accepted drop made."""
    for key, versions in found.list_raw().items():
        accepted = [v for v in versions if _is_accepted(expected, v)]
        pointer = found.current.get(versions[0].dataset)
        state = None if pointer is None else pointer.files.get(key)
        if not accepted:
            if state is not None:
                yield Broken(promise=2, where=key, what="refused, and yet part of the dataset")
            continue
        newest = name_place(accepted[-1])[0]
        if state is None or state.part.key != newest:
            where = "nothing" if state is None else state.part.key
            yield Broken(promise=2, where=key, what=f"{where} is in, the newest drop is {newest}")


def check_reports(found: Found) -> Iterator[Broken]:
    """Promise 2, for people: the report beside a key is that of its newest drop."""
    for key, versions in found.list_raw().items():
        fields = RAW.parse(key)
        where = name_report(REPORT, dataset=fields["dataset"], name=fields["name"])
        told = found.reports.get(where, b"").decode()
        if versions[-1].version_id not in told:
            of = next((v.version_id for v in versions if v.version_id in told), "none")
            yield Broken(
                promise=2,
                where=where,
                what=f"tells of {of}, the newest drop is {versions[-1].version_id}",
            )


def check_rows(found: Found, expected: Undisturbed) -> Iterator[Broken]:
    """Promise 3: each row of a finished file is accepted or in quarantine, and counted so."""
    bodies = {(v.key, v.version_id): v for v in found.raw}
    for where, record in found.records.items():
        version = bodies.get((record.raw_key, record.raw_version_id))
        if version is None or record.state not in ("success", "completed_with_errors"):
            continue
        wanted = expected.records.get((record.raw_key, record.raw_version_id))
        told = (record.rows_accepted, record.rows_quarantined)
        if wanted is None:
            yield Broken(promise=3, where=where, what=f"counts {told}, undisturbed it is no drop")
        elif told != (wanted.rows_accepted, wanted.rows_quarantined):
            yield Broken(promise=3, where=where, what=f"counts {told}, not as undisturbed")
        if sum(told) != count_rows(version.body):
            yield Broken(
                promise=3,
                where=where,
                what=f"{told} of {count_rows(version.body)} rows are told of",
            )
        yield from _check_rows_there(found, version, record, where)


def _check_rows_there(
    found: Found, version: RawVersion, record: DropRecord, where: str
) -> Iterator[Broken]:
    """Count the rows where they lie: the clean part's and the quarantine's, by line."""
    part, quarantine = (found.lake.get(key) for key in name_place(version))
    accepted = count_part(part)
    text = io.StringIO((quarantine or b"").decode())
    lines = {row[0] for row in list(csv.reader(text))[1:]}
    if (accepted, len(lines)) != (record.rows_accepted, record.rows_quarantined):
        yield Broken(
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
    """Return the rows of a clean part; -1 where it is missing or not to be read."""
    try:
        return -1 if body is None else pq.read_table(io.BytesIO(body)).num_rows
    except pa.ArrowInvalid:
        return -1


def count_rows(body: bytes) -> int:
    """Return the data rows of a CSV file, plain or gzip, as its lines tell."""
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return text.count(b"\n") - 1


def check_records(found: Found) -> Iterator[Broken]:
    """Nothing is lost: each key's newest version that was not refused has a finished record, those
    after it are refused, and nothing is "processing"."""
    records, lost = found.records, list_lost(found)
    for versions in found.list_raw().values():
        for version in reversed(versions):
            where = name_ledger_record(
                dataset=version.dataset, raw_key=version.key, version_id=version.version_id
            )
            record = records.get(where)
            if version in lost or (record is not None and record.state == "refused"):
                continue
            if record is None or not record.is_finished:
                state = "no record" if record is None else f"state {record.state}"
                what = f"{state} of version {version.version_id}, which nothing replaced"
                yield Broken(promise=0, where=version.key, what=what)
            break
    for where, record in records.items():
        if record.state == "processing":
            yield Broken(promise=0, where=where, what="still processing when all is quiet")


def _read_version(body: bytes | None) -> str | None:
    return None if body is None else str(json.loads(body)["version"])


def _is_accepted(expected: Undisturbed, version: RawVersion) -> bool:
    record = expected.records.get((version.key, version.version_id))
    return record is not None and record.state in ("success", "completed_with_errors")
