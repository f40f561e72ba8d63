"""Dataset versions on S3: immutable manifests, and a pointer moved by compare-and-swap.

The pointer (``clean/current/<dataset>.json``) remembers for every raw key its newest drop, by the
sequencer, that drop's latest attempt, and the part and version that it made. The manifest holds the
parts alone, sorted, so a version is a function of the set of files and not of the order or number
of their drops. Moving the pointer is the commit; S3 then sends the event that starts the features
step, so a crash on either side of it loses nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from dropcast.contracts.blobs import JSON_TYPE, Blob
from dropcast.contracts.documents import decode_document, encode_document, read_document
from dropcast.contracts.errors import EmptyDatasetError, ObjectNotFoundError
from dropcast.contracts.keys import CURRENT_VERSION, DATASET_VERSION
from dropcast.contracts.messages import CurrentVersion, DatasetVersion, FileState
from dropcast.contracts.ports import BlobStore, Commit
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.storage.compare_and_swap import Leave, Replace, change_object

_ATTEMPTS = 12


class S3VersionStore:
    """Versions in the lake bucket. ``pause`` waits that many seconds before another attempt."""

    def __init__(self, *, lake: BlobStore, pause: Callable[[float], None]) -> None:
        self._lake = lake
        self._pause = pause

    def read_current(self, dataset: str) -> str:
        """Return the current version's name; raise ``EmptyDatasetError`` if there is none."""
        return self.read_files(dataset).version

    def read_files(self, dataset: str) -> CurrentVersion:
        """Return the pointer itself, with its raw keys; raise ``EmptyDatasetError``."""
        try:
            return read_document(
                self._lake, CurrentVersion, CURRENT_VERSION.format(dataset=dataset)
            )
        except ObjectNotFoundError:
            raise EmptyDatasetError(
                f"dataset '{dataset}' has no version yet; drop a file under raw/{dataset}/"
            ) from None

    def read_version(self, dataset: str, version: str) -> DatasetVersion:
        """Return the manifest of a version; raise ``ObjectNotFoundError`` if there is none."""
        key = DATASET_VERSION.format(dataset=dataset, version=version)
        return read_document(self._lake, DatasetVersion, key)

    def commit_part(self, *, dataset: str, raw_key: str, state: FileState) -> Commit:
        """Make ``state`` the raw key's unless a newer drop or a later attempt is there already."""
        key = CURRENT_VERSION.format(dataset=dataset)

        def decide(blob: Blob | None) -> Leave[Commit] | Replace[Commit]:
            pointer = None if blob is None else decode_document(CurrentVersion, blob.body, key)
            return self._decide_commit(pointer, dataset, raw_key, state)

        return change_object(self._lake, key, decide, attempts=_ATTEMPTS, pause=self._pause)

    def _decide_commit(
        self, pointer: CurrentVersion | None, dataset: str, raw_key: str, state: FileState
    ) -> Leave[Commit] | Replace[Commit]:
        verdict = judge_commit(pointer.files.get(raw_key), state) if pointer else "new"
        if pointer and verdict == "superseded":
            return Leave(result=Commit(version=pointer.version, outcome="superseded"))
        if pointer and verdict == "repeated":
            known = pointer.files[raw_key]
            if known.attempt >= state.attempt:
                return Leave(result=_describe_commit(known))
            # The same part; but no earlier attempt may now put another in its place.
            kept = replace(known, attempt=state.attempt)
            moved = replace(pointer, files={**pointer.files, raw_key: kept})
        else:
            moved = self._prepare(dataset, pointer, raw_key, state)
        return Replace(
            body=encode_document(moved),
            content_type=JSON_TYPE,
            result=_describe_commit(moved.files[raw_key]),
        )

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


def make_version(dataset: str, files: Mapping[str, FileState]) -> DatasetVersion:
    """Return the manifest of these files: each part once, by key."""
    parts = {state.part.key: state.part for state in files.values()}
    return DatasetVersion(dataset=dataset, parts=tuple(parts[key] for key in sorted(parts)))


def judge_commit(
    known: FileState | None, state: FileState
) -> Literal["new", "repeated", "superseded"]:
    """Compare a drop's state with the one that its key has.

    ``new`` takes its place, ``repeated`` is of the same drop and part, and ``superseded`` yields.
    """
    if known is None or is_newer(state.sequencer, known.sequencer):
        return "new"
    if is_newer(known.sequencer, state.sequencer):
        return "superseded"
    if state.part == known.part:
        return "repeated"
    # One drop read twice, by two releases: the later attempt stands.
    return "new" if state.attempt > known.attempt else "superseded"


def _describe_commit(state: FileState) -> Commit:
    return Commit(version=state.version, outcome="changed" if state.changed else "unchanged")


def is_newer(sequencer: str, than: str) -> bool:
    """Return whether one S3 sequencer comes after another of the same key.

    They are compared as AWS documents it: as text, the shorter padded with zeros on the right.

    >>> is_newer("0A1", "0A"), is_newer("0A", "0A0"), is_newer("0B", "0AFF")
    (True, False, True)
    """
    width = max(len(sequencer), len(than))
    return sequencer.upper().ljust(width, "0") > than.upper().ljust(width, "0")
