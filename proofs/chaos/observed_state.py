"""What the buckets and the state machine hold when the stack is idle, read by AWS's own calls."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from dropcast.contracts.documents import decode_document
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import CHAMPION, CURRENT_VERSION, LEDGER, RAW, REPORT
from dropcast.contracts.messages import CurrentVersion
from dropcast.contracts.serialization.codec import from_document
from proofs.chaos.cloud_setup import CloudSetup

_READERS = 8


@dataclass(frozen=True, kw_only=True)
class RawVersion:
    """A version of a dropped object."""

    key: str
    version_id: str
    body: bytes

    @property
    def dataset(self) -> str:
        """The dataset that its key names."""
        return RAW.parse(self.key)["dataset"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """An execution of the state machine."""

    name: str
    status: str
    error: str | None
    output: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ObservedState:
    """What was read from the stack.

    ``raw``       all versions of all dropped objects, the oldest first
    ``reports``, ``lake``, ``models``  the newest version of each key
    ``pointers``  every version of each champion pointer by dataset, the oldest first
    """

    raw: tuple[RawVersion, ...]
    reports: dict[str, bytes]
    lake: dict[str, bytes]
    models: dict[str, bytes]
    pointers: dict[str, tuple[dict[str, Any], ...]]
    runs: tuple[Run, ...]

    @property
    def records(self) -> dict[str, DropRecord]:
        """The ledger's records by their keys."""
        return {
            key: from_document(DropRecord, json.loads(body))
            for key, body in self.lake.items()
            if key.startswith(LEDGER.prefix)
        }

    @property
    def current(self) -> dict[str, CurrentVersion]:
        """The pointers to the datasets' versions."""
        return {
            CURRENT_VERSION.parse(key)["dataset"]: decode_document(CurrentVersion, body, key)
            for key, body in self.lake.items()
            if key.startswith(CURRENT_VERSION.prefix)
        }

    @property
    def audit(self) -> list[dict[str, Any]]:
        """The audit records of decisions and of rollbacks."""
        return [json.loads(b) for k, b in sorted(self.models.items()) if k.startswith("audit/")]

    def list_raw(self) -> dict[str, list[RawVersion]]:
        """Return the versions of each raw key, the oldest first."""
        by_key: dict[str, list[RawVersion]] = {}
        for version in self.raw:
            by_key.setdefault(version.key, []).append(version)
        return by_key


def observe(setup: CloudSetup) -> ObservedState:
    """Return what the stack's buckets and its state machine hold now."""
    with ThreadPoolExecutor(_READERS) as pool:
        raw = _read_all(setup, "raw", RAW.prefix, pool)
        reports = _read_all(setup, "raw", REPORT.prefix, pool, newest=True)
        lake = _read_all(setup, "lake", "", pool, newest=True)
        models = _read_all(setup, "models", "", pool, newest=True)
        moves = _read_all(setup, "models", CHAMPION.prefix, pool)
    pointers: dict[str, list[dict[str, Any]]] = {}
    for move in moves:
        pointers.setdefault(CHAMPION.parse(move.key)["dataset"], []).append(json.loads(move.body))
    return ObservedState(
        raw=tuple(raw),
        reports={one.key: one.body for one in reports},
        lake={one.key: one.body for one in lake},
        models={one.key: one.body for one in models},
        pointers={dataset: tuple(states) for dataset, states in pointers.items()},
        runs=tuple(_list_runs(setup)),
    )


def _read_all(
    setup: CloudSetup, bucket: str, prefix: str, pool: ThreadPoolExecutor, *, newest: bool = False
) -> list[RawVersion]:
    client, name = setup.stack.s3, setup.buckets[bucket]
    pages = client.get_paginator("list_object_versions").paginate(Bucket=name, Prefix=prefix)
    listed = [
        (one["Key"], one["VersionId"])
        for page in pages
        for one in page.get("Versions", [])
        if one["IsLatest"] or not newest
    ]

    def read(place: tuple[str, str]) -> RawVersion:
        key, version = place
        body = client.get_object(Bucket=name, Key=key, VersionId=version)["Body"].read()
        return RawVersion(key=key, version_id=version, body=body)

    # S3 lists the newest version of a key first.
    return list(pool.map(read, reversed(listed)))


def _list_runs(setup: CloudSetup) -> Iterator[Run]:
    client = setup.stack.stepfunctions
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=setup.stack.outputs["StateMachineArn"]
    )
    for page in pages:
        for one in page["executions"]:
            described: Any = client.describe_execution(executionArn=one["executionArn"])
            yield Run(
                name=one["name"],
                status=one["status"],
                error=described.get("error"),
                output=json.loads(described.get("output") or "{}"),
            )
