"""What speaks against taking a stack down, looked up before a single object of it goes.

CloudFormation and the CDK would refuse only after the buckets were emptied.
"""

import json
import re
from pathlib import Path

from botocore.exceptions import ClientError

from operations.clouds import Cloud, StackNotFoundError
from operations.stacks import FUNCTION, DeployedStack, name_function_id, open_stack
from operations.teardown.policies import read_template

OUTPUTS = frozenset({"RawBucketName", "LakeBucketName", "ModelBucketName", "StateMachineArn"})
# Of a stack that was never whole, and so has no outputs.
_FUNCTION = (name_function_id("Ingest"), FUNCTION)
# How CloudFormation names the buckets of cdk/buckets.py, lower-cased and cut to 63 characters.
_BUCKET = re.compile(r"(?P<stack>[a-z0-9-]+)-data(raw|lake|models)[0-9a-f]{0,8}-[a-z0-9]+")
_LEAVING = frozenset({"DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS"})


def find_objection(stack: DeployedStack) -> str | None:
    """Return why the stack must not be emptied, or cannot be deleted, with the remedy.

    ``None`` where nothing speaks against it.
    """
    if not is_ours(stack):
        return (
            f"stack {stack.name} is not of this project: it has neither its outputs "
            f"({', '.join(sorted(OUTPUTS))}) nor its function {_FUNCTION[0]}; name the right one "
            "with --stack, or take it down with the app that deployed it"
        )
    described = stack.cloud.client("cloudformation").describe_stacks(StackName=stack.arn)
    (now,) = described["Stacks"]
    if now.get("EnableTerminationProtection"):
        return (
            f"stack {stack.name} is protected from termination; if you mean it: `aws "
            "cloudformation update-termination-protection --no-enable-termination-protection "
            f"--stack-name {stack.name}`"
        )
    status = now["StackStatus"]
    if status.endswith("_IN_PROGRESS") and status not in _LEAVING:
        return f"stack {stack.name} is {status}; wait for its end and run the command again"
    return None


def find_bucket_objection(cloud: Cloud, bucket: str, *, stack: str) -> str | None:
    """Return why a bucket must not be deleted as one that a stack of this name has left.

    ``None`` where nothing speaks against it.
    """
    match = _BUCKET.fullmatch(bucket)
    # CloudFormation cuts a long stack's name short.
    if match is None or not stack.lower().startswith(match["stack"]):
        return (
            f"bucket {bucket} is not, by its name, one that stack {stack} has left; name its stack "
            "with --stack"
        )
    try:
        held = open_stack(cloud, stack).list_names("AWS::S3::Bucket")
    except StackNotFoundError:
        held = []
    if bucket in held:
        return f"bucket {bucket} is a part of stack {stack}; take that down instead"
    try:
        cloud.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        return f"bucket {bucket} is not there, or not yours to see ({error})"
    return None


def find_absence(name: str, assembly: Path) -> str | None:
    """Return why `cdk destroy` would find no stack of this name in the assembly, with the remedy.

    ``None`` where the assembly has one.
    """
    known = list_stacks(assembly)
    if name in known:
        return None
    return (
        f"{assembly} has no stack {name} (it has {', '.join(known) or 'none'}), and `cdk destroy` "
        "goes by it; name one that it has with --stack, take the stack down with the app that "
        "deployed it, or, where the folder is old, delete it: it is made anew"
    )


def is_ours(stack: DeployedStack) -> bool:
    """Return whether the stack is a deployment of this project, whole or half-made."""
    if stack.outputs.keys() >= OUTPUTS:
        return True
    kinds = {one.logical_id: one.type for one in stack.resources}
    try:
        template = read_template(stack)
    except ValueError:  # YAML, which the CDK does not deploy
        return False
    kinds |= {name: one.get("Type") for name, one in template.get("Resources", {}).items()}
    # CDK ends a logical id with eight hexadecimal digits.
    return _FUNCTION in {(name[:-8], kind) for name, kind in kinds.items()}


def list_stacks(assembly: Path) -> list[str]:
    """Return the stacks that an assembly has under their own names."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    return sorted(
        name
        for name, one in artifacts.items()
        if one["type"] == "aws:cloudformation:stack"
        and one.get("properties", {}).get("stackName", name) == name
    )
