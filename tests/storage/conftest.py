from collections.abc import Iterator

import pytest

from dropcast.contracts.ports import BlobStore
from tests.storage.stores import open_store


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[BlobStore]:
    with open_store(request.param) as opened:
        yield opened
