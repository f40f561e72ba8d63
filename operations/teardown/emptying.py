"""Emptying buckets: CloudFormation deletes none that holds anything, a marker included."""

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


class NotEmptiedError(DropcastError):
    """Objects of a bucket cannot be deleted; the message names the first one and why."""


def empty_bucket(client: Any, bucket: str, *, batch_size: int = 1000) -> int:
    """Delete every version, delete marker and unfinished upload of a bucket.

    Returns how many versions and markers there were. One call deletes at most 1,000. A bucket that
    is not there is empty. Raises :class:`NotEmptiedError`.
    """
    count = 0
    try:
        while batch := _list_some(client, bucket, batch_size):
            _delete(client, bucket, batch)
            count += len(batch)
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


def is_gone(error: ClientError) -> bool:
    """Return whether a service says that what a call names is not there."""
    return error.response.get("Error", {}).get("Code") in GONE


def _list_some(client: Any, bucket: str, count: int) -> list[dict[str, str]]:
    """Return the first ``count`` versions and markers.

    Always the first: what a listing goes on from may be deleted meanwhile.
    """
    page = client.list_object_versions(Bucket=bucket, MaxKeys=count)
    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def _delete(client: Any, bucket: str, batch: list[dict[str, str]]) -> None:
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    for error in answer.get("Errors", []):
        raise NotEmptiedError(
            f"s3://{bucket}/{error.get('Key')} cannot be deleted: {error.get('Message')}; a "
            "retention rule, an Object Lock or your role forbids it"
        )
