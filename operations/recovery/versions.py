"""Dataset versions that nothing was made of: the pointer moved and its event was lost."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from dropcast.contracts.errors import KeyGrammarError
from dropcast.contracts.keys import CURRENT_VERSION, DATASET_CARD
from dropcast.recipes import RECIPES
from operations.recovery.findings import Dead
from operations.recovery.runs import read_current_version
from operations.stacks import DeployedStack


def find_dead_versions(
    stack: DeployedStack,
    *,
    now: datetime,
    older_than_seconds: float,
    known: Collection[str | None] = (),
) -> list[Dead]:
    """Return the current versions, older than that, that have no dataset card under any recipe.

    Those whose reference tables are missing wait rightly; ``known`` are the pointers' keys that are
    listed elsewhere.
    """
    client, bucket = stack.cloud.client("s3"), stack.find_output("LakeBucketName")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=CURRENT_VERSION.prefix
    )
    since = now - timedelta(seconds=older_than_seconds)
    moved = [
        one
        for page in pages
        for one in page.get("Contents", [])
        if one["Key"] not in known and one["LastModified"] < since
    ]
    return [dead for one in moved if (dead := _judge(stack, one)) is not None]


def build_again(stack: DeployedStack, dataset: str) -> str:
    """Invoke the features function for the current version; return what was done.

    Its event only says that a version moved; the function reads which one is current when it runs.
    """
    function = stack.find_function("Features")
    key = CURRENT_VERSION.format(dataset=dataset)
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": stack.find_output("LakeBucketName")}, "object": {"key": key}},
    }
    stack.cloud.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
    )
    return f"{function} was invoked for the current version"


def _judge(stack: DeployedStack, moved: Any) -> Dead | None:
    try:
        dataset = CURRENT_VERSION.parse(moved["Key"])["dataset"]
    except KeyGrammarError:
        return None
    # A reference table has no features of its own.
    if dataset not in RECIPES or not _has_references(stack, dataset):
        return None
    version = str(read_current_version(stack, dataset))
    start = DATASET_CARD.format(dataset=dataset, run_id=f"{version[:16]}-").removesuffix(".json")
    cards = stack.cloud.client("s3").list_objects_v2(
        Bucket=stack.find_output("LakeBucketName"), Prefix=start, MaxKeys=1
    )
    if cards.get("Contents"):
        return None
    return Dead(
        kind="version",
        handle=dataset,
        what="a new dataset version: nothing was made of it; its event was lost",
        at=moved["LastModified"],
        dataset=dataset,
        key=moved["Key"],
        message=f"version {version[:16]} has no features and no run",
    )


def _has_references(stack: DeployedStack, dataset: str) -> bool:
    tables = RECIPES[dataset].references
    return all(read_current_version(stack, table.dataset) is not None for table in tables)
