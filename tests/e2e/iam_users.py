"""People of the cloud's account: IAM users with policies of docs/access.md, as AWS has them."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulators.account import open_session
from operations.stacks import DeployedStack
from tests.access.policies import fill_policy
from tests.e2e.terminal import PROGRAM
from toolchain.endpoints import STACK_NAME
from toolchain.project import ROOT

_BESIDE = {
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "lambda:GetLayerVersion": "lambda:ListLayers",
}
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403"})


@dataclass(frozen=True, kw_only=True)
class Person:
    """An IAM user; ``environ`` has the user's own access key and no other."""

    name: str
    environ: Mapping[str, str]

    def client(self, service: str) -> Any:
        make: Any = open_session(self.environ).client
        return make(service, endpoint_url=self.environ["AWS_ENDPOINT_URL"])

    def assert_denied(self, service: str, call: str, **arguments: Any) -> None:
        """Make a call that must be refused for a missing right, and for no other reason."""
        with pytest.raises(ClientError) as caught:
            getattr(self.client(service), call)(**arguments)
        code = caught.value.response["Error"]["Code"]
        assert code in DENIED, (service, call, arguments, code)


@contextmanager
def make_person(stack: DeployedStack, *policies: str, dataset: str = "none") -> Iterator[Person]:
    """Make a user with these policies of the page for the length of a ``with`` block."""
    iam: Any = stack.session.client("iam", endpoint_url=stack.endpoint_url)
    name = f"person-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key: dict[str, str] = {}
    try:
        for policy in policies:
            document = fill_policy(policy, read_values(stack, dataset=dataset))
            fit_to_ministack(document)
            iam.put_user_policy(
                UserName=name, PolicyName=policy, PolicyDocument=json.dumps(document)
            )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        own = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }
        yield Person(name=name, environ={**stack.environ, **own})
    finally:
        if key:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in policies:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        iam.delete_user(UserName=name)


def fit_to_ministack(document: dict[str, Any]) -> None:
    """Change a policy in the three places where MiniStack requires another right than AWS.

    It does not see which rule's targets are listed, has an action of its own for SQS's batches, and
    treats the read of a layer by its ARN as a listing.
    """
    for statement in document["Statement"]:
        if statement["Action"] == "events:ListTargetsByRule":
            statement["Resource"] = "*"
        for action, beside in _BESIDE.items():
            if action in statement["Action"]:
                statement["Action"].append(beside)


def read_values(stack: DeployedStack, *, dataset: str) -> dict[str, str]:
    """Return the stack's value for each word of the page."""
    arn = stack.outputs["StateMachineArn"].split(":")
    return {
        "RAW_BUCKET": stack.outputs["RawBucketName"],
        "LAKE_BUCKET": stack.outputs["LakeBucketName"],
        "MODEL_BUCKET": stack.outputs["ModelBucketName"],
        "DATASET": dataset,
        "ACCOUNT": arn[4],
        "REGION": arn[3],
        "STACK": STACK_NAME,
        "MACHINE": arn[6],
    }


def run_command(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell that has these variables."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
