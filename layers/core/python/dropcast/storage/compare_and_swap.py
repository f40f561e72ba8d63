"""The compare-and-swap loop by which every shared object of a bucket is changed.

Read the object with its ETag, decide what is to stand there, write that only if the ETag is still
the same, and begin anew where somebody else was faster.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from dropcast.contracts.blobs import Blob
from dropcast.contracts.errors import ContendedError, ObjectNotFoundError
from dropcast.contracts.ports import BlobStore

T = TypeVar("T")
_FIRST_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Leave(Generic[T]):
    """The decision to write nothing; ``result`` is what the caller gets."""

    result: T


@dataclass(frozen=True, kw_only=True)
class Replace(Generic[T]):
    """The decision to write ``body``; ``result`` is what the caller gets once it is written."""

    body: bytes
    content_type: str
    result: T


def change_object(
    store: BlobStore,
    key: str,
    decide: Callable[[Blob | None], Leave[T] | Replace[T]],
    *,
    attempts: int,
    pause: Callable[[float], None],
) -> T:
    """Change one object by what ``decide`` makes of it, and return the decision's result.

    Parameters
    ----------
    store, key
        Where the object is.
    decide
        Gets the object as it is now, ``None`` where there is none. It is called once an attempt.
    attempts
        How many conditional writes are tried. The pause before the next one is random, and at most
        0.05 seconds after the first, twice as long after each further one.
    pause
        Waits that many seconds.

    Raises
    ------
    ContendedError
        Other writers were faster in every attempt.
    """
    for attempt in range(attempts):
        present = find_object(store, key)
        decision = decide(present)
        if isinstance(decision, Leave) or _swap(store, key, decision, present):
            return decision.result
        most_seconds = _FIRST_PAUSE_SECONDS * 2**attempt
        pause(random.uniform(0, most_seconds))  # noqa: S311 - jitter, not a secret
    raise ContendedError(f"'{key}' kept being written by others; {attempts} attempts failed")


def find_object(store: BlobStore, key: str) -> Blob | None:
    """Return the object, ``None`` where there is none."""
    try:
        return store.read(key)
    except ObjectNotFoundError:
        return None


def _swap(store: BlobStore, key: str, wanted: Replace[T], present: Blob | None) -> bool:
    etag = None if present is None else present.etag
    try:
        return store.swap(key, wanted.body, wanted.content_type, etag)
    except ContendedError:
        return False
