"""Messages and cards as JSON objects in a blob store."""

import json
from typing import TYPE_CHECKING, Any, TypeVar

from dropcast.contracts.blobs import JSON_TYPE
from dropcast.contracts.errors import DocumentError
from dropcast.contracts.serialization.canonical import encode_canonical
from dropcast.contracts.serialization.codec import from_document, to_document

if TYPE_CHECKING:
    from dropcast.contracts.ports import BlobStore

T = TypeVar("T")


def encode_document(value: object) -> bytes:
    """Return a dataclass as canonical JSON."""
    return encode_canonical(to_document(value))


def decode_document(cls: type[T], body: bytes, where: str) -> T:
    """Return the dataclass that ``body`` holds; raise ``DocumentError`` naming ``where``."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise DocumentError(f"'{where}' is not JSON: {error}") from error
    return from_document(cls, document)


def read_json(store: "BlobStore", key: str) -> Any:
    """Return the JSON stored under ``key``, as it is; raise ``DocumentError`` if it is none."""
    return decode_document(object, store.read(key).body, key)


def read_document(store: "BlobStore", cls: type[T], key: str) -> T:
    """Return the document stored under ``key``; raise ``ObjectNotFoundError`` if none is."""
    return decode_document(cls, store.read(key).body, key)


def write_document(store: "BlobStore", key: str, value: object) -> None:
    """Store a dataclass under ``key`` as canonical JSON."""
    store.write(key, encode_document(value), JSON_TYPE)
