"""``watch``: follow a drop or a run to its end, as the demo does, on AWS or on a local cloud."""

import time
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer
from botocore.exceptions import ClientError
from rich.console import Console

from cli.commands.score import wait_for_report
from cli.following import (
    FollowingError,
    began_after,
    draw_card,
    follow_drop,
    follow_features,
    follow_run,
    print_detail,
    print_report,
    show_step,
)
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import (
    RAW,
    SCORE_DROP,
    SCORE_REPORT,
    KeyFormat,
    classify_key,
    name_report,
    place_drop,
)
from dropcast.contracts.unseen import spell_unseen
from dropcast.recipes import RECIPES, find_table, list_references
from operations.accounts import AccountOption, StageOption, open_place
from operations.client import Stack, open_stack
from operations.recovery.findings import PROGRAM
from operations.recovery.runs import read_current_version
from operations.reports import read_fact
from operations.stacks import LocalOption, StackOption, say_cloud_errors
from operations.watching import find_references, name_arn, name_current_run

# A search over many candidates may take the better part of an hour.
TIMEOUT_SECONDS = 3600.0
INTERRUPTED = 130
_DROPS: dict[str, KeyFormat] = {"raw": RAW, "score": SCORE_DROP}
_FORMS = (
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


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(watch)


def watch(
    what: Annotated[
        str | None,
        typer.Argument(
            help="a drop's key or s3:// URI, an execution's name or ARN", metavar="WHAT"
        ),
    ] = None,
    *,
    dataset: Annotated[
        str | None, typer.Option(help="without WHAT: the newest drop of this dataset")
    ] = None,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
    timeout: Annotated[
        float, typer.Option(help="seconds after which to give up watching")
    ] = TIMEOUT_SECONDS,
) -> None:
    """Follow a drop or a run to its end; without WHAT, the newest drop.

    Exit status 1 where the drop was refused or the run ended badly.
    """
    console = Console(highlight=False)
    try:
        with say_cloud_errors("watching"):
            place = open_place(stage=stage, account=account, local=local)
            console.print(f"looks at: {place.description}", markup=False, soft_wrap=True)
            found = open_stack(place.cloud, stack)
            target = find_target(found, what, dataset=dataset)
            follow(found, target, console=console, timeout_seconds=timeout)
    except KeyboardInterrupt:
        console.print("no longer watched; what was started goes on")
        raise typer.Exit(INTERRUPTED) from None


def find_target(stack: Stack, what: str | None, *, dataset: str | None) -> Target:
    """Return what is meant; raise :class:`WatchError` where it is not there."""
    if what is None:
        return find_newest_drop(stack, dataset)
    if dataset is not None:
        raise WatchError("--dataset is for the newest drop of it; leave it out, or leave WHAT out")
    if what.startswith("arn:"):
        return _find_run(stack, what)
    key = _read_key(stack, what)
    kind = classify_key(key)
    if kind == "ours":
        raise WatchError(f"'{what}' is no drop, a function wrote it; {_FORMS}")
    if kind == "stray" and "/" not in what and not _is_there(stack, key):
        return _find_run(stack, name_arn(stack, what))
    return _find_drop(stack, key)


def _read_key(stack: Stack, what: str) -> str:
    if not what.startswith("s3://"):
        return what
    bucket, _, key = what.removeprefix("s3://").partition("/")
    raw = stack.find_output("RawBucketName")
    if bucket != raw:
        raise WatchError(f"'{bucket}' is not the bucket of drops of stack {stack.name}: {raw}")
    return key


def _is_there(stack: Stack, key: str) -> bool:
    try:
        _find_drop(stack, key)
    except WatchError:
        return False
    return True


def _find_drop(stack: Stack, key: str) -> Target:
    bucket = stack.find_output("RawBucketName")
    try:
        head = stack.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in ("404", "NoSuchKey"):
            raise
        raise WatchError(f"nothing lies at s3://{bucket}/{key}; {_FORMS}") from None
    # Ingest refuses a file that lies beside both, with a report.
    kind: Literal["raw", "score"] = "score" if key.startswith(SCORE_DROP.prefix) else "raw"
    return Target(kind=kind, name=key, version_id=head.get("VersionId", "null"))


def _find_run(stack: Stack, arn: str) -> Target:
    if not arn.startswith(name_arn(stack, "")):
        raise WatchError(f"{arn} is no execution of {stack.find_output('StateMachineArn')}")
    client = stack.stepfunctions
    try:
        client.describe_execution(executionArn=arn)
    except (client.exceptions.ExecutionDoesNotExist, client.exceptions.InvalidArn):
        raise WatchError(
            f"there is no execution '{arn.rsplit(':', 1)[-1]}', or not yet; {_FORMS}"
        ) from None
    return Target(kind="run", name=arn)


def find_newest_drop(stack: Stack, dataset: str | None) -> Target:
    """Return the file that was dropped last, of a dataset or of all."""
    if dataset is not None:
        find_table(dataset)
    prefixes = [f"{kind.prefix}{f'{dataset}/' if dataset else ''}" for kind in _DROPS.values()]
    bucket = stack.find_output("RawBucketName")
    pager: Any = stack.s3.get_paginator("list_objects_v2")
    asked: list[dict[str, str]] = [{"Prefix": prefix} for prefix in prefixes]
    if dataset is None:
        asked.append({"Delimiter": "/"})  # files that lie at the bucket's root
    found: list[Any] = [
        one
        for listing in asked
        for page in pager.paginate(Bucket=bucket, **listing)
        for one in page.get("Contents", [])
        # A console's empty folder objects are no drops.
        if one["Size"] or not one["Key"].endswith("/")
    ]
    if not found:
        places = " or ".join(f"s3://{bucket}/{prefix}" for prefix in prefixes)
        raise WatchError(f"nothing was dropped yet under {places}")
    return _find_drop(stack, max(found, key=lambda one: one["LastModified"])["Key"])


def follow(stack: Stack, target: Target, *, console: Console, timeout_seconds: float) -> None:
    """Show what becomes of it; raise :class:`~cli.following.FollowingError` where that is bad."""
    deadline = time.monotonic() + timeout_seconds
    if target.kind == "run":
        _follow_run(stack, target.name, console=console, deadline=deadline)
        return
    place = f"s3://{stack.find_output('RawBucketName')}/{target.name}"
    shown = spell_unseen(place)
    console.print(f"watches {shown}, version {target.version_id}", markup=False, soft_wrap=True)
    if target.kind == "score":
        _follow_score(stack, target, console=console, deadline=deadline)
        return
    drop = follow_drop(
        stack,
        dataset=place_drop(RAW, target.name)["dataset"],
        key=target.name,
        version_id=target.version_id,
        console=console,
        timeout_seconds=_count_left(deadline),
    )
    if drop.dataset in list_references():
        _explain_reference(stack, drop, console)
        return
    run = follow_features(stack, drop, console=console, timeout_seconds=_count_left(deadline))
    if run is None:
        print_detail(console, "the dataset held the same data before; no run was started")
    elif run.is_running or began_after(run, drop):
        _follow_run(stack, run.arn, console=console, deadline=deadline)
    else:
        print_detail(
            console,
            f"no run is started: {run.name} trained on the same data before, at "
            f"{run.started_at:%Y-%m-%d %H:%M:%S %Z}, and ended {run.status}; to see it: "
            f"{PROGRAM} watch {run.name}{stack.options}",
        )
        if run.status != "SUCCEEDED":
            raise FollowingError(
                f"the earlier run ended badly; `{PROGRAM} dead{stack.options}` says what to do"
            )


def _follow_score(stack: Stack, target: Target, *, console: Console, deadline: float) -> None:
    place = place_drop(SCORE_DROP, target.name)
    with show_step(console, "Score"):
        report = wait_for_report(
            stack.s3,
            stack.find_output("RawBucketName"),
            place["dataset"],
            place["name"],
            target.version_id,
            timeout=_count_left(deadline),
        )
    key = name_report(SCORE_REPORT, **place)
    print_report(report, place=f"s3://{stack.find_output('RawBucketName')}/{key}", console=console)
    if read_fact(report, "Receipt") is None:
        raise FollowingError("the file was refused; its report above says why")


def _follow_run(stack: Stack, arn: str, *, console: Console, deadline: float) -> None:
    run = follow_run(stack, arn, console=console, timeout_seconds=_count_left(deadline))
    card = stack.read_json("ModelBucketName", run.output["card_key"])
    if card is not None:
        console.print(draw_card(card))


def _explain_reference(stack: Stack, drop: DropRecord, console: Console) -> None:
    """Say that a reference table trains nothing, and which runs start with it."""
    print_detail(console, f"{drop.dataset} is a reference table: it trains nothing itself")
    for recipe in RECIPES.values():
        if drop.dataset not in [table.dataset for table in recipe.references]:
            continue
        version = read_current_version(stack, recipe.dataset)
        if version is None or len(find_references(stack, recipe)) < len(recipe.references):
            print_detail(console, f"{recipe.dataset}, which reads it, has no file yet")
        else:
            name = f"{recipe.dataset}-{name_current_run(stack, recipe, version)}"
            print_detail(
                console,
                f"{recipe.dataset} reads it; its run: {PROGRAM} watch {name}{stack.options}",
            )


def _count_left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
