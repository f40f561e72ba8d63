"""What probes make: buckets, queues, roles, functions, rules. Each is removed at the end."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from proofs.probes.target import Target

# AWS tells nobody when a role that was just made is known everywhere.
_ROLE_SECONDS = 15
# Nor when a bucket's events begin; it says "about five minutes".
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


def _remove_bucket(s3: Any, name: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=name, Key=found["Key"], VersionId=found["VersionId"])
    for upload in s3.list_multipart_uploads(Bucket=name).get("Uploads", ()):
        s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    s3.delete_bucket(Bucket=name)


def make_queue(target: Target, *, open_to: str | None = None) -> tuple[str, str]:
    """Return a new queue's URL and ARN; ``open_to`` is a service that may send to it."""
    sqs, name = target.client("sqs"), target.name("queue")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    target.remove_later(name, lambda: sqs.delete_queue(QueueUrl=url))
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = asked["Attributes"]["QueueArn"]
    if open_to is not None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": open_to},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": write_policy([statement])})
    return url, arn


def receive(target: Target, queue_url: str) -> dict[str, Any] | None:
    """Return the next message with all its attributes, and delete it; ``None`` if there is none."""
    sqs = target.client("sqs")
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=1,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    for message in answer.get("Messages", ()):
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return dict(message)
    return None


def write_policy(statements: Sequence[Statement]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Sequence[str], resources: Sequence[str], **more: object) -> Statement:
    """Return a statement that allows the actions on the resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def make_role(target: Target, principal: Mapping[str, str], statements: Sequence[Statement]) -> str:
    """Return the ARN of a new role that the principal may take, with one inline policy."""
    iam, name = target.client("iam"), target.name("role")
    trust = {"Effect": "Allow", "Principal": dict(principal), "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=write_policy([trust]))
    target.remove_later(name, lambda: iam.delete_role(RoleName=name))
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=write_policy(statements)
        )
        target.remove_later(
            f"{name}'s policy", lambda: iam.delete_role_policy(RoleName=name, PolicyName="own")
        )
    if target.settles:
        time.sleep(_ROLE_SECONDS)
    return str(arn["Role"]["Arn"])


def take_role(target: Target, service: str, statements: Sequence[Statement]) -> Any:
    """Return a client of a service with a new role's credentials: these statements and no more."""
    role = make_role(target, {"AWS": f"arn:aws:iam::{target.account}:root"}, statements)
    sts = target.client("sts")
    taken = sts.assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
    return target.open_client(
        service,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )


def zip_files(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of these files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as code:
        for name, content in files.items():
            code.writestr(name, content)
    return archive.getvalue()


def make_function(
    target: Target,
    files: Mapping[str, str | bytes],
    *,
    role: str | None = None,
    **settings: Any,
) -> str:
    """Return the name of a new function of ``handler.py``'s ``handle``, ready to be called."""
    functions, name = target.client("lambda"), target.name("function")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role or target.once(make_plain_role),
        Handler="handler.handle",
        Code={"ZipFile": zip_files(files)},
        **settings,
    )
    logs, group = target.client("logs"), f"/aws/lambda/{name}"
    target.remove_later(group, lambda: logs.delete_log_group(logGroupName=group))
    target.remove_later(name, lambda: functions.delete_function(FunctionName=name))

    def is_ready() -> bool | None:
        found = functions.get_function_configuration(FunctionName=name)
        return None if found.get("State") == "Pending" else True

    target.wait_for(is_ready)
    return name


def make_plain_role(target: Target) -> str:
    """Return a role for functions that write logs and do nothing else."""
    logs = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    return make_role(target, {"Service": "lambda.amazonaws.com"}, [allow(logs, ["*"])])


def find_arn(target: Target, function: str) -> str:
    """Return a function's ARN."""
    return f"arn:aws:lambda:{target.region}:{target.account}:function:{function}"


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
    """Return the pattern that the product's own rules have."""
    return _match_keys(bucket, {"prefix": prefix})


def match_all_but(bucket: str, prefixes: Sequence[str]) -> dict[str, object]:
    """Return the pattern that the product's rule of the raw bucket has."""
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
    """Drop a file, and again where events may not have begun yet, until ``look`` finds what comes
    of it; raise ``TimeoutError`` if nothing does."""
    deadline = time.monotonic() + seconds
    while True:
        target.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
        left = deadline - time.monotonic()
        try:
            return target.wait_for(look, min(left, _DROP_AGAIN_SECONDS) if target.settles else left)
        except TimeoutError:
            if not target.settles or time.monotonic() >= deadline:
                raise


def await_events(target: Target, bucket: str, key: str, queue_url: str) -> None:
    """Return once a bucket's events reach the queue, which is then empty; elsewhere than on AWS
    they do at once."""
    if not target.settles:
        return
    drop_until(target, bucket, key, lambda: receive(target, queue_url), target.patience_seconds)
    quiet = time.monotonic() + _DROP_AGAIN_SECONDS
    while time.monotonic() < quiet:
        receive(target, queue_url)
