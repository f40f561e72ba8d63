"""What is watched: a dropped file or a training run, found by the words that a user names it by."""

from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import RAW, SCORE_DROP, KeyFormat, classify_key
from dropcast.recipes import find_table
from operations.stacks import DeployedStack
from operations.watching import name_arn

_DROPS: dict[str, KeyFormat] = {"raw": RAW, "score": SCORE_DROP}
_NAMES = (
    "name a drop by its key (raw/<dataset>/<file>, score/<dataset>/<file>) or its s3:// URI, a run "
    "by its execution's name or ARN, or nothing for the newest drop"
)


class WatchError(DropcastError):
    """There is no such drop or run; the message says what can be watched."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is watched: a version of a dropped file by its key, or a run by its ARN."""

    kind: Literal["raw", "score", "run"]
    name: str
    version_id: str = ""


def find_target(stack: DeployedStack, what: str | None, *, dataset: str | None) -> Target:
    """Return the drop or the run that is meant; raise :class:`WatchError` where it is not there."""
    if what is None:
        return find_newest_drop(stack, dataset)
    if dataset is not None:
        raise WatchError("--dataset is for the newest drop of it; leave it out, or leave WHAT out")
    if what.startswith("arn:"):
        return _find_run(stack, what)
    key = _read_key(stack, what)
    kind = classify_key(key)
    if kind == "ours":
        raise WatchError(f"'{what}' is not a drop, a function wrote it; {_NAMES}")
    if kind == "stray" and "/" not in what and not _is_there(stack, key):
        return _find_run(stack, name_arn(stack, what))
    return _find_drop(stack, key)


def _read_key(stack: DeployedStack, what: str) -> str:
    if not what.startswith("s3://"):
        return what
    bucket, _, key = what.removeprefix("s3://").partition("/")
    raw = stack.find_output("RawBucketName")
    if bucket != raw:
        raise WatchError(f"'{bucket}' is not the bucket of drops of stack {stack.name}: {raw}")
    return key


def _is_there(stack: DeployedStack, key: str) -> bool:
    try:
        _find_drop(stack, key)
    except WatchError:
        return False
    return True


def _find_drop(stack: DeployedStack, key: str) -> Target:
    bucket = stack.find_output("RawBucketName")
    try:
        head = stack.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in ("404", "NoSuchKey"):
            raise
        raise WatchError(f"there is nothing at s3://{bucket}/{key}; {_NAMES}") from None
    # Ingest refuses a file that lies beside both, with a report.
    kind: Literal["raw", "score"] = "score" if key.startswith(SCORE_DROP.prefix) else "raw"
    return Target(kind=kind, name=key, version_id=head.get("VersionId", "null"))


def _find_run(stack: DeployedStack, arn: str) -> Target:
    if not arn.startswith(name_arn(stack, "")):
        raise WatchError(f"{arn} is not an execution of {stack.find_output('StateMachineArn')}")
    client = stack.stepfunctions
    try:
        client.describe_execution(executionArn=arn)
    except (client.exceptions.ExecutionDoesNotExist, client.exceptions.InvalidArn):
        raise WatchError(
            f"there is no execution '{arn.rsplit(':', 1)[-1]}', or not yet; {_NAMES}"
        ) from None
    return Target(kind="run", name=arn)


def find_newest_drop(stack: DeployedStack, dataset: str | None) -> Target:
    """Return the file that was dropped last, of a dataset or of all."""
    if dataset is not None:
        find_table(dataset)
    prefixes = [f"{kind.prefix}{f'{dataset}/' if dataset else ''}" for kind in _DROPS.values()]
    bucket = stack.find_output("RawBucketName")
    pager: Any = stack.s3.get_paginator("list_objects_v2")
    listings: list[dict[str, str]] = [{"Prefix": prefix} for prefix in prefixes]
    if dataset is None:
        listings.append({"Delimiter": "/"})  # files at the bucket's root
    found: list[Any] = [
        one
        for listing in listings
        for page in pager.paginate(Bucket=bucket, **listing)
        for one in page.get("Contents", [])
        # A console's empty folder objects are no drops.
        if one["Size"] or not one["Key"].endswith("/")
    ]
    if not found:
        places = " or ".join(f"s3://{bucket}/{prefix}" for prefix in prefixes)
        raise WatchError(f"nothing was dropped yet under {places}")
    return _find_drop(stack, max(found, key=lambda one: one["LastModified"])["Key"])
