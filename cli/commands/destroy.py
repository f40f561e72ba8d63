"""``destroy``: take the stack down with the stock CDK CLI and show what is left that bills."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from cli.options import AccountOption, LocalOption, StackOption, StageOption
from operations.accounts import open_place
from operations.clouds import Cloud, translate_cloud_errors
from operations.recovery.findings import PROGRAM
from operations.stacks import DeployedStack, open_stack
from operations.teardown.leftovers import Left, measure_bucket
from operations.teardown.policies import BUCKET, Data, name_toolkit_bucket, read_default
from operations.teardown.removal import (
    delete_buckets,
    refuse_removal,
    refuse_strange_buckets,
    split_left,
    take_down,
)


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(destroy)


def destroy(
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
    data: Annotated[
        Data | None,
        typer.Option(help="keep or delete the buckets; by default as the stage was deployed"),
    ] = None,
    kept_bucket: Annotated[
        list[str] | None,
        typer.Option("--kept-bucket", help="only delete this bucket, which --data keep has left"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Take the stack down; exit status 1 if anything is left that was to go."""
    console = Console(highlight=False, soft_wrap=True)
    with translate_cloud_errors("taking the stack down"):
        place = open_place(stage=stage, account=account, local=local, must_name=True)
        console.print(f"acts on: {place.description}", markup=False)
        if kept_bucket:
            delete_kept_buckets(place.cloud, kept_bucket, stack=stack, console=console, yes=yes)
            return
        found = open_stack(place.cloud, stack)
        refuse_removal(found, stage=place.stage)
        chosen = data or read_default(found)
        for line in describe_plan(found, chosen):
            console.print(line, markup=False)
        if not yes and not typer.confirm(f"Take {stack} down?"):
            console.print("nothing was done")
            raise typer.Exit(1)
        left = take_down(found, data=chosen, stage=place.stage)
        kept, rest = split_left(left, found, chosen)
        for one in kept:
            console.print(describe_kept(one, found), markup=False)
        for one in rest:
            console.print(f"left: {one.kind} {one.name} {one.note}".rstrip(), markup=False)
        console.print(describe_toolkit(found), markup=False)
    if rest:
        raise typer.Exit(1)
    console.print("nothing else of the stack is left")


def describe_plan(stack: DeployedStack, data: Data) -> list[str]:
    """Return what will go and what stays, a line each."""
    counts = Counter(one.type for one in stack.resources if one.type != BUCKET)
    lines = ["goes:  " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))]
    for bucket in stack.list_names(BUCKET):
        objects, size = measure_bucket(stack.cloud, bucket)
        word = "goes:  " if data == "delete" else "stays: "
        lines.append(f"{word}bucket {bucket}, {objects:,} objects, {size:,} bytes")
    if data == "delete":
        lines.append("       with every version of every drop; this cannot be undone")
    return lines


def describe_kept(left: Left, stack: DeployedStack) -> str:
    """Return the line on something that was to be kept.

    A bucket's has the command that deletes it later, since no later deployment takes it up.
    """
    if left.kind != BUCKET:
        return f"kept: {left.name}"
    named = "" if stack.cloud.options else f" --account {stack.account}"
    return (
        f"kept: {left.name}; to delete it some day: {PROGRAM} destroy --kept-bucket "
        f"{left.name}{stack.options}{named}"
    )


def delete_kept_buckets(
    cloud: Cloud, buckets: Sequence[str], *, stack: str, console: Console, yes: bool
) -> None:
    """Empty and delete buckets that an earlier stack of this name has left.

    Raises :class:`~operations.teardown.removal.DestroyError`, before anything is done, for a bucket
    that no such stack has left, or that a stack has.
    """
    refuse_strange_buckets(cloud, buckets, stack=stack)
    for bucket in buckets:
        objects, size = measure_bucket(cloud, bucket)
        console.print(f"goes:  bucket {bucket}, {objects:,} objects, {size:,} bytes", markup=False)
    console.print("       with every version of every drop; this cannot be undone")
    if not yes and not typer.confirm("Delete what is named above?"):
        console.print("nothing was done")
        raise typer.Exit(1)
    delete_buckets(cloud, buckets)
    console.print("deleted")


def describe_toolkit(stack: DeployedStack) -> str:
    """Return the line on the bucket that CDK's bootstrap made: other apps use it too."""
    bucket = name_toolkit_bucket(stack)
    objects, size = measure_bucket(stack.cloud, bucket)
    return (
        f"not of the stack: the CDK's own bucket {bucket} holds {objects:,} uploaded assets, "
        f"{size:,} bytes; `npx cdk gc --unstable=gc` deletes those that no stack uses"
    )
