"""The two blob stores that the storage laws are run over."""

from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws

from dropcast.contracts.ports import BlobStore
from dropcast.storage.memory import MemoryBlobStore
from dropcast.storage.s3 import S3BlobStore
from tests.moto_clients import make_client

BUCKET = "lake"


@contextmanager
def open_store(kind: str) -> Iterator[BlobStore]:
    """Yield an empty store: in memory, or S3's protocol spoken by boto3 to moto."""
    if kind == "memory":
        yield MemoryBlobStore()
        return
    with mock_aws():
        client = make_client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield S3BlobStore(client=client, bucket=BUCKET)
