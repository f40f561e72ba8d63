"""The ledger on S3: one record per raw object version, from the moment its drop is taken up.

Every write is a compare-and-swap, and every attempt to take a drop in has a number. An attempt that
was paused and wakes up late finds a record with a higher number, or a finished one, and leaves it.
"""

from collections.abc import Callable
from dataclasses import replace

from dropcast.contracts.blobs import JSON_TYPE, Blob
from dropcast.contracts.documents import decode_document, encode_document, read_document
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import ObjectNotFoundError
from dropcast.contracts.keys import name_ledger_record
from dropcast.contracts.ports import BlobStore
from dropcast.storage.compare_and_swap import Leave, Replace, change_object

_ATTEMPTS = 12


class S3Ledger:
    """Records in the lake bucket. ``pause`` waits that many seconds before another attempt."""

    def __init__(self, *, lake: BlobStore, pause: Callable[[float], None]) -> None:
        self._lake = lake
        self._pause = pause

    def begin(self, record: DropRecord) -> DropRecord:
        """Store the record under the next attempt's number, and return it as it then stands."""
        return self._move(record, _take_up)

    def finish(self, record: DropRecord) -> DropRecord:
        """Store how the record's attempt ended, and return the record that then stands."""
        return self._move(record, _end)

    def find(self, *, dataset: str, raw_key: str, version_id: str) -> DropRecord | None:
        """Return the record of a raw object version, ``None`` where there is none."""
        key = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id=version_id)
        try:
            return read_document(self._lake, DropRecord, key)
        except ObjectNotFoundError:
            return None

    def _move(
        self,
        record: DropRecord,
        choose: Callable[[DropRecord | None, DropRecord], DropRecord],
    ) -> DropRecord:
        """Store what ``choose`` makes of the stored record and this one, and return it."""
        key = name_ledger_record(
            dataset=record.dataset, raw_key=record.raw_key, version_id=record.raw_version_id
        )

        def decide(blob: Blob | None) -> Leave[DropRecord] | Replace[DropRecord]:
            present = None if blob is None else decode_document(DropRecord, blob.body, key)
            wanted = choose(present, record)
            if wanted == present:
                return Leave(result=wanted)
            return Replace(body=encode_document(wanted), content_type=JSON_TYPE, result=wanted)

        return change_object(self._lake, key, decide, attempts=_ATTEMPTS, pause=self._pause)


def _take_up(present: DropRecord | None, record: DropRecord) -> DropRecord:
    if present is not None and present.is_finished:
        return present
    return replace(record, attempt=present.attempt + 1 if present else 1)


def _end(present: DropRecord | None, record: DropRecord) -> DropRecord:
    overtaken = present is not None and (present.is_finished or present.attempt > record.attempt)
    return present if present is not None and overtaken else record
