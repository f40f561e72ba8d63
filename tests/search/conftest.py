from collections.abc import Iterator

import pytest
from moto import mock_aws

from dropcast.contracts import environment
from dropcast.runtime.dependencies import Dependencies
from tests.moto_clients import make_client
from tests.search.leaderboards import make_recipe


@pytest.fixture
def dependencies() -> Iterator[Dependencies]:
    """An empty lake, and one recipe of which two candidates are searched in three rounds."""
    recipe = make_recipe()
    with mock_aws():
        s3 = make_client("s3")
        s3.create_bucket(Bucket="lake")
        yield Dependencies(
            environ={environment.LAKE_BUCKET: "lake", environment.CODE_HASH: "code"},
            s3=s3,
            recipes={recipe.dataset: recipe},
        )
