"""One S3 bucket as a :class:`~dropcast.contracts.ports.BlobStore`."""

from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from botocore.exceptions import ClientError

from dropcast.contracts.errors import ContendedError, ObjectNotFoundError
from dropcast.contracts.ports import Blob

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READ_AHEAD_BYTES = 1024 * 1024
_NOT_FOUND = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
_PRECONDITION_FAILED = frozenset({"PreconditionFailed", "412"})
# S3 answers 409 when another conditional write of the key is under way: nobody has lost yet.
_CONFLICT = frozenset({"ConditionalRequestConflict", "409"})


class S3BlobStore:
    """A bucket, through a boto3 client made elsewhere."""

    def __init__(self, *, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str) -> Blob:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            raise self._explain(error, key) from error
        return Blob(body=answer["Body"].read(), etag=answer["ETag"])

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        try:
            if version_id is None:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
            else:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)
        except ClientError as error:
            raise self._explain(error, key) from error
        return cast("BinaryIO", BufferedReader(answer["Body"], _READ_AHEAD_BYTES))

    def has(self, key: str) -> bool:
        try:
            self.find_version_id(key)
        except ObjectNotFoundError:
            return False
        return True

    def list_keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def find_version_id(self, key: str) -> str:
        try:
            answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            raise self._explain(error, key) from error
        return answer.get("VersionId", "null")

    def write(self, key: str, body: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        self._client.upload_file(
            str(path), self._bucket, key, ExtraArgs={"ContentType": content_type}
        )

    def create(self, key: str, body: bytes, content_type: str) -> bool:
        return self._write_if(key, body, content_type, etag=None)

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        return self._write_if(key, body, content_type, etag=etag)

    def _write_if(self, key: str, body: bytes, content_type: str, *, etag: str | None) -> bool:
        try:
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
        except ClientError as error:
            if _code(error) in _PRECONDITION_FAILED | (_NOT_FOUND if etag else frozenset()):
                return False
            if _code(error) in _CONFLICT:
                raise ContendedError(f"another write of '{key}' is under way") from error
            raise
        return True

    def _explain(self, error: ClientError, key: str) -> Exception:
        if _code(error) in _NOT_FOUND:
            return ObjectNotFoundError(f"no object '{key}' in bucket '{self._bucket}'")
        return error


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
