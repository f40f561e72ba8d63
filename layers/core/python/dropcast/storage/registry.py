"""The model registry on S3: one champion pointer per dataset, moved by compare-and-swap, beside it
an immutable record of each model that was ever champion and of each step of a rollback."""

import random
import re
from collections.abc import Callable

from dropcast.contracts.champion import Champion, ChampionPointer
from dropcast.contracts.documents import (
    JSON_TYPE,
    decode_document,
    encode_document,
    read_document,
)
from dropcast.contracts.errors import (
    ContendedError,
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
from dropcast.storage.reading import read_documents

_ROLLBACK = "rollback-"
# How many moves back a mover still finds its own.
_MOVERS = 16
_TRIES = 8


class S3ModelRegistry:
    """Champions in the model bucket. ``pause`` waits that many seconds before another try."""

    def __init__(self, *, models: BlobStore, pause: Callable[[float], None]) -> None:
        self._models = models
        self._pause = pause

    def read_champion(self, dataset: str) -> Champion:
        return self.read_pointer(dataset).champion

    def read_pointer(self, dataset: str) -> ChampionPointer:
        pointer = self.find_pointer(dataset)
        if pointer is None:
            raise NoChampionError(
                f"dataset '{dataset}' has no champion yet: no model has passed its gate; "
                f"drop a file under raw/{dataset}/ and watch the state machine"
            )
        return pointer

    def find_pointer(self, dataset: str) -> ChampionPointer | None:
        return self._look(CHAMPION.format(dataset=dataset))[0]

    def promote(self, champion: Champion, *, generation: int, mover: str) -> bool:
        key = CHAMPION.format(dataset=champion.dataset)
        for attempt in range(_TRIES):
            present, etag = self._look(key)
            if (present.generation if present else 0) != generation:
                # Too late; or a write whose answer was lost, and which the client sent again.
                return present is not None and present.was_moved(mover, generation=generation + 1)
            movers = (mover, *(present.movers if present else ()))[:_MOVERS]
            wanted = ChampionPointer(champion=champion, generation=generation + 1, movers=movers)
            if self._swap(key, wanted, etag, mover):
                return True
            self._pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        raise ContendedError(f"'{key}' kept being written; {_TRIES} tries to move it failed")

    def _swap(self, key: str, wanted: ChampionPointer, etag: str | None, mover: str) -> bool:
        try:
            return self._models.swap(key, encode_document(wanted), JSON_TYPE, etag)
        except ContendedError:
            return False
        except StoreBusyError:
            present, _ = self._look(key)
            if present is not None and present.was_moved(mover, generation=wanted.generation):
                return True
            raise

    def _look(self, key: str) -> tuple[ChampionPointer | None, str | None]:
        try:
            blob = self._models.read(key)
        except ObjectNotFoundError:
            return None, None
        return decode_document(ChampionPointer, blob.body, key), blob.etag

    def record(self, registration: Registration) -> bool:
        champion = registration.champion
        key = REGISTRATION.format(dataset=champion.dataset, model=champion.model)
        return self._models.create(key, encode_document(registration), JSON_TYPE)

    def find_registration(self, dataset: str, model: str) -> Registration:
        try:
            key = REGISTRATION.format(dataset=dataset, model=model)
            return read_document(self._models, Registration, key)
        except (KeyGrammarError, ObjectNotFoundError):
            raise UnknownModelError(
                f"no model '{model[:100]}' was ever champion of '{dataset}'; "
                f"GET /{dataset}/versions lists those that were"
            ) from None

    def list_registrations(self, dataset: str) -> tuple[Registration, ...]:
        keys = self._models.list_keys(_name_folder(REGISTRATION, dataset=dataset))
        found = read_documents(self._models, Registration, keys)
        return tuple(sorted(found, key=lambda r: (r.registered_at, r.champion.model), reverse=True))

    def record_rollback(self, rollback: ChampionRolledBack) -> None:
        stamp = re.sub(r"[^0-9TZ]", "", rollback.at.replace("+00:00", "Z"))
        entry = f"{_ROLLBACK}{stamp}-{hash_canonical(to_document(rollback))[:16]}"
        key = AUDIT.format(dataset=rollback.dataset, entry=entry)
        self._models.create(key, encode_document(rollback), JSON_TYPE)

    def list_rollbacks(self, dataset: str) -> tuple[ChampionRolledBack, ...]:
        keys = self._models.list_keys(_name_folder(AUDIT, dataset=dataset) + _ROLLBACK)
        found = read_documents(self._models, ChampionRolledBack, keys)
        return tuple(sorted(found, key=lambda r: (r.at, r.outcome), reverse=True))


def _name_folder(key_format: KeyFormat, *, dataset: str) -> str:
    """Return what all keys of a dataset begin with.

    >>> _name_folder(AUDIT, dataset="bitcoin")
    'audit/bitcoin/'
    """
    return f"{key_format.prefix}{dataset}/"
