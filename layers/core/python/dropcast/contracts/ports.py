"""What the packages need from the outside, as Protocols; ``storage`` has the adapters."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from dropcast.contracts.blobs import Blob as Blob  # noqa: PLC0414 - a part of the ports
from dropcast.contracts.champion import ChampionPointer
from dropcast.contracts.drops import CommitOutcome, DropRecord
from dropcast.contracts.messages import (
    Champion,
    ChampionRolledBack,
    CurrentVersion,
    DatasetVersion,
    FileState,
    Registration,
    Run,
)
from dropcast.contracts.serialization.frozen import dataclass


class BlobStore(Protocol):
    """One bucket."""

    def name_uri(self, key: str) -> str:
        """Return the whole address of the object, there or not: ``s3://bucket/key``."""
        ...

    def read(self, key: str) -> Blob:
        """Return the object; raise ``ObjectNotFoundError`` if there is none."""
        ...

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        """Return the object's bytes as a stream, to be read once and closed."""
        ...

    def has(self, key: str) -> bool:
        """Return whether there is an object."""
        ...

    def list_keys(self, prefix: str) -> list[str]:
        """Return the keys that begin so, in order."""
        ...

    def find_version_id(self, key: str) -> str:
        """Return the id of the object's newest version; raise ``ObjectNotFoundError``.

        It is ``"null"`` in a bucket without versions.
        """
        ...

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Store the object, whatever was there."""
        ...

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
        """Return the object, or ``None`` if it still has ``etag``.

        Raises ``ObjectNotFoundError`` if there is none.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What the commit of a drop did, now or when an earlier attempt at it made the same part.

    ``changed``     it made ``version``, a new one
    ``unchanged``   the dataset held the same data before
    ``superseded``  a newer drop of the key, or a later attempt at this one, is there; nothing was
                    changed, and ``version`` is the current one
    """

    version: str
    outcome: CommitOutcome


class VersionStore(Protocol):
    """Dataset versions and the pointer to the current one."""

    def read_current(self, dataset: str) -> str:
        """Return the current version's name; raise ``EmptyDatasetError`` if there is none."""
        ...

    def read_files(self, dataset: str) -> CurrentVersion:
        """Return the pointer itself, with its raw keys; raise ``EmptyDatasetError``."""
        ...

    def read_version(self, dataset: str, version: str) -> DatasetVersion:
        """Return the manifest of a version; raise ``ObjectNotFoundError`` if there is none."""
        ...

    def commit_part(self, *, dataset: str, raw_key: str, state: FileState) -> Commit:
        """Make ``state`` the raw key's unless a newer drop or a later attempt is there already."""
        ...


class Ledger(Protocol):
    """One record per raw object version."""

    def begin(self, record: DropRecord) -> DropRecord:
        """Store the record of a drop that is taken up, under the next attempt's number.

        Returns the record as it is stored, or the finished record where the drop is done with.
        """
        ...

    def finish(self, record: DropRecord) -> DropRecord:
        """Store how the record's attempt ended; return the record that then stands.

        Nothing is stored where a later attempt has begun or the drop is done with.
        """
        ...

    def find(self, *, dataset: str, raw_key: str, version_id: str) -> DropRecord | None:
        """Return the record of a raw object version, ``None`` where there is none."""
        ...


class Reports(Protocol):
    """The reports beside dropped files."""

    def write(self, key: str, report: str, *, is_overtaken: Callable[[], bool]) -> None:
        """Write the report unless ``is_overtaken`` says that it is not this drop's to write.

        Raises ``ContendedError`` where other writers were faster in every attempt.
        """
        ...


class Runs(Protocol):
    """Training runs."""

    def start(self, run: Run) -> bool:
        """Start the run; return False if it has ended before. A second start does nothing."""
        ...


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """A form that lets its holder store one object without AWS credentials.

    It is a POST of ``fields`` and then ``file`` to ``url``.
    """

    url: str
    fields: dict[str, str]


class UploadForms(Protocol):
    """Forms that let people store an object."""

    def sign_form(
        self, *, key: str, content_type: str, most_bytes: int, valid_seconds: int
    ) -> UploadForm:
        """Return a form for exactly this key and type, and 1 to ``most_bytes`` bytes."""
        ...


class ModelRegistry(Protocol):
    """The champion pointer, the models that were ever champion, and what operators did."""

    def read_champion(self, dataset: str) -> Champion:
        """Return the champion; raise ``NoChampionError`` if there is none."""
        ...

    def read_pointer(self, dataset: str) -> ChampionPointer:
        """Return the champion pointer; raise ``NoChampionError`` if there is none."""
        ...

    def find_pointer(self, dataset: str) -> ChampionPointer | None:
        """Return the champion pointer, ``None`` where no model was ever champion."""
        ...

    def promote(self, champion: Champion, *, generation: int, mover: str) -> bool:
        """Move the pointer if it still is of ``generation`` (0: there is none).

        Returns whether it moved, now or by an earlier call of the same mover.
        """
        ...

    def record(self, registration: Registration) -> bool:
        """Keep that a model became champion, once; return whether it was new."""
        ...

    def find_registration(self, dataset: str, model: str) -> Registration:
        """Return when and how a model became champion; raise ``UnknownModelError``."""
        ...

    def list_registrations(self, dataset: str) -> tuple[Registration, ...]:
        """Return the models that were ever champion, newest first."""
        ...

    def record_rollback(self, rollback: ChampionRolledBack) -> None:
        """Write the audit record of one step of a rollback."""
        ...

    def list_rollbacks(self, dataset: str) -> tuple[ChampionRolledBack, ...]:
        """Return every step of every rollback, newest first."""
        ...
