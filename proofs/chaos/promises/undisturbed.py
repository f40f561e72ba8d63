"""The result of an undisturbed run over the same files.

The deployed code runs in one process, one drop after another, over buckets in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dropcast.contracts import environment
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import REPORT
from dropcast.recipes import RECIPES
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.s3_events import read_raw_arrived
from dropcast.steps.take_in import take_in as take_in_file
from dropcast.storage.memory import MemoryBlobStore
from proofs.chaos.observed_state import RawVersion
from proofs.chaos.recipe import RECIPE

# What is deployed: every dataset, and the suite's own.
KNOWN = {**RECIPES, RECIPE.dataset: RECIPE}


@dataclass(frozen=True, kw_only=True)
class Undisturbed:
    """The lake and the reports that the files make; each drop's record by key and version."""

    lake: dict[str, bytes]
    reports: dict[str, bytes]
    records: dict[tuple[str, str], DropRecord]


class _Dropped(MemoryBlobStore):
    """The raw bucket, where each key has the version that was dropped last."""

    def __init__(self) -> None:
        super().__init__()
        self._newest: dict[str, str] = {}

    def drop(self, version: RawVersion) -> None:
        self.objects[version.key] = version.body
        self._newest[version.key] = version.version_id

    def find_version_id(self, key: str) -> str:
        return self._newest.get(key) or super().find_version_id(key)


def take_in(versions: Sequence[RawVersion], *, code_hash: str) -> Undisturbed:
    """Return what these drops make, in this order."""
    lake, raw = MemoryBlobStore(), _Dropped()
    ports = Dependencies(
        environ={environment.CODE_HASH: code_hash},
        recipes=KNOWN,
        buckets={environment.RAW_BUCKET: raw, environment.LAKE_BUCKET: lake},
    )
    records = {}
    for number, version in enumerate(versions, start=1):
        raw.drop(version)
        arrived = read_raw_arrived(_make_event(version, number))
        if arrived is not None:
            records[version.key, version.version_id] = take_in_file(
                arrived,
                raw=raw,
                lake=lake,
                ledger=ports.ledger,
                versions=ports.versions,
                reports=ports.reports,
                find_table=ports.find_table,
                tables=ports.tables,
                code_hash=code_hash,
                now=ports.now,
            )
    reports = {key: body for key, body in raw.objects.items() if key.startswith(REPORT.prefix)}
    return Undisturbed(lake=lake.objects, reports=reports, records=records)


def _make_event(version: RawVersion, number: int) -> dict[str, Any]:
    found = {
        "key": version.key,
        "size": len(version.body),
        "sequencer": f"{number:018X}",
        "version-id": version.version_id,
    }
    return {"detail": {"bucket": {"name": "raw"}, "object": found}}
