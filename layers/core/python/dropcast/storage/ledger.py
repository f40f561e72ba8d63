"""The ledger on S3: one record per raw object version, from the moment its drop is taken up.

Every write is a compare-and-swap, and every try to take a drop in has a number. A try that was
paused and wakes up late finds a record with a higher number, or a finished one, and leaves it.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from dropcast.contracts.documents import (
    JSON_TYPE,
    decode_document,
    encode_document,
    read_document,
)
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import ContendedError, ObjectNotFoundError
from dropcast.contracts.keys import name_ledger_record
from dropcast.contracts.ports import BlobStore

_TRIES = 12


class S3Ledger:
    """Records in the lake bucket. ``pause`` waits that many seconds before another try."""

    def __init__(self, *, lake: BlobStore, pause: Callable[[float], None]) -> None:
        self._lake = lake
        self._pause = pause

    def begin(self, record: DropRecord) -> DropRecord:
        return self._move(record, _take_up)

    def finish(self, record: DropRecord) -> DropRecord:
        return self._move(record, _end)

    def find(self, *, dataset: str, raw_key: str, version_id: str) -> DropRecord | None:
        key = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id=version_id)
        try:
            return read_document(self._lake, DropRecord, key)
        except ObjectNotFoundError:
            return None

    def _move(
        self,
        record: DropRecord,
        decide: Callable[[DropRecord | None, DropRecord], DropRecord],
    ) -> DropRecord:
        """Store what ``decide`` makes of the stored record and this one; return what then
        stands."""
        key = name_ledger_record(
            dataset=record.dataset, raw_key=record.raw_key, version_id=record.raw_version_id
        )
        for attempt in range(_TRIES):
            present, etag = self._read(key)
            wanted = decide(present, record)
            if wanted == present or self._swap(key, wanted, etag):
                return wanted
            self._pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        raise ContendedError(f"'{key}' kept moving; {_TRIES} tries to write it failed")

    def _read(self, key: str) -> tuple[DropRecord | None, str | None]:
        try:
            blob = self._lake.read(key)
        except ObjectNotFoundError:
            return None, None
        return decode_document(DropRecord, blob.body, key), blob.etag

    def _swap(self, key: str, record: DropRecord, etag: str | None) -> bool:
        try:
            return self._lake.swap(key, encode_document(record), JSON_TYPE, etag)
        except ContendedError:
            return False


def _take_up(present: DropRecord | None, record: DropRecord) -> DropRecord:
    if present is not None and present.is_finished:
        return present
    return replace(record, attempt=present.attempt + 1 if present else 1)


def _end(present: DropRecord | None, record: DropRecord) -> DropRecord:
    overtaken = present is not None and (present.is_finished or present.attempt > record.attempt)
    return present if present is not None and overtaken else record
