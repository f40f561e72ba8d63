from collections.abc import Iterator

import pytest
from moto import mock_aws

from dropcast.contracts import environment
from dropcast.runtime.wiring import Wiring
from tests.moto_clients import make_client
from tests.search.boards import make_recipe


@pytest.fixture
def wiring() -> Iterator[Wiring]:
    """An empty lake, and one recipe of which two candidates are searched in three rounds."""
    recipe = make_recipe()
    with mock_aws():
        s3 = make_client("s3")
        s3.create_bucket(Bucket="lake")
        yield Wiring(
            environ={environment.LAKE_BUCKET: "lake", environment.CODE_HASH: "code"},
            s3=s3,
            recipes={recipe.dataset: recipe},
        )
