"""Drops in the raw bucket, by the ledger's records of them.

Those without an end, which have no record or one of a failure, and those that were refused.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.keys import RAW, RAW_BUCKET_PREFIXES, name_ledger_record, place_drop
from operations.clouds import CONNECTIONS
from operations.recovery.findings import NO_ERROR, Dead
from operations.recovery.refused import Refused
from operations.stacks import DeployedStack

_NEWER = "nothing was done: a newer drop of the key has come since"
# S3's codes for "the object is not the one that you saw"
_MOVED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_KEPT = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType")


@dataclass(frozen=True, kw_only=True)
class RawObject:
    """A version of a key in the raw bucket."""

    key: str
    version_id: str
    changed_at: datetime

    @property
    def dataset(self) -> str:
        """The dataset that the key belongs to."""
        return place_drop(RAW, self.key)["dataset"]


RecordReader = Callable[[RawObject], Mapping[str, Any] | None]
# The version that a copy was made of, None where it is none.
OriginReader = Callable[[RawObject], str | None]
_ORIGIN = "dropcast-redriven-from"


def find_drops(
    stack: DeployedStack,
    *,
    now: datetime,
    older_than_seconds: float,
    known: Collection[tuple[str | None, str | None]] = (),
) -> tuple[list[Dead], list[Refused]]:
    """Return the dead and the refused among the drops under ``raw/`` and the strays.

    Dead are those that for longer than ``older_than_seconds`` have failed, are "processing" or have
    no ledger record. Of each key that is the newest that was not refused: a refused one replaces
    nothing, and what an older one held is replaced. What ``known`` has, by key and version, is
    listed elsewhere. Refused is a key whose newest version is.
    """
    since = now - timedelta(seconds=older_than_seconds)
    # Each record is read once, whoever needs it.
    read, trace = cache(_make_reader(stack)), _make_tracer(stack)
    histories = [*list_histories(stack), *list_stray_histories(stack)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        wanted = list(pool.map(lambda history: find_wanted(history, read, trace), histories))
    found = (
        judge(*one, since=since)
        for one in wanted
        if one is not None and (one[0].key, one[0].version_id) not in known
    )
    bucket = stack.find_output("RawBucketName")
    refused = (judge_refused(newest, read(newest), bucket) for newest, *_ in histories)
    return [one for one in found if one is not None], [one for one in refused if one is not None]


def find_wanted(
    history: Sequence[RawObject], read: RecordReader, trace: OriginReader
) -> tuple[RawObject, Mapping[str, Any] | None] | None:
    """Return the version of a key that ought to be in the dataset, and its ledger record.

    That is the newest that was not refused. One without a good end whose copy was refused has the
    same bytes and is refused too. ``history`` has the newest first.
    """
    refused: list[RawObject] = []
    for drop in history:
        record = read(drop)
        state = None if record is None else record["state"]
        is_open = state is None or state in _PROBLEMS
        if is_open and any(trace(copy) == drop.version_id for copy in refused):
            state = "refused"
        if state != "refused":
            return drop, record
        refused.append(drop)
    return None


def judge(drop: RawObject, record: Mapping[str, Any] | None, *, since: datetime) -> Dead | None:
    """Return the finding that a drop and its ledger record make.

    ``None`` where all is well or may still become so: what was tried after ``since`` may still be
    at work, or be tried again.
    """
    if record is None:
        if drop.changed_at >= since:
            return None
        return _describe(drop, at=drop.changed_at, problem=_LOST)
    problem = _PROBLEMS.get(record["state"])
    at = _read_time(record.get("finished_at") or record.get("started_at"), drop)
    if problem is None or at >= since:
        return None
    return _describe(drop, at=at, problem=problem, record=record)


def judge_refused(drop: RawObject, record: Mapping[str, Any] | None, bucket: str) -> Refused | None:
    """Return the refusal that a drop's ledger record describes, ``None`` if there is none."""
    if record is None or record["state"] != "refused":
        return None
    return Refused(
        dataset=drop.dataset,
        key=drop.key,
        version_id=drop.version_id,
        at=_read_time(record["finished_at"], drop),
        message=record["message"],
        report=f"s3://{bucket}/{record['report_key']}",
    )


_LOST = "the ledger has no record of it; its event was lost"
_PROBLEMS = {"processing": "ingest began and never ended", "failed": "ingest failed"}


def list_histories(stack: DeployedStack, prefix: str = RAW.prefix) -> list[list[RawObject]]:
    """Return the versions of each key under the prefix that is not deleted, the newest first.

    A console's empty folder objects are no drops.
    """
    return _group(_list_pages(stack, Prefix=prefix))


