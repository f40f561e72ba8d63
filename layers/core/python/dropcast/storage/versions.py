"""Dataset versions on S3: immutable manifests, and a pointer moved by compare-and-swap.

The pointer (``clean/current/<dataset>.json``) remembers for every raw key its newest drop, by the
sequencer, that drop's latest try, and the part and version that it made. The manifest holds the
parts alone, sorted, so a version is a function of the set of files and not of the order or number
of their drops. Moving the pointer is the commit; S3 then sends the event that starts the features
step, so a crash on either side of it loses nothing.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from dropcast.contracts.documents import (
    JSON_TYPE,
    decode_document,
    encode_document,
    read_document,
)
from dropcast.contracts.errors import ContendedError, EmptyDatasetError, ObjectNotFoundError
from dropcast.contracts.keys import CURRENT_VERSION, DATASET_VERSION
from dropcast.contracts.messages import CurrentVersion, DatasetVersion, FileState
from dropcast.contracts.ports import BlobStore, Commit
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document

_TRIES = 12


class S3VersionStore:
    """Versions in the lake bucket. ``pause`` waits that many seconds before another try."""

    def __init__(self, *, lake: BlobStore, pause: Callable[[float], None]) -> None:
        self._lake = lake
        self._pause = pause

    def read_current(self, dataset: str) -> str:
        return self.read_files(dataset).version

    def read_files(self, dataset: str) -> CurrentVersion:
        try:
            return read_document(
                self._lake, CurrentVersion, CURRENT_VERSION.format(dataset=dataset)
            )
        except ObjectNotFoundError:
            raise EmptyDatasetError(
                f"dataset '{dataset}' has no version yet; drop a file under raw/{dataset}/"
            ) from None

    def read_version(self, dataset: str, version: str) -> DatasetVersion:
        key = DATASET_VERSION.format(dataset=dataset, version=version)
        return read_document(self._lake, DatasetVersion, key)

    def commit_part(self, *, dataset: str, raw_key: str, state: FileState) -> Commit:
        key = CURRENT_VERSION.format(dataset=dataset)
        for attempt in range(_TRIES):
            pointer, etag = self._read_pointer(key)
            verdict = judge_commit(pointer.files.get(raw_key), state) if pointer else "new"
            if pointer and verdict == "superseded":
                return Commit(version=pointer.version, outcome="superseded")
            if pointer and verdict == "repeated":
                known = pointer.files[raw_key]
                if known.attempt >= state.attempt:
                    return _tell(known)
                # The same part; but no earlier try may now put another in its place.
                kept = replace(known, attempt=state.attempt)
                moved = replace(pointer, files={**pointer.files, raw_key: kept})
            else:
                moved = self._prepare(dataset, pointer, raw_key, state)
            if self._swap(key, moved, etag):
                return _tell(moved.files[raw_key])
            self._pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        raise ContendedError(f"'{key}' kept moving; {_TRIES} tries to commit '{raw_key}' failed")

    def _read_pointer(self, key: str) -> tuple[CurrentVersion | None, str | None]:
        try:
            blob = self._lake.read(key)
        except ObjectNotFoundError:
            return None, None
        return decode_document(CurrentVersion, blob.body, key), blob.etag

    def _prepare(
        self, dataset: str, pointer: CurrentVersion | None, raw_key: str, state: FileState
    ) -> CurrentVersion:
        """Write the manifest (before anything can point at it) and return the pointer."""
        files = pointer.files if pointer else {}
        version = make_version(dataset, {**files, raw_key: state})
        name = hash_canonical(to_document(version))
        self._lake.create(
            DATASET_VERSION.format(dataset=dataset, version=name),
            encode_document(version),
            JSON_TYPE,
        )
        changed = pointer is None or pointer.version != name
        made = replace(state, version=name, changed=changed)
        return CurrentVersion(dataset=dataset, version=name, files={**files, raw_key: made})

    def _swap(self, key: str, pointer: CurrentVersion, etag: str | None) -> bool:
        try:
            return self._lake.swap(key, encode_document(pointer), JSON_TYPE, etag)
        except ContendedError:
            return False


def make_version(dataset: str, files: Mapping[str, FileState]) -> DatasetVersion:
    """Return the manifest of these files: each part once, by key."""
    parts = {state.part.key: state.part for state in files.values()}
    return DatasetVersion(dataset=dataset, parts=tuple(parts[key] for key in sorted(parts)))


def judge_commit(
    known: FileState | None, state: FileState
) -> Literal["new", "repeated", "superseded"]:
    """Return what a drop's state is beside the one that its key has: ``new`` takes its place,
    ``repeated`` is of the same drop and part."""
    if known is None or is_newer(state.sequencer, known.sequencer):
        return "new"
    if is_newer(known.sequencer, state.sequencer):
        return "superseded"
    if state.part == known.part:
        return "repeated"
    # One drop read twice, by two releases: the later try stands.
    return "new" if state.attempt > known.attempt else "superseded"


def _tell(state: FileState) -> Commit:
    return Commit(version=state.version, outcome="changed" if state.changed else "unchanged")


def is_newer(sequencer: str, than: str) -> bool:
    """Return whether one S3 sequencer comes after another of the same key: as AWS documents,
    compared as text with the shorter padded with zeros on the right.

    >>> is_newer("0A1", "0A"), is_newer("0A", "0A0"), is_newer("0B", "0AFF")
    (True, False, True)
    """
    width = max(len(sequencer), len(than))
    return sequencer.upper().ljust(width, "0") > than.upper().ljust(width, "0")
