"""Taking a stack down with the stock CDK CLI, and saying what is left of it.

CloudFormation alone stops at a bucket that holds anything, keeps what the stage retains, and does
not know what services made by themselves. So what is to go is emptied before, and every service is
looked through afterwards.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from dropcast.contracts.errors import DropcastError
from emulators.cloud import CLOUD_FOLDER
from operations.clouds import Cloud
from operations.local_stack import name_assembly, synthesise
from operations.stacks import DeployedStack
from operations.teardown.emptying import empty_bucket
from operations.teardown.leftovers import LOG_GROUP, Left, list_left
from operations.teardown.objections import find_absence, find_bucket_objection, find_objection
from operations.teardown.policies import BUCKET, Data, retain_buckets
from toolchain.project import ROOT, prepare_cdk

# Reports of functions that were running may come into a bucket that was empty.
ATTEMPTS = 3
_TAIL_LINES = 20


class DestroyError(DropcastError):
    """The stack is not, or not wholly, taken down; the message says where it stands."""


def take_down(
    stack: DeployedStack, *, data: Data, stage: str, folder: Path = CLOUD_FOLDER, root: Path = ROOT
) -> list[Left]:
    """Take the stack down and return what is left of it.

    Raises :class:`DestroyError`, before anything is done where something speaks against it.
    """
    assembly = refuse_removal(stack, stage=stage, root=root)
    buckets = stack.list_names(BUCKET)
    if data == "keep":
        retain_buckets(stack)
    for _ in range(ATTEMPTS):
        if data == "delete":
            _empty(stack.cloud, buckets)
        output = run_cdk_destroy(stack, assembly=assembly, root=root)
        status = read_status(stack)
        if status is None:
            break
    else:
        raise DestroyError(
            f"stack {stack.name} is {status}; `cdk destroy` ended with:\n{output}\n"
            "correct that and run the command again: it goes on where it stands"
        )
    if data == "delete":
        # Those that the stage's template retains.
        delete_buckets(stack.cloud, buckets)
    for path in folder.glob("deployed-*.json"):
        # So that the next deployment to this local cloud does not think that all is there.
        path.unlink()
    return _clear_logs(stack.cloud, list_left(stack.cloud, stack.resources))


def refuse_removal(stack: DeployedStack, *, stage: str, root: Path = ROOT) -> Path:
    """Return the stage's assembly, by which the stack can be taken down.

    Raises :class:`DestroyError` where the stack is not ours, or CloudFormation or the CDK would not
    delete it.
    """
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


def refuse_strange_buckets(cloud: Cloud, buckets: Sequence[str], *, stack: str) -> None:
    """Raise :class:`DestroyError` for a bucket that no earlier stack of this name has left."""
    found = (find_bucket_objection(cloud, bucket, stack=stack) for bucket in buckets)
    objections = [sentence for sentence in found if sentence]
    if objections:
        raise DestroyError(f"{'; '.join(objections)}; nothing was done")


def delete_buckets(cloud: Cloud, buckets: Sequence[str]) -> None:
    """Empty and delete buckets; those that are not there are left out."""
    _empty(cloud, buckets)
    _delete_buckets(cloud, buckets)


def run_cdk_destroy(stack: DeployedStack, *, assembly: Path, root: Path) -> str:
    """Run the stock CLI on an assembly; return the end of its output.

    CloudFormation knows whether it went well: the CLI's exit status is not looked at.
    """
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
    """Return the stack's status, ``None`` where it is gone.

    It is read by the ARN, which a deleted stack keeps for 90 days; its name goes at once.
    """
    client = stack.cloud.client("cloudformation")
    status: str = client.describe_stacks(StackName=stack.arn)["Stacks"][0]["StackStatus"]
    return None if status == "DELETE_COMPLETE" else status


def _clear_logs(cloud: Cloud, left: Sequence[Left]) -> list[Left]:
    """Delete the log groups that nobody declared; return what else is left.

    Services made them by themselves, or a function that was still running made its own anew.
    """
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
