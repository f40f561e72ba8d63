"""Drops without an end: a file lies in the raw bucket and the ledger does not tell what became of
it, or tells of a failure."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from cli.mending.findings import NO_ERROR, Dead
from cli.stacks import CONNECTIONS, DeployedStack
from dropcast.contracts.errors import KeyGrammarError
from dropcast.contracts.keys import RAW, UNPLACED, name_ledger_record

_NEWER = "nothing was done: a newer drop of the key has come since"
# S3's words for "the object is not the one that you saw"
_MOVED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_KEPT = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType")


@dataclass(frozen=True, kw_only=True)
class RawObject:
    """The newest version of a key in the raw bucket."""

    key: str
    version_id: str
    changed_at: datetime

    @property
    def dataset(self) -> str:
        try:
            return RAW.parse(self.key)["dataset"]
        except KeyGrammarError:
            return UNPLACED


def find_dead_drops(
    stack: DeployedStack,
    *,
    now: datetime,
    older_than_seconds: float,
    told: Collection[tuple[str | None, str | None]] = (),
) -> list[Dead]:
    """Return the newest versions of keys under ``raw/`` that failed, are "processing" for longer
    than ``older_than_seconds`` or have no ledger record after that time. What ``told`` has, by key
    and version, is told of elsewhere. Older versions of a key are nobody's loss: they are replaced.
    """
    since = now - timedelta(seconds=older_than_seconds)
    drops = [drop for drop in list_newest(stack) if (drop.key, drop.version_id) not in told]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        records = list(pool.map(_make_reader(stack), drops))
    found = (judge(drop, record, since=since) for drop, record in zip(drops, records, strict=True))
    return [dead for dead in found if dead is not None]


def judge(drop: RawObject, record: Mapping[str, Any] | None, *, since: datetime) -> Dead | None:
    """Return the finding that a drop and its ledger record make, ``None`` where all is well or may
    still become so: the function may have been started after ``since``."""
    if record is None:
        return _tell(drop, at=drop.changed_at, problem=_LOST) if drop.changed_at < since else None
    if record["state"] == "failed":
        at = record.get("finished_at") or record.get("started_at")
        return _tell(drop, at=_read_time(at, drop), problem="ingest failed", record=record)
    if record["state"] == "processing":
        started = _read_time(record.get("started_at"), drop)
        return _tell(drop, at=started, problem=_STUCK, record=record) if started < since else None
    return None


_LOST = "the ledger knows nothing of it; its event was lost"
_STUCK = "ingest began and never ended"


def list_newest(stack: DeployedStack, prefix: str = RAW.prefix) -> list[RawObject]:
    """Return the newest version of each key under the prefix that is not deleted; a console's
    empty folder objects are no drops."""
    client = stack.cloud.client("s3")
    pages = client.get_paginator("list_object_versions").paginate(
        Bucket=stack.outputs["RawBucketName"], Prefix=prefix
    )
    return [
        RawObject(key=one["Key"], version_id=one["VersionId"], changed_at=one["LastModified"])
        for page in pages
        for one in page.get("Versions", [])
        if one["IsLatest"] and not (one["Key"].endswith("/") and not one["Size"])
    ]


def take_in_again(stack: DeployedStack, key: str, *, version_id: str | None = None) -> str:
    """Copy the newest version of a raw key onto itself; return what was done.

    A lost event cannot be made up: only S3 knows the sequencer that orders a key's drops. A copy is
    a new version with an event and a sequencer of its own, of the bytes that are newest already.
    An older version is never copied, so that old data cannot come back, and the copy is made only
    while the object is the one that was looked at: a drop that comes in between wins. Where
    ``version_id`` is given it must still be the newest.
    """
    client, bucket = stack.cloud.client("s3"), stack.outputs["RawBucketName"]
    head = client.head_object(Bucket=bucket, Key=key)
    if version_id is not None and head["VersionId"] != version_id:
        return _NEWER
    try:
        answer = client.copy_object(
            Bucket=bucket,
            Key=key,
            CopySource={"Bucket": bucket, "Key": key},
            CopySourceIfMatch=head["ETag"],
            IfMatch=head["ETag"],
            # S3 refuses a copy onto itself that changes nothing.
            MetadataDirective="REPLACE",
            Metadata={**head["Metadata"], "dropcast-redriven-from": head["VersionId"]},
            **{name: head[name] for name in _KEPT if name in head},
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MOVED:
            return _NEWER
        raise
    return f"dropped again as version {answer['VersionId']}"


def take_all_in_again(stack: DeployedStack, dataset: str) -> Iterable[tuple[str, str]]:
    """Drop every file of a dataset again; yield each key and what was done."""
    for drop in list_newest(stack, f"{RAW.prefix}{dataset}/"):
        yield drop.key, take_in_again(stack, drop.key, version_id=drop.version_id)


def _make_reader(stack: DeployedStack) -> Callable[[RawObject], Any]:
    client, bucket = stack.cloud.client("s3"), stack.outputs["LakeBucketName"]

    def read(drop: RawObject) -> Any:
        key = name_ledger_record(dataset=drop.dataset, raw_key=drop.key, version_id=drop.version_id)
        try:
            return json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except client.exceptions.NoSuchKey:
            return None

    return read


def _read_time(text: str | None, drop: RawObject) -> datetime:
    return datetime.fromisoformat(text) if text else drop.changed_at


def _tell(
    drop: RawObject, *, at: datetime, problem: str, record: Mapping[str, Any] | None = None
) -> Dead:
    told = record or {}
    return Dead(
        kind="drop",
        handle=f"{drop.key}\n{drop.version_id}",
        what=f"a dropped file: {problem}",
        at=at,
        dataset=drop.dataset,
        key=drop.key,
        version_id=drop.version_id,
        error=told.get("error"),
        message=told.get("message") or NO_ERROR,
        attempts=told.get("attempt"),
    )
