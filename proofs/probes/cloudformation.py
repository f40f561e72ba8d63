"""CloudFormation: a stack's outputs, and its way back."""

import json
from typing import Any

from botocore.exceptions import ClientError

from proofs.probes.probe import Probe
from proofs.probes.target import Target

_QUEUE = {"Type": "AWS::SQS::Queue"}


def make_stack(target: Target, resources: object, outputs: object) -> Any:
    """Return a stack's description once its making has ended."""
    service, name = target.client("cloudformation"), target.name("stack")
    template = {"Resources": resources, "Outputs": outputs}
    service.create_stack(StackName=name, TemplateBody=json.dumps(template))
    target.remove_later(name, lambda: service.delete_stack(StackName=name))

    def look() -> Any | None:
        found = service.describe_stacks(StackName=name)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    return target.wait_for(look)


def read_outputs(target: Target) -> str:
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    }
    outputs = {
        "Name": {"Value": {"Ref": "Bucket"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}},
        "Text": {"Value": {"Fn::Sub": "${Bucket}/${AWS::AccountId}/${AWS::Region}"}},
    }
    stack = make_stack(target, {"Bucket": bucket, "Queue": _QUEUE}, outputs)
    told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    asked = target.client("s3").get_bucket_notification_configuration(Bucket=told["Name"])
    same = told["Text"] == f"{told['Name']}/{target.account}/{target.region}"
    events = "events on" if "EventBridgeConfiguration" in asked else "events off"
    return f"{stack['StackStatus']}, {'resolved' if same else 'unresolved'}, {events}"


def roll_back(target: Target) -> str:
    queue_name = target.name("made-first")
    resources = {
        "First": {**_QUEUE, "Properties": {"QueueName": queue_name}},
        # A name that is taken, and a message is kept for a minute at least.
        "Second": {
            **_QUEUE,
            "DependsOn": "First",
            "Properties": {"QueueName": queue_name, "MessageRetentionPeriod": 1},
        },
    }
    stack = make_stack(target, resources, {})
    sqs = target.client("sqs")

    def is_gone() -> bool | None:
        try:
            sqs.get_queue_url(QueueName=queue_name)
        except ClientError:
            return True
        return None

    try:
        target.wait_for(is_gone, seconds=target.doubt_seconds if target.settles else 1.0)
    except TimeoutError:
        return f"{stack['StackStatus']}, the first left"
    return f"{stack['StackStatus']}, the first removed"


_ROWS = (
    (
        "CloudFormation",
        "A stack's outputs, functions and EventBridge on a bucket",
        "CREATE_COMPLETE, resolved, events on",
        "AWS CloudFormation User Guide: Intrinsic function reference; AWS::S3::Bucket",
        "cdk/buckets.py (ADR 4)",
        read_outputs,
    ),
    (
        "CloudFormation",
        "A stack that fails goes back",
        "ROLLBACK_COMPLETE, the first removed",
        "AWS CloudFormation User Guide: Choose how to handle failures when provisioning resources",
        "operations/local_stack.py",
        roll_back,
    ),
)
PROBES = tuple(
    Probe(name=name, service=service, aws=aws, source=source, relied_on=relied, look=look)
    for service, name, aws, source, relied, look in _ROWS
)
