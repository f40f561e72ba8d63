"""Emptying buckets: CloudFormation deletes none that holds anything, a marker included."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from dropcast.contracts.errors import DropcastError

GONE = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    }
)
_BATCH = 1000


class NotEmptiedError(DropcastError):
    """Objects of a bucket cannot be deleted; the message names the first one and why."""


def empty_bucket(client: Any, bucket: str) -> int:
    """Delete every version, delete marker and unfinished upload of a bucket; return how many
    versions and markers there were. A bucket that is not there is empty. Raises
    :class:`NotEmptiedError`."""
    try:
        batch: list[dict[str, str]] = []
        count = 0
        for one in list_versions(client, bucket):
            batch.append({"Key": one["Key"], "VersionId": one["VersionId"]})
            if len(batch) == _BATCH:
                count += _delete(client, bucket, batch)
                batch = []
        count += _delete(client, bucket, batch)
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                client.abort_multipart_upload(
                    Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
    except ClientError as error:
        if is_gone(error):
            return 0
        raise
    return count


def list_versions(client: Any, bucket: str) -> Iterator[Any]:
    """Yield every version and delete marker."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        yield from page.get("Versions", [])
        yield from page.get("DeleteMarkers", [])


def is_gone(error: ClientError) -> bool:
    """Return whether a service says that what was asked for is not there."""
    return error.response.get("Error", {}).get("Code") in GONE


def _delete(client: Any, bucket: str, batch: list[dict[str, str]]) -> int:
    if not batch:
        return 0
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    for error in answer.get("Errors", []):
        raise NotEmptiedError(
            f"s3://{bucket}/{error.get('Key')} cannot be deleted: {error.get('Message')}; a "
            "retention rule, an Object Lock or your role forbids it"
        )
    return len(batch)
