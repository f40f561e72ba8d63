"""Writers at once on the deployed cloud's own S3: in drawn orders with faults, and free."""

from collections.abc import Iterator

import pytest

from dropcast.storage.s3 import S3BlobStore
from operations.stacks import DeployedStack
from tests.storage.concurrency.exploring import draw
from tests.storage.concurrency.scenarios import CROWDS, is_explained, tell
from tests.storage.concurrency.scheduler import FreeRun, Run

pytestmark = pytest.mark.e2e

BUCKET = "writers-at-once"
SEEDS = range(12)


@pytest.fixture(scope="module")
def bucket(stack: DeployedStack) -> Iterator[S3BlobStore]:
    stack.s3.create_bucket(Bucket=BUCKET)
    yield S3BlobStore(client=stack.s3, bucket=BUCKET)
    empty(stack)
    stack.s3.delete_bucket(Bucket=BUCKET)


def empty(stack: DeployedStack) -> None:
    for item in stack.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        stack.s3.delete_object(Bucket=BUCKET, Key=item["Key"])


@pytest.mark.parametrize("name", CROWDS)
def test_drawn_orders_with_faults_are_as_if_the_writers_came_one_by_one(
    stack: DeployedStack, bucket: S3BlobStore, name: str
) -> None:
    for seed in SEEDS:
        empty(stack)
        run = Run(choose=draw(seed, fault_rate=0.2), faults_left=4)
        assert CROWDS[name].play(run, bucket)
        assert is_explained(CROWDS[name], run), f"seed {seed}\n{tell(run)}"


@pytest.mark.parametrize("name", CROWDS)
def test_writers_that_do_not_wait_are_too(
    stack: DeployedStack, bucket: S3BlobStore, name: str
) -> None:
    for _ in SEEDS:
        empty(stack)
        run = FreeRun(choose=lambda turns: turns[0], faults_left=0)
        assert CROWDS[name].play(run, bucket)
        assert is_explained(CROWDS[name], run), tell(run)
