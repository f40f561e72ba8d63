"""``destroy``: take the stack down with the stock CDK CLI and show that nothing is left that bills.

CloudFormation alone stops at a bucket that holds anything, keeps what the stage retains, and knows
nothing of what services made by themselves. So what is to go is emptied before, and every service
is asked afterwards.
"""

import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dropcast.contracts.errors import DropcastError
from emulators.cloud import CLOUD_FOLDER
from operations.accounts import AccountOption, StageOption, open_place
from operations.local_stack import name_assembly, synthesise
from operations.recovery.findings import PROGRAM
from operations.stacks import (
    Cloud,
    DeployedStack,
    LocalOption,
    StackOption,
    find_stack,
    say_cloud_errors,
)
from operations.teardown.emptying import empty_bucket
from operations.teardown.leftovers import LOG_GROUP, Left, list_left, measure_bucket
from operations.teardown.objections import find_absence, find_bucket_objection, find_objection
from operations.teardown.policies import (
    BUCKET,
    Data,
    name_toolkit_bucket,
    read_default,
    retain_buckets,
)
from toolchain.project import ROOT, prepare_cdk

# Reports of functions that were running may come into a bucket that was empty.
ATTEMPTS = 3
_TAIL_LINES = 20


class DestroyError(DropcastError):
    """The stack is not, or not wholly, taken down; the message says where it stands."""


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
    with say_cloud_errors("taking the stack down"):
        place = open_place(stage=stage, account=account, local=local, must_name=True)
        console.print(f"acts on: {place.description}", markup=False)
        if kept_bucket:
            delete_kept_buckets(place.cloud, kept_bucket, stack=stack, console=console, yes=yes)
            return
        found = find_stack(place.cloud, stack)
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


def take_down(
    stack: DeployedStack, *, data: Data, stage: str, folder: Path = CLOUD_FOLDER, root: Path = ROOT
) -> list[Left]:
    """Take the stack down and return what is left of it; raise :class:`DestroyError`, where
    something speaks against it before anything is done."""
    assembly = refuse_removal(stack, stage=stage, root=root)
    buckets = stack.list_names(BUCKET)
    if data == "keep":
        retain_buckets(stack)
    for _ in range(ATTEMPTS):
        if data == "delete":
            _empty(stack.cloud, buckets)
        said = run_cdk_destroy(stack, assembly=assembly, root=root)
        status = read_status(stack)
        if status is None:
            break
    else:
        raise DestroyError(
            f"stack {stack.name} is {status}; `cdk destroy` ended with:\n{said}\n"
            "mend that and run the command again: it goes on where it stands"
        )
    if data == "delete":
        # Those that the stage's template retains.
        _empty(stack.cloud, buckets)
        _delete_buckets(stack.cloud, buckets)
    for path in folder.glob("deployed-*.json"):
        # So that the next deployment to this local cloud does not think that all is there.
        path.unlink()
    return _clear_logs(stack.cloud, list_left(stack.cloud, stack.resources))


def refuse_removal(stack: DeployedStack, *, stage: str, root: Path = ROOT) -> Path:
    """Return the stage's assembly, by which the stack can be taken down; raise
    :class:`DestroyError` where it is not ours, or CloudFormation or the CDK would not do it."""
    assembly = root / name_assembly(stage, stack.name)
    objection = find_objection(stack)
    if objection is None:
        if not (assembly / "manifest.json").exists():
            assembly = synthesise(stage, name=stack.name, root=root)
        objection = find_absence(stack.name, assembly)
    if objection is not None:
        raise DestroyError(f"{objection}; nothing was done")
    return assembly


def split_left(
    left: Sequence[Left], stack: DeployedStack, data: Data
) -> tuple[list[Left], list[Left]]:
    """Return what was to be kept, and what was not."""
    wanted = set(stack.list_names(BUCKET)) if data == "keep" else set()
    # The role by which API Gateway writes logs is the account's; other APIs may need it.
    shared = {one.name for one in stack.resources if "CloudWatchRole" in one.logical_id}
    kept = [one for one in left if one.name in wanted | shared and not one.note]
    return kept, [one for one in left if one not in kept]


def describe_kept(left: Left, stack: DeployedStack) -> str:
    """Return the line on something that was to be kept; of a bucket with the command that deletes
    it later, since no later deployment takes it up."""
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
    """Empty and delete buckets that an earlier stack of this name has left; raise
    :class:`DestroyError`, before anything is done, for one that is not, or that a stack has."""
    asked = (find_bucket_objection(cloud, bucket, stack=stack) for bucket in buckets)
    objections = [sentence for sentence in asked if sentence]
    if objections:
        raise DestroyError(f"{'; '.join(objections)}; nothing was done")
    for bucket in buckets:
        objects, size = measure_bucket(cloud, bucket)
        console.print(f"goes:  bucket {bucket}, {objects:,} objects, {size:,} bytes", markup=False)
    console.print("       with every version of every drop; this cannot be undone")
    if not yes and not typer.confirm("Delete what is named above?"):
        console.print("nothing was done")
        raise typer.Exit(1)
    _empty(cloud, buckets)
    _delete_buckets(cloud, buckets)
    console.print("deleted")


def describe_toolkit(stack: DeployedStack) -> str:
    """Return the line on the bucket that CDK's bootstrap made: other apps use it too."""
    bucket = name_toolkit_bucket(stack)
    objects, size = measure_bucket(stack.cloud, bucket)
    return (
        f"not of the stack: the CDK's own bucket {bucket} holds {objects:,} uploaded assets, "
        f"{size:,} bytes; `npx cdk gc --unstable=gc` deletes those that no stack uses"
    )


def run_cdk_destroy(stack: DeployedStack, *, assembly: Path, root: Path) -> str:
    """Run the stock CLI on an assembly; return the end of what it said. Whether it went
    well is CloudFormation's word: the CLI's exit status is not looked at."""
    command, environment = prepare_cdk(
        [
            *("destroy", stack.name, "--app", str(assembly)),
            *("--force", "--ci", "--no-notices", "--no-color"),
        ],
        root=root,
        environ=stack.cloud.environ,
    )
    finished = subprocess.run(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "\n".join(finished.stdout.splitlines()[-_TAIL_LINES:])


def read_status(stack: DeployedStack) -> str | None:
    """Return the stack's status, ``None`` where it is gone. By its ARN: a deleted stack keeps it
    for 90 days, its name goes at once."""
    client = stack.cloud.client("cloudformation")
    status: str = client.describe_stacks(StackName=stack.arn)["Stacks"][0]["StackStatus"]
    return None if status == "DELETE_COMPLETE" else status


def _clear_logs(cloud: Cloud, left: Sequence[Left]) -> list[Left]:
    """Delete the log groups that services made by themselves, or that a function which was still
    running made anew; return what else is left."""
    for one in left:
        if one.kind == LOG_GROUP and not one.note:
            cloud.client("logs").delete_log_group(logGroupName=one.name)
    return [one for one in left if one.kind != LOG_GROUP or one.note]


def _empty(cloud: Cloud, buckets: Sequence[str]) -> None:
    for bucket in buckets:
        empty_bucket(cloud.client("s3"), bucket)


def _delete_buckets(cloud: Cloud, buckets: Sequence[str]) -> None:
    client = cloud.client("s3")
    here = {one["Name"] for one in client.list_buckets()["Buckets"]}
    for bucket in here.intersection(buckets):
        client.delete_bucket(Bucket=bucket)