def list_stray_histories(stack: DeployedStack) -> list[list[RawObject]]:
    """Return the versions of each key under no prefix of ours, as :func:`list_histories` does.

    What lies under the prefixes is not listed.
    """
    top = list(_list_pages(stack, Delimiter="/"))
    folders = [one["Prefix"] for page in top for one in page.get("CommonPrefixes", [])]
    strange = [folder for folder in folders if folder not in RAW_BUCKET_PREFIXES]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        below = pool.map(lambda folder: list(_list_pages(stack, Prefix=folder)), strange)
    return _group(chain(top, *below))


def _list_pages(stack: DeployedStack, **options: str) -> Iterable[Mapping[str, Any]]:
    pages: Iterable[Mapping[str, Any]] = (
        stack.cloud.client("s3")
        .get_paginator("list_object_versions")
        .paginate(Bucket=stack.find_output("RawBucketName"), **options)
    )
    return pages


def _group(pages: Iterable[Mapping[str, Any]]) -> list[list[RawObject]]:
    histories: dict[str, list[RawObject]] = {}
    present = set()
    for one in (one for page in pages for one in page.get("Versions", [])):
        if one["Key"].endswith("/") and not one["Size"]:
            continue
        drop = RawObject(
            key=one["Key"], version_id=one["VersionId"], changed_at=one["LastModified"]
        )
        histories.setdefault(drop.key, []).append(drop)
        if one["IsLatest"]:
            present.add(drop.key)
    return [history for key, history in histories.items() if key in present]


def take_in_again(stack: DeployedStack, key: str, version_id: str) -> str:
    """Copy a version of a raw key onto the key; return what was done.

    A lost event cannot be made up: only S3 knows the sequencer that orders a key's drops. A copy is
    a new version with an event and a sequencer of its own. It is made of the newest version, or of
    one after which nothing but refused files came, so that old data cannot come back; and only
    while the newest is the one that was looked at: a drop that comes in between wins.
    """
    client, bucket = stack.cloud.client("s3"), stack.find_output("RawBucketName")
    newest = client.head_object(Bucket=bucket, Key=key)
    if newest["VersionId"] != version_id and not _is_wanted(stack, key, version_id):
        return _NEWER
    head = client.head_object(Bucket=bucket, Key=key, VersionId=version_id)
    try:
        answer = client.copy_object(
            Bucket=bucket,
            Key=key,
            CopySource={"Bucket": bucket, "Key": key, "VersionId": version_id},
            IfMatch=newest["ETag"],
            # S3 refuses a copy onto itself that changes nothing.
            MetadataDirective="REPLACE",
            Metadata={**head["Metadata"], _ORIGIN: version_id},
            **{name: head[name] for name in _KEPT if name in head},
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MOVED:
            return _NEWER
        raise
    return f"dropped again as version {answer['VersionId']}"


def _is_wanted(stack: DeployedStack, key: str, version_id: str) -> bool:
    read, trace = _make_reader(stack), _make_tracer(stack)
    wanted = (
        find_wanted(history, read, trace)
        for history in list_histories(stack, key)
        if history[0].key == key
    )
    return any(one is not None and one[0].version_id == version_id for one in wanted)


def take_all_in_again(stack: DeployedStack, dataset: str) -> Iterable[tuple[str, str, bool]]:
    """Drop every file of a dataset again; yield each key, what was done, and whether it was.

    One that cannot be dropped does not hold up the others.
    """
    for newest, *_ in list_histories(stack, f"{RAW.prefix}{dataset}/"):
        try:
            yield newest.key, take_in_again(stack, newest.key, newest.version_id), True
        except (ClientError, BotoCoreError) as error:
            yield newest.key, f"failed: {error}", False


def _make_reader(stack: DeployedStack) -> RecordReader:
    client, bucket = stack.cloud.client("s3"), stack.find_output("LakeBucketName")

    def read(drop: RawObject) -> Any:
        key = name_ledger_record(dataset=drop.dataset, raw_key=drop.key, version_id=drop.version_id)
        try:
            return json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except client.exceptions.NoSuchKey:
            return None

    return read


def _make_tracer(stack: DeployedStack) -> OriginReader:
    client, bucket = stack.cloud.client("s3"), stack.find_output("RawBucketName")

    def trace(drop: RawObject) -> str | None:
        head = client.head_object(Bucket=bucket, Key=drop.key, VersionId=drop.version_id)
        origin: str | None = head["Metadata"].get(_ORIGIN)
        return origin

    return trace


def _read_time(text: str | None, drop: RawObject) -> datetime:
    return datetime.fromisoformat(text) if text else drop.changed_at


def _describe(
    drop: RawObject, *, at: datetime, problem: str, record: Mapping[str, Any] | None = None
) -> Dead:
    known = record or {}
    return Dead(
        kind="drop",
        handle=f"{drop.key}\n{drop.version_id}",
        what=f"a dropped file: {problem}",
        at=at,
        dataset=drop.dataset,
        key=drop.key,
        version_id=drop.version_id,
        error=known.get("error"),
        message=known.get("message") or NO_ERROR,
        attempts=known.get("attempt"),
    )
