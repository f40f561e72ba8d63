"""SQS, CloudWatch and CloudFormation, as far as the stack stands on them."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from proofs.probes.functions.synchronous_calls import call
from proofs.probes.lambda_functions import SOURCE
from proofs.probes.probe import Probe, outcome
from proofs.probes.resources import make_function, make_queue, receive, write_policy
from proofs.probes.target import Target


def count_messages(target: Target) -> str:
    sqs = target.client("sqs")
    url, _ = make_queue(target)
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    told = "ApproximateNumberOfMessages"

    def count() -> int:
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[told])
        return int(asked["Attributes"][told])

    target.wait_for(lambda: True if count() == 3 else None, seconds=target.doubt_seconds)
    receive(target, url)
    target.wait_for(lambda: True if count() == 2 else None, seconds=target.doubt_seconds)
    return "3, then 2"


def hide_messages(target: Target) -> str:
    sqs = target.client("sqs")
    url, _ = make_queue(target)
    sqs.send_message(QueueUrl=url, MessageBody="one")

    def take() -> Any | None:
        found = sqs.receive_message(
            QueueUrl=url,
            VisibilityTimeout=2,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
        )
        return next(iter(found.get("Messages", ())), None)

    target.wait_for(take, seconds=target.doubt_seconds)
    hidden = take() is None
    again = target.wait_for(take, seconds=target.doubt_seconds)
    count = again["Attributes"]["ApproximateReceiveCount"]
    return f"{'hidden' if hidden else 'not hidden'}, then received {count} times"


def refuse_plain(target: Target) -> str:
    """The policy that CDK writes for ``enforce_ssl``; asked over TLS, where there is TLS."""
    sqs = target.client("sqs")
    url, arn = make_queue(target)
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": write_policy([deny])})
    return outcome(lambda: sqs.send_message(QueueUrl=url, MessageBody="one"))


def read_log(target: Target) -> str:
    logs, group = target.client("logs"), f"/{target.name('log')}"
    logs.create_log_group(logGroupName=group)
    target.remove_later(group, lambda: logs.delete_log_group(logGroupName=group))
    source = SOURCE.replace("    CALLS.append(1)\n", '    CALLS.append(1)\n    print("told é")\n')
    name = make_function(target, {"handler.py": source}, LoggingConfig={"LogGroup": group})
    call(target, name, {})

    def look() -> list[str] | None:
        found = logs.filter_log_events(logGroupName=group).get("events", [])
        lines = [event["message"].strip() for event in found]
        return lines if any(line.startswith("REPORT") for line in lines) else None

    try:
        lines = target.wait_for(look, seconds=target.doubt_seconds)
    except TimeoutError:
        found = logs.filter_log_events(logGroupName=group).get("events", [])
        lines = [event["message"].strip() for event in found]
    kinds = [line.split()[0] for line in lines if line.split()]
    said = "its line" if "told é" in lines else "without its line"
    marks = [kind for kind in ("START", "END", "REPORT") if kind in kinds]
    return f"{said}, {' '.join(marks) or 'no marks'}"


def read_structured_log(target: Target) -> str:
    logs, group = target.client("logs"), f"/{target.name('log')}"
    logs.create_log_group(logGroupName=group)
    target.remove_later(group, lambda: logs.delete_log_group(logGroupName=group))
    stream = {"logGroupName": group, "logStreamName": "one"}
    logs.create_log_stream(**stream)
    lines = [
        json.dumps({"level": level, "seconds": n}) for n, level in enumerate(("INFO", "ERROR"))
    ]
    at = int(time.time() * 1000)
    logs.put_log_events(
        **stream, logEvents=[{"timestamp": at + n, "message": m} for n, m in enumerate(lines)]
    )

    def look() -> int | None:
        found = logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "ERROR" }')
        return len(found.get("events", [])) or None

    return f"{target.wait_for(look, seconds=target.doubt_seconds)} of 2"


def count_errors(target: Target) -> str:
    watch = target.client("cloudwatch")
    name = make_function(target, {"handler.py": SOURCE})
    call(target, name, {"do": "fail", "error": "BusyError"})
    now = datetime.now(tz=UTC)

    def look() -> float | None:
        found = watch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=10),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"]) or None

    try:
        waited = target.patience_seconds if target.settles else 3.0
        return f"{target.wait_for(look, seconds=waited):.0f} error"
    except TimeoutError:
        return "none"


_QUEUES = "Amazon SQS Developer Guide"
_ROWS = (
    (
        "SQS",
        "A queue counts its messages",
        "3, then 2",
        f"{_QUEUES}: Available CloudWatch metrics; API: GetQueueAttributes",
        "cli: dead letters; the alarm on each queue",
        count_messages,
    ),
    (
        "SQS",
        "A received message is hidden, then comes again",
        "hidden, then received 2 times",
        f"{_QUEUES}: Amazon SQS visibility timeout",
        "cli: redrive deletes a letter after it was sent again",
        hide_messages,
    ),
    (
        "SQS",
        "A queue that is for TLS alone, as the clients here reach it",
        "ok",
        f"{_QUEUES}: Using identity-based policies; CDK: Queue.enforceSSL",
        "cdk/triggers.py",
        refuse_plain,
    ),
    (
        "CloudWatch",
        "A function's log goes to the group that it names",
        "its line, START END REPORT",
        "AWS Lambda Developer Guide: Configuring CloudWatch log groups",
        "cdk/functions.py: log groups; bench reads REPORT",
        read_log,
    ),
    (
        "CloudWatch",
        "A log of JSON lines is filtered by a field",
        "1 of 2",
        "Amazon CloudWatch Logs User Guide: Filter pattern syntax for metric filters",
        "cdk/observability.py",
        read_structured_log,
    ),
    (
        "CloudWatch",
        "A failed call is counted in AWS/Lambda Errors",
        "1 error",
        "AWS Lambda Developer Guide: Types of metrics for Lambda functions",
        "cdk/observability.py: alarms",
        count_errors,
    ),
)
PROBES = tuple(
    Probe(name=name, service=service, aws=aws, source=source, relied_on=relied, look=look)
    for service, name, aws, source, relied, look in _ROWS
)
