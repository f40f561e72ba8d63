"""One S3 bucket as a :class:`~dropcast.contracts.ports.BlobStore`."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - the library's name
    HTTPClientError,
    IncompleteReadError,
)

from dropcast.contracts.blobs import Blob
from dropcast.contracts.errors import (
    ContendedError,
    ObjectNotFoundError,
    StoreBusyError,
    StoreRefusedError,
)
from dropcast.contracts.limits import MIB

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READ_AHEAD_BYTES = MIB
_REFUSED = frozenset({"AccessDenied", "403", "Forbidden"})
_NOT_FOUND = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
_PRECONDITION_FAILED = frozenset({"PreconditionFailed", "412"})
# S3 answers 409 when another conditional write of the key is under way: nobody has lost yet.
_CONFLICT = frozenset({"ConditionalRequestConflict", "409"})
_UNREACHED = (ConnectionError, HTTPClientError, IncompleteReadError)
# These pass by themselves, as every 5xx does: a limit of the rate, a request that took too long.
_BUSY = frozenset(
    {"SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "RequestExpired", "Throttling", "429"}
)


class S3BlobStore:
    """A bucket, through a boto3 client made elsewhere.

    Raises ``StoreBusyError`` where S3 answers 5xx or limits the rate, or does not answer, and
    ``StoreRefusedError`` where the caller has not the right.
    """

    def __init__(self, *, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def name_uri(self, key: str) -> str:
        """Return the whole address of the object, there or not."""
        return f"s3://{self._bucket}/{key}"

    def read(self, key: str) -> Blob:
        """Return the object; raise ``ObjectNotFoundError`` if there is none."""
        with self._explained(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            return Blob(body=answer["Body"].read(), etag=answer["ETag"])

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        """Return the object's bytes as a stream, to be read once and closed."""
        with self._explained(key):
            if version_id is None:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
            else:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)
        return cast("BinaryIO", BufferedReader(answer["Body"], _READ_AHEAD_BYTES))

    def has(self, key: str) -> bool:
        """Return whether there is an object."""
        try:
            self.find_version_id(key)
        except ObjectNotFoundError:
            return False
        return True

    def list_keys(self, prefix: str) -> list[str]:
        """Return the keys that begin so, in order."""
        with self._explained(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def find_version_id(self, key: str) -> str:
        """Return the id of the object's newest version; raise ``ObjectNotFoundError``."""
        with self._explained(key):
            answer = self._client.head_object(Bucket=self._bucket, Key=key)
        return answer.get("VersionId", "null")

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Store the object, whatever was there."""
        with self._explained(key):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=content_type
            )

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a local file; the object appears whole or not at all."""
        with self._explained(key):
            self._client.upload_file(
                str(path), self._bucket, key, ExtraArgs={"ContentType": content_type}
            )

    def create(self, key: str, body: bytes, content_type: str) -> bool:
        """Store unless the key exists; return whether it was stored."""
        return self._write_if(key, body, content_type, etag=None)

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        """Store if the object still has ``etag`` (``None``: does not exist); else return False."""
        return self._write_if(key, body, content_type, etag=etag)

    def _write_if(self, key: str, body: bytes, content_type: str, *, etag: str | None) -> bool:
        try:
            with self._explained(key):
                if etag is None:
                    self._client.put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=body,
                        ContentType=content_type,
                        IfNoneMatch="*",
                    )
                else:
                    self._client.put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=body,
                        ContentType=content_type,
                        IfMatch=etag,
                    )
        except ObjectNotFoundError:  # there is nothing that could have this etag
            if etag is None:
                raise
            return False
        except ClientError as error:
            if _code(error) in _PRECONDITION_FAILED:
                return False
            if _code(error) in _CONFLICT:
                raise ContendedError(f"another write of '{key}' is under way") from error
            raise
        return True

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        """Raise the library's errors as those of ``contracts.errors``, where there is one."""
        try:
            yield
        except (ClientError, S3UploadFailedError, *_UNREACHED) as error:
            # Of a file that was not stored the library keeps its own error as the context.
            cause = error.__context__ if isinstance(error, S3UploadFailedError) else error
            if isinstance(cause, ClientError) and _code(cause) in _NOT_FOUND:
                raise ObjectNotFoundError(
                    f"no object '{key}' in bucket '{self._bucket}'"
                ) from error
            if isinstance(cause, ClientError) and _code(cause) in _REFUSED:
                raise StoreRefusedError(
                    f"bucket '{self._bucket}' does not let this function touch '{key}': its role "
                    f"lacks the right, or nothing is there and the role may not list what is"
                ) from error
            if _is_busy(cause):
                raise StoreBusyError(
                    f"bucket '{self._bucket}' did not take or give '{key}': {cause}; the same "
                    f"call may succeed later"
                ) from error
            raise


def _is_busy(error: BaseException | None) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or _code(error) in _BUSY
    return isinstance(error, _UNREACHED)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
