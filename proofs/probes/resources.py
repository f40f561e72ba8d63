"""The buckets, queues, roles, log groups and rules of probes; each is removed at the end."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from proofs.probes.target import Target

# AWS does not say when a new role is known everywhere.
_ROLE_SECONDS = 15
# Nor when a bucket's events begin; its documents say "about five minutes".
_DROP_AGAIN_SECONDS = 20
T = TypeVar("T")
Statement = Mapping[str, object]


def make_bucket(target: Target, *, versioned: bool = False, events: bool = False) -> str:
    """Return a new bucket, by its name."""
    s3, name = target.client("s3"), target.name("bucket")
    where = {"CreateBucketConfiguration": {"LocationConstraint": target.region}}
    s3.create_bucket(Bucket=name, **({} if target.region == "us-east-1" else where))
    target.remove_later(name, lambda: _remove_bucket(s3, name))
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if events:
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    return name


def make_versioned_bucket(target: Target) -> str:
    """Return a new bucket that keeps versions, by its name."""
    return make_bucket(target, versioned=True)


def _remove_bucket(s3: Any, name: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=name, Key=found["Key"], VersionId=found["VersionId"])
    for upload in s3.list_multipart_uploads(Bucket=name).get("Uploads", ()):
        s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    s3.delete_bucket(Bucket=name)


def begin_upload(s3: Any, bucket: str, key: str) -> dict[str, str]:
    """Begin a multipart upload; return the parameters that name it in later calls."""
    begun = s3.create_multipart_upload(Bucket=bucket, Key=key)
    return {"Bucket": bucket, "Key": key, "UploadId": begun["UploadId"]}


def upload_parts(s3: Any, upload: Mapping[str, str], *bodies: bytes) -> dict[str, Any]:
    """Upload the parts; return the parameters that complete the upload."""
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"]}
        for n, body in enumerate(bodies, 1)
    ]
    return {**upload, "MultipartUpload": {"Parts": parts}}


def make_queue(target: Target, *, open_to: str | None = None) -> tuple[str, str]:
    """Return a new queue's URL and ARN; ``open_to`` is a service that may send to it."""
    sqs, name = target.client("sqs"), target.name("queue")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    target.remove_later(name, lambda: sqs.delete_queue(QueueUrl=url))
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    if open_to is not None:
        statement = allow(["sqs:SendMessage"], [arn], Principal={"Service": open_to})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": write_policy(statement)})
    return url, arn


def receive(target: Target, queue_url: str) -> dict[str, Any] | None:
    """Return the next message with all its attributes, and delete it; ``None`` if there is none."""
    sqs = target.client("sqs")
    received = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=1,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    for message in received.get("Messages", ()):
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return dict(message)
    return None


def write_policy(*statements: Statement) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Sequence[str], resources: Sequence[str], **more: object) -> Statement:
    """Return a statement that allows the actions on the resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def deny(action: str, resources: Sequence[str], *, unless_tls: bool = False) -> Statement:
    """Return a statement that denies the action to everybody, or to requests without TLS."""
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": list(resources),
    }
    condition = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    return {**statement, **(condition if unless_tls else {})}


def make_role(target: Target, principal: Mapping[str, str], *statements: Statement) -> str:
    """Return the ARN of a new role that the principal may take, with one inline policy."""
    iam, name = target.client("iam"), target.name("role")
    trust = {"Effect": "Allow", "Principal": dict(principal), "Action": "sts:AssumeRole"}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=write_policy(trust))
    target.remove_later(name, lambda: iam.delete_role(RoleName=name))
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=write_policy(*statements)
        )
        target.remove_later(
            f"{name}'s policy", lambda: iam.delete_role_policy(RoleName=name, PolicyName="own")
        )
    if target.settles:
        time.sleep(_ROLE_SECONDS)
    return str(made["Role"]["Arn"])


def take_role(target: Target, service: str, *statements: Statement) -> Any:
    """Return a client of a service with the credentials of a new role that has these statements."""
    role = make_role(target, {"AWS": f"arn:aws:iam::{target.account}:root"}, *statements)
    sts = target.client("sts")
    taken = sts.assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
    return target.open_client(
        service,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )


def make_log_group(target: Target) -> str:
    """Return the name of a new log group."""
    logs, group = target.client("logs"), f"/{target.name('log')}"
    logs.create_log_group(logGroupName=group)
    target.remove_later(group, lambda: logs.delete_log_group(logGroupName=group))
    return group


def make_rule(
    target: Target, pattern: Mapping[str, object], rule_target: Mapping[str, object]
) -> str:
    """Return the ARN of a new rule of the default bus with one target."""
    events, name = target.client("events"), target.name("rule")
    arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    target.remove_later(name, lambda: events.delete_rule(Name=name))
    events.put_targets(Rule=name, Targets=[{"Id": "one", **rule_target}])
    target.remove_later(f"{name}'s target", lambda: events.remove_targets(Rule=name, Ids=["one"]))
    return str(arn)


def match_objects(bucket: str, prefix: str) -> dict[str, object]:
    """Return the pattern of the product's own rules."""
    return _match_keys(bucket, {"prefix": prefix})


def match_all_but(bucket: str, prefixes: Sequence[str]) -> dict[str, object]:
    """Return the pattern of the product's rule of the raw bucket."""
    return _match_keys(bucket, {"anything-but": {"prefix": list(prefixes)}})


def _match_keys(bucket: str, matcher: Mapping[str, object]) -> dict[str, object]:
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [matcher]}},
    }


def drop_until(
    target: Target, bucket: str, key: str, look: Callable[[], T | None], seconds: float
) -> T:
    """Drop a file until ``look`` finds the result; raise ``TimeoutError`` if it does not.

    Where events may not have begun yet, the file is dropped several times.
    """
    deadline = time.monotonic() + seconds
    while True:
        target.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
        left = deadline - time.monotonic()
        try:
            return target.wait_for(look, min(left, _DROP_AGAIN_SECONDS) if target.settles else left)
        except TimeoutError:
            if not target.settles or time.monotonic() >= deadline:
                raise


def watch_bucket(
    target: Target,
    match: Callable[[str], Mapping[str, object]],
    *,
    versioned: bool = False,
    first_key: str = "first",
) -> tuple[str, str]:
    """Return a new bucket and the URL of an empty queue that gets its matching events.

    On AWS events begin after a while, so files are dropped at ``first_key`` until they do.
    """
    bucket = make_bucket(target, versioned=versioned, events=True)
    url, arn = make_queue(target, open_to="events.amazonaws.com")
    make_rule(target, match(bucket), {"Arn": arn})
    if target.settles:
        seconds = target.patience_seconds
        drop_until(target, bucket, first_key, lambda: receive(target, url), seconds)
        quiet = time.monotonic() + _DROP_AGAIN_SECONDS
        while time.monotonic() < quiet:
            receive(target, url)
    return bucket, url
