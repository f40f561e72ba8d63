"""The ledger on S3: one record per raw object version, written when its drop is finished."""

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import ObjectNotFoundError
from dropcast.contracts.keys import name_ledger_record
from dropcast.contracts.messages import DropFinished
from dropcast.contracts.ports import BlobStore
from dropcast.storage.reading import read_documents


class S3Ledger:
    """Records in the lake bucket."""

    def __init__(self, *, lake: BlobStore) -> None:
        self._lake = lake

    def record(self, finished: DropFinished) -> None:
        key = name_ledger_record(
            dataset=finished.dataset, raw_key=finished.raw_key, version_id=finished.raw_version_id
        )
        write_document(self._lake, key, finished)

    def find(self, *, dataset: str, raw_key: str, version_id: str) -> DropFinished | None:
        key = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id=version_id)
        try:
            return read_document(self._lake, DropFinished, key)
        except ObjectNotFoundError:
            return None

    def find_drop(self, *, dataset: str, raw_key: str, sequencer: str) -> DropFinished | None:
        versions = name_ledger_record(dataset=dataset, raw_key=raw_key, version_id="any")
        folder = versions.rpartition("/")[0] + "/"
        records = read_documents(self._lake, DropFinished, self._lake.list_keys(folder))
        return next((record for record in records if record.sequencer == sequencer), None)
