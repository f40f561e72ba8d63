"""What a deployed template does with the buckets when its stack goes, and how that is changed.

CloudFormation goes by the template that was deployed, not by the one that lies here. So a stack
that would take its buckets along is given the same template with them retained, before it goes.
"""

import hashlib
import json
from typing import Any, Literal

from dropcast.contracts.errors import DropcastError
from operations.stacks import DeployedStack

Data = Literal["keep", "delete"]
BUCKET = "AWS::S3::Bucket"
_WAIT = {"Delay": 2, "MaxAttempts": 300}


class PolicyError(DropcastError):
    """The stack could not be made to keep its buckets, and nothing of it was taken down."""


def read_default(stack: DeployedStack) -> Data:
    """Return what the deployed template does with the buckets: its stage decided that."""
    policies = {one.get("DeletionPolicy", "Delete") for one in _list_buckets(read_template(stack))}
    return "delete" if "Delete" in policies else "keep"


def retain_buckets(stack: DeployedStack) -> None:
    """Have the deployed stack keep its buckets when it goes; raise :class:`PolicyError`.

    Nothing else of the template is changed but an entry in the buckets' metadata, without which
    CloudFormation sees no change at all.
    """
    if read_default(stack) == "keep":
        return
    template = read_template(stack)
    for bucket in _list_buckets(template):
        bucket["DeletionPolicy"] = bucket["UpdateReplacePolicy"] = "Retain"
        bucket["Metadata"] = {**bucket.get("Metadata", {}), "kept": "by dropcast destroy"}
    client = stack.cloud.client("cloudformation")
    client.update_stack(
        StackName=stack.name,
        TemplateURL=_upload(stack, json.dumps(template).encode()),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in template.get("Parameters", {})
        ],
    )
    client.get_waiter("stack_update_complete").wait(StackName=stack.name, WaiterConfig=_WAIT)
    if read_default(stack) != "keep":
        raise PolicyError(
            f"stack {stack.name} still deletes its buckets after an update; nothing was taken "
            "down; copy what you need (`aws s3 sync`) and use --data delete"
        )


def read_template(stack: DeployedStack) -> Any:
    """Return the template as it was deployed."""
    client = stack.cloud.client("cloudformation")
    body = client.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"]
    return json.loads(body) if isinstance(body, str) else json.loads(json.dumps(body))


def name_toolkit_bucket(stack: DeployedStack) -> str:
    """Return the bucket that CDK's bootstrap made for the account and region."""
    return f"cdk-hnb659fds-assets-{stack.account}-{stack.cloud.region}"


def _list_buckets(template: Any) -> list[Any]:
    return [one for one in template["Resources"].values() if one["Type"] == BUCKET]


def _upload(stack: DeployedStack, body: bytes) -> str:
    """Put a template beside CDK's own, since it is too large for a request; return its URL."""
    bucket, key = name_toolkit_bucket(stack), f"{hashlib.sha256(body).hexdigest()}.json"
    stack.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    if stack.cloud.endpoint_url is not None:
        return f"{stack.cloud.endpoint_url}/{bucket}/{key}"
    return f"https://{bucket}.s3.{stack.cloud.region}.amazonaws.com/{key}"
