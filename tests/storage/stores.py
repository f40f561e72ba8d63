"""The two blob stores that the storage laws are run over."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto import mock_aws

from dropcast.contracts.ports import BlobStore
from dropcast.storage.memory import MemoryBlobStore
from dropcast.storage.s3 import S3BlobStore

BUCKET = "lake"


@contextmanager
def open_store(kind: str) -> Iterator[BlobStore]:
    """Yield an empty store: in memory, or S3's protocol spoken by boto3 to moto."""
    if kind == "memory":
        yield MemoryBlobStore()
        return
    with mock_aws():
        client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="1", aws_secret_access_key="1"
        )
        client.create_bucket(Bucket=BUCKET)
        yield S3BlobStore(client=client, bucket=BUCKET)
