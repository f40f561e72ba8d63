"""Many documents at once: a list is answered as soon as its slowest part, not as their sum."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dropcast.contracts.documents import read_document
from dropcast.contracts.ports import BlobStore

T = TypeVar("T")
_AT_ONCE = 8


def read_documents(store: BlobStore, cls: type[T], keys: Sequence[str]) -> list[T]:
    """Return the documents stored under ``keys``, in their order.

    Raises the error of the first of them that cannot be read.
    """
    if len(keys) < 2:
        return [read_document(store, cls, key) for key in keys]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda key: read_document(store, cls, key), keys))
