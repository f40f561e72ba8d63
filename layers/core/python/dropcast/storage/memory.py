"""A bucket in memory: the twin of ``storage.s3`` for tests, with S3's conditional writes."""

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from dropcast.contracts.errors import ObjectNotFoundError
from dropcast.contracts.ports import Blob


class MemoryBlobStore:
    """Objects by key. ``on_write`` is called with each key written, as S3 sends its events."""

    def __init__(self, on_write: Callable[[str], None] | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self._on_write = on_write

    def name_uri(self, key: str) -> str:
        return f"s3://memory/{key}"

    def read(self, key: str) -> Blob:
        if key not in self.objects:
            raise ObjectNotFoundError(f"no object '{key}' in memory")
        return Blob(body=self.objects[key], etag=_etag(self.objects[key]))

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        found = self.read(key)
        return None if found.etag == etag else found

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        del version_id  # one version is kept
        return BytesIO(self.read(key).body)

    def has(self, key: str) -> bool:
        return key in self.objects

    def list_keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def find_version_id(self, key: str) -> str:
        self.read(key)
        return "null"

    def write(self, key: str, body: bytes, content_type: str) -> None:
        del content_type
        self.objects[key] = body
        if self._on_write is not None:
            self._on_write(key)

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        self.write(key, path.read_bytes(), content_type)

    def create(self, key: str, body: bytes, content_type: str) -> bool:
        return self.swap(key, body, content_type, None)

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        found = _etag(self.objects[key]) if key in self.objects else None
        if found != etag:
            return False
        self.write(key, body, content_type)
        return True


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
