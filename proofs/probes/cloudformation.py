"""CloudFormation's outputs and rollbacks."""

import json
from typing import Any

from botocore.exceptions import ClientError

from proofs.probes.probe import make_probes
from proofs.probes.target import Target

_QUEUE = {"Type": "AWS::SQS::Queue"}


def _make_stack(target: Target, resources: object, outputs: object) -> Any:
    """Return a stack's description once its creation has ended."""
    service, name = target.client("cloudformation"), target.name("stack")
    template = {"Resources": resources, "Outputs": outputs}
    service.create_stack(StackName=name, TemplateBody=json.dumps(template))
    target.remove_later(name, lambda: service.delete_stack(StackName=name))

    def look() -> Any | None:
        found = service.describe_stacks(StackName=name)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    return target.wait_for(look)


def _read_outputs(target: Target) -> str:
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
    stack = _make_stack(target, {"Bucket": bucket, "Queue": _QUEUE}, outputs)
    values = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    settings = target.client("s3").get_bucket_notification_configuration(Bucket=values["Name"])
    same = values["Text"] == f"{values['Name']}/{target.account}/{target.region}"
    events = "events on" if "EventBridgeConfiguration" in settings else "events off"
    return f"{stack['StackStatus']}, {'resolved' if same else 'unresolved'}, {events}"


def _roll_back(target: Target) -> str:
    queue_name = target.name("made-first")
    resources = {
        "First": {**_QUEUE, "Properties": {"QueueName": queue_name}},
        # The name is taken, and a message must be kept for a minute at least.
        "Second": {
            **_QUEUE,
            "DependsOn": "First",
            "Properties": {"QueueName": queue_name, "MessageRetentionPeriod": 1},
        },
    }
    stack = _make_stack(target, resources, {})
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


PROBES = make_probes(
    "CloudFormation",
    (
        "A stack's outputs, functions and EventBridge on a bucket",
        "CREATE_COMPLETE, resolved, events on",
        "AWS CloudFormation User Guide: Intrinsic function reference; AWS::S3::Bucket",
        "cdk/buckets.py (ADR 4)",
        _read_outputs,
    ),
    (
        "A stack that fails is rolled back",
        "ROLLBACK_COMPLETE, the first removed",
        "AWS CloudFormation User Guide: Choose how to handle failures when provisioning resources",
        "operations/local_stack.py",
        _roll_back,
    ),
)
