"""A bucket in memory: the twin of ``storage.s3`` for tests, with S3's conditional writes."""

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from dropcast.contracts.blobs import Blob
from dropcast.contracts.errors import ObjectNotFoundError


class MemoryBlobStore:
    """Objects by key. ``on_write`` is called with each key written, as S3 sends its events."""

    def __init__(self, on_write: Callable[[str], None] | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self._on_write = on_write

    def name_uri(self, key: str) -> str:
        """Return the whole address of the object, there or not."""
        return f"s3://memory/{key}"

    def read(self, key: str) -> Blob:
        """Return the object; raise ``ObjectNotFoundError`` if there is none."""
        if key not in self.objects:
            raise ObjectNotFoundError(f"no object '{key}' in memory")
        return Blob(body=self.objects[key], etag=_etag(self.objects[key]))

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        """Return the object, or ``None`` if it still has ``etag``."""
        found = self.read(key)
        return None if found.etag == etag else found

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        """Return the object's bytes as a stream, to be read once and closed."""
        del version_id  # one version is kept
        return BytesIO(self.read(key).body)

    def has(self, key: str) -> bool:
        """Return whether there is an object."""
        return key in self.objects

    def list_keys(self, prefix: str) -> list[str]:
        """Return the keys that begin so, in order."""
        return sorted(key for key in self.objects if key.startswith(prefix))

    def find_version_id(self, key: str) -> str:
        """Return the id of the object's newest version; raise ``ObjectNotFoundError``."""
        self.read(key)
        return "null"

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Store the object, whatever was there."""
        del content_type
        self.objects[key] = body
        if self._on_write is not None:
            self._on_write(key)

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a local file; the object appears whole or not at all."""
        self.write(key, path.read_bytes(), content_type)

    def create(self, key: str, body: bytes, content_type: str) -> bool:
        """Store unless the key exists; return whether it was stored."""
        return self.swap(key, body, content_type, None)

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        """Store if the object still has ``etag`` (``None``: does not exist); else return False."""
        found = _etag(self.objects[key]) if key in self.objects else None
        if found != etag:
            return False
        self.write(key, body, content_type)
        return True


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
