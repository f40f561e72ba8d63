"""The model registry on S3: one champion pointer per dataset, moved by compare-and-swap, beside it
an immutable record of each model that was ever champion and of each step of a rollback."""

import re

from dropcast.contracts.canonical import hash_canonical
from dropcast.contracts.codec import to_document
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
    TransientError,
    UnknownModelError,
)
from dropcast.contracts.keys import AUDIT, CHAMPION, REGISTRATION, KeyFormat
from dropcast.contracts.messages import Champion, ChampionRolledBack, Registration
from dropcast.contracts.ports import BlobStore
from dropcast.storage.reading import read_documents

_ROLLBACK = "rollback-"


class S3ModelRegistry:
    """Champions in the model bucket."""

    def __init__(self, *, models: BlobStore) -> None:
        self._models = models

    def read_champion(self, dataset: str) -> Champion:
        try:
            return read_document(self._models, Champion, CHAMPION.format(dataset=dataset))
        except ObjectNotFoundError:
            raise NoChampionError(
                f"dataset '{dataset}' has no champion yet: no model has passed its gate; "
                f"drop a file under raw/{dataset}/ and watch the state machine"
            ) from None

    def promote(self, champion: Champion, *, instead_of: str | None) -> bool:
        key = CHAMPION.format(dataset=champion.dataset)
        try:
            blob = self._models.read(key)
        except ObjectNotFoundError:
            present, etag = None, None
        else:
            present, etag = decode_document(Champion, blob.body, key).model, blob.etag
        if present != instead_of:
            return False
        trouble: TransientError | None = None
        try:
            if self._models.swap(key, encode_document(champion), JSON_TYPE, etag):
                return True
        except TransientError as error:
            trouble = error
        # A write whose answer was lost is sent again by the client, and refused as too late.
        if self._is_champion(champion):
            return True
        if trouble is not None and not isinstance(trouble, ContendedError):
            raise trouble
        return False

    def _is_champion(self, champion: Champion) -> bool:
        try:
            return self.read_champion(champion.dataset) == champion
        except NoChampionError:
            return False

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
