from collections.abc import Iterator
from typing import Any

import pytest

from dropcast.contracts.ports import BlobStore
from dropcast.storage.http.bucket import S3HttpBucket
from tests.storage.http_bucket import BODY, Connect, HttpBucket, open_http_bucket
from tests.storage.stores import open_store


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[BlobStore]:
    with open_store(request.param) as opened:
        yield opened


@pytest.fixture
def served() -> Iterator[HttpBucket]:
    with open_http_bucket() as bucket:
        bucket.objects["champions/songs.json"] = BODY
        yield bucket


@pytest.fixture
def connect(served: HttpBucket) -> Iterator[Connect]:
    """Yield what opens the bucket, with the server's environment and more."""
    opened = []

    def connect(**more: Any) -> S3HttpBucket:
        given: dict[str, Any] = {"environ": served.environ, "pause": lambda _: None, **more}
        opened.append(S3HttpBucket(bucket="models", **given))
        return opened[-1]

    yield connect
    for bucket in opened:
        bucket.close()
