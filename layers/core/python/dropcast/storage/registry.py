"""The model registry on S3: one champion pointer per dataset, moved by compare-and-swap.

Beside it stands an immutable record of each model that was ever champion, and of each step of a
rollback.
"""

import re
from collections.abc import Callable

from dropcast.contracts.blobs import JSON_TYPE, Blob
from dropcast.contracts.champion import Champion, ChampionPointer
from dropcast.contracts.documents import decode_document, encode_document, read_document
from dropcast.contracts.errors import (
    KeyGrammarError,
    NoChampionError,
    ObjectNotFoundError,
    StoreBusyError,
    UnknownModelError,
)
from dropcast.contracts.keys import AUDIT, CHAMPION, REGISTRATION, KeyFormat
from dropcast.contracts.messages import ChampionRolledBack, Registration
from dropcast.contracts.ports import BlobStore
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.storage.compare_and_swap import Leave, Replace, change_object, find_object
from dropcast.storage.reading import read_documents

_ROLLBACK = "rollback-"
# How many moves back a mover still finds its own.
_MOVERS = 16
_ATTEMPTS = 8


class S3ModelRegistry:
    """Champions in the model bucket. ``pause`` waits that many seconds before another attempt."""

    def __init__(self, *, models: BlobStore, pause: Callable[[float], None]) -> None:
        self._models = models
        self._pause = pause

    def read_champion(self, dataset: str) -> Champion:
        """Return the champion; raise ``NoChampionError`` if there is none."""
        return self.read_pointer(dataset).champion

    def read_pointer(self, dataset: str) -> ChampionPointer:
        """Return the champion pointer; raise ``NoChampionError`` if there is none."""
        pointer = self.find_pointer(dataset)
        if pointer is None:
            raise NoChampionError(
                f"dataset '{dataset}' has no champion yet: no model has passed its gate; "
                f"drop a file under raw/{dataset}/ and watch the state machine"
            )
        return pointer

    def find_pointer(self, dataset: str) -> ChampionPointer | None:
        """Return the champion pointer, ``None`` where no model was ever champion."""
        key = CHAMPION.format(dataset=dataset)
        return _decode_pointer(find_object(self._models, key), key)

    def promote(self, champion: Champion, *, generation: int, mover: str) -> bool:
        """Move the pointer if it still is of ``generation``; return whether it moved."""
        key = CHAMPION.format(dataset=champion.dataset)

        def decide(blob: Blob | None) -> Leave[bool] | Replace[bool]:
            present = _decode_pointer(blob, key)
            if (present.generation if present else 0) != generation:
                # Too late; or a write whose answer was lost, and which the client sent again.
                return Leave(result=_was_moved(present, mover, generation + 1))
            movers = (mover, *(present.movers if present else ()))[:_MOVERS]
            wanted = ChampionPointer(champion=champion, generation=generation + 1, movers=movers)
            return Replace(body=encode_document(wanted), content_type=JSON_TYPE, result=True)

        try:
            return change_object(self._models, key, decide, attempts=_ATTEMPTS, pause=self._pause)
        except StoreBusyError:
            # The store may have written and then failed to answer.
            if _was_moved(self.find_pointer(champion.dataset), mover, generation + 1):
                return True
            raise

    def record(self, registration: Registration) -> bool:
        """Keep that a model became champion, once; return whether it was new."""
        champion = registration.champion
        key = REGISTRATION.format(dataset=champion.dataset, model=champion.model)
        return self._models.create(key, encode_document(registration), JSON_TYPE)

    def find_registration(self, dataset: str, model: str) -> Registration:
        """Return when and how a model became champion; raise ``UnknownModelError``."""
        try:
            key = REGISTRATION.format(dataset=dataset, model=model)
            return read_document(self._models, Registration, key)
        except (KeyGrammarError, ObjectNotFoundError):
            raise UnknownModelError(
                f"no model '{model[:100]}' was ever champion of '{dataset}'; "
                f"GET /{dataset}/versions lists those that were"
            ) from None

    def list_registrations(self, dataset: str) -> tuple[Registration, ...]:
        """Return the models that were ever champion, newest first."""
        keys = self._models.list_keys(_name_folder(REGISTRATION, dataset=dataset))
        found = read_documents(self._models, Registration, keys)
        return tuple(sorted(found, key=lambda r: (r.registered_at, r.champion.model), reverse=True))

    def record_rollback(self, rollback: ChampionRolledBack) -> None:
        """Write the audit record of one step of a rollback."""
        stamp = re.sub(r"[^0-9TZ]", "", rollback.at.replace("+00:00", "Z"))
        entry = f"{_ROLLBACK}{stamp}-{hash_canonical(to_document(rollback))[:16]}"
        key = AUDIT.format(dataset=rollback.dataset, entry=entry)
        self._models.create(key, encode_document(rollback), JSON_TYPE)

    def list_rollbacks(self, dataset: str) -> tuple[ChampionRolledBack, ...]:
        """Return every step of every rollback, newest first."""
        keys = self._models.list_keys(_name_folder(AUDIT, dataset=dataset) + _ROLLBACK)
        found = read_documents(self._models, ChampionRolledBack, keys)
        return tuple(sorted(found, key=lambda r: (r.at, r.outcome), reverse=True))


def _decode_pointer(blob: Blob | None, key: str) -> ChampionPointer | None:
    return None if blob is None else decode_document(ChampionPointer, blob.body, key)


def _was_moved(pointer: ChampionPointer | None, mover: str, generation: int) -> bool:
    return pointer is not None and pointer.was_moved(mover, generation=generation)


def _name_folder(key_format: KeyFormat, *, dataset: str) -> str:
    """Return what all keys of a dataset begin with.

    >>> _name_folder(AUDIT, dataset="bitcoin")
    'audit/bitcoin/'
    """
    return f"{key_format.prefix}{dataset}/"
