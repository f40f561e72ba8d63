"""The model registry on S3: one champion pointer per dataset, moved by compare-and-swap."""

from dropcast.contracts.documents import (
    JSON_TYPE,
    decode_document,
    encode_document,
    read_document,
)
from dropcast.contracts.errors import ContendedError, NoChampionError, ObjectNotFoundError
from dropcast.contracts.keys import CHAMPION
from dropcast.contracts.messages import Champion
from dropcast.contracts.ports import BlobStore


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
        try:
            return self._models.swap(key, encode_document(champion), JSON_TYPE, etag)
        except ContendedError:
            return False
