"""What the rooms need from the outside, as Protocols; ``storage`` has the adapters."""

from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from dropcast.contracts.blobs import Blob as Blob  # noqa: PLC0414 - for those who read ports
from dropcast.contracts.frozen import dataclass
from dropcast.contracts.messages import Champion, DatasetVersion, DropFinished, Part

PARQUET_TYPE = "application/vnd.apache.parquet"


class BlobStore(Protocol):
    """One bucket."""

    def read(self, key: str) -> Blob:
        """Return the object; raise ``ObjectNotFoundError`` if there is none."""
        ...

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        """Return the object's bytes as a stream, to be read once and closed."""
        ...

    def has(self, key: str) -> bool: ...

    def find_version_id(self, key: str) -> str:
        """Return the id of the object's newest version, ``"null"`` in a bucket without versions;
        raise ``ObjectNotFoundError`` if there is none."""
        ...

    def write(self, key: str, body: bytes, content_type: str) -> None: ...

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a local file; the object appears whole or not at all."""
        ...

    def create(self, key: str, body: bytes, content_type: str) -> bool:
        """Store unless the key exists (``If-None-Match: *``); return whether it was stored."""
        ...

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        """Store if the object still has ``etag`` (``None``: does not exist); else return False."""
        ...


class WatchedBlobs(Protocol):
    """One bucket, of which a few objects are read again and again."""

    def read(self, key: str) -> Blob:
        """Return the object; raise ``ObjectNotFoundError`` if there is none."""
        ...

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        """Return the object, or ``None`` if it still has ``etag``; raise
        ``ObjectNotFoundError`` if there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What a commit did.

    ``changed``     the drop made a new dataset version
    ``unchanged``   the dataset holds the same data as before
    ``repeated``    this very drop was committed before (its event came twice)
    ``superseded``  a newer drop of the key is there; nothing was changed
    """

    version: str
    outcome: Literal["changed", "unchanged", "repeated", "superseded"]


class VersionStore(Protocol):
    """Dataset versions and the pointer to the current one."""

    def read_current(self, dataset: str) -> str:
        """Return the current version's name; raise ``EmptyDatasetError`` if there is none."""
        ...

    def read_version(self, dataset: str, version: str) -> DatasetVersion: ...

    def commit_part(self, *, dataset: str, raw_key: str, sequencer: str, part: Part) -> Commit:
        """Make ``part`` the raw key's part unless a newer drop of the key is there already."""
        ...


class Ledger(Protocol):
    """One record per raw object version."""

    def record(self, finished: DropFinished) -> None: ...

    def find(self, *, dataset: str, raw_key: str, version_id: str) -> DropFinished | None: ...


class ModelRegistry(Protocol):
    """The champion pointer and its audit trail."""

    def read_champion(self, dataset: str) -> Champion:
        """Return the champion; raise ``NoChampionError`` if there is none."""
        ...

    def promote(self, champion: Champion, *, instead_of: str | None) -> bool:
        """Move the pointer if the champion is still ``instead_of`` (a model name, or ``None`` for
        no champion); return whether it moved."""
        ...
