from collections.abc import Iterator

import pytest

from tests.functions.cloud import Cloud, open_cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with open_cloud() as opened:
        yield opened
