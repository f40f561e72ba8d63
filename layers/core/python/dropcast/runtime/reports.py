"""The report beside a dropped file: the newest drop's, whatever comes late.

An event may come late or twice, and a drop that was refused moves no pointer that could tell. So
what lies there is looked at before the drop's own place is, and written over only if it still
stands: whoever is overtaken in between loses, looks again and leaves.
"""

import random
from collections.abc import Callable

from dropcast.contracts.errors import ContendedError, ObjectNotFoundError
from dropcast.contracts.ports import BlobStore

_TRIES = 8
_TEXT_TYPE = "text/plain; charset=utf-8"


def write_report(
    raw: BlobStore,
    key: str,
    report: str,
    *,
    is_overtaken: Callable[[], bool],
    pause: Callable[[float], None],
) -> None:
    """Write the report unless ``is_overtaken`` says that it is not its drop's to write. ``pause``
    waits that many seconds before another try; raise :class:`ContendedError` after the last."""
    for attempt in range(_TRIES):
        etag = _find_etag(raw, key)
        if is_overtaken() or _swap(raw, key, report, etag):
            return
        pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
    raise ContendedError(f"'{key}' kept being written; {_TRIES} tries to write it failed")


def is_newest(raw: BlobStore, key: str, version_id: str) -> bool:
    """Return whether no other version of a dropped file came after this one. One that was deleted
    since has nothing newer."""
    try:
        return raw.find_version_id(key) == version_id
    except ObjectNotFoundError:
        return True


def _find_etag(raw: BlobStore, key: str) -> str | None:
    try:
        return raw.read(key).etag
    except ObjectNotFoundError:
        return None


def _swap(raw: BlobStore, key: str, report: str, etag: str | None) -> bool:
    try:
        return raw.swap(key, report.encode(), _TEXT_TYPE, etag)
    except ContendedError:
        return False
