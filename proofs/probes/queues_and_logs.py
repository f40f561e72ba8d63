"""SQS and CloudWatch, as far as the stack relies on them."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from proofs.probes.lambda_functions import SOURCE, call, make_function
from proofs.probes.probe import describe_call, make_probes
from proofs.probes.resources import deny, make_log_group, make_queue, receive, write_policy
from proofs.probes.target import Target


def _count_messages(target: Target) -> str:
    sqs = target.client("sqs")
    url, _ = make_queue(target)
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    name = "ApproximateNumberOfMessages"

    def count() -> int:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(found["Attributes"][name])

    target.wait_for(lambda: True if count() == 3 else None, seconds=target.doubt_seconds)
    receive(target, url)
    target.wait_for(lambda: True if count() == 2 else None, seconds=target.doubt_seconds)
    return "3, then 2"


def _hide_messages(target: Target) -> str:
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


def _refuse_plain(target: Target) -> str:
    """Send by TLS, where there is TLS, under the policy that CDK writes for ``enforce_ssl``."""
    sqs = target.client("sqs")
    url, arn = make_queue(target)
    policy = write_policy(deny("sqs:*", [arn], unless_tls=True))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return describe_call(lambda: sqs.send_message(QueueUrl=url, MessageBody="one"))


def _read_log(target: Target) -> str:
    logs, group = target.client("logs"), make_log_group(target)
    source = SOURCE.replace("    CALLS.append(1)\n", '    CALLS.append(1)\n    print("line é")\n')
    name = make_function(target, {"handler.py": source}, LoggingConfig={"LogGroup": group})
    call(target, name, {})

    def read() -> list[str]:
        events = logs.filter_log_events(logGroupName=group).get("events", [])
        return [event["message"].strip() for event in events]

    def look() -> list[str] | None:
        lines = read()
        return lines if any(line.startswith("REPORT") for line in lines) else None

    try:
        lines = target.wait_for(look, seconds=target.doubt_seconds)
    except TimeoutError:
        lines = read()
    kinds = [line.split()[0] for line in lines if line.split()]
    own = "its line" if "line é" in lines else "without its line"
    marks = [kind for kind in ("START", "END", "REPORT") if kind in kinds]
    return f"{own}, {' '.join(marks) or 'no marks'}"


def _filter_log(target: Target) -> str:
    logs, group = target.client("logs"), make_log_group(target)
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


def _count_errors(target: Target) -> str:
    watch = target.client("cloudwatch")
    name = make_function(target)
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
PROBES = (
    *make_probes(
        "SQS",
        (
            "A queue counts its messages",
            "3, then 2",
            f"{_QUEUES}: Available CloudWatch metrics; API: GetQueueAttributes",
            "dropcast dead: dead-letter messages; the alarm on each queue",
            _count_messages,
        ),
        (
            "A received message is hidden, then comes again",
            "hidden, then received 2 times",
            f"{_QUEUES}: Amazon SQS visibility timeout",
            "cli: redrive deletes a message after it was sent again",
            _hide_messages,
        ),
        (
            "A queue that accepts TLS alone, as the clients here reach it",
            "ok",
            f"{_QUEUES}: Using identity-based policies; CDK: Queue.enforceSSL",
            "cdk/triggers.py",
            _refuse_plain,
        ),
    ),
    *make_probes(
        "CloudWatch",
        (
            "A function's log goes to the group that it names",
            "its line, START END REPORT",
            "AWS Lambda Developer Guide: Configuring CloudWatch log groups",
            "cdk/functions.py: log groups; bench reads REPORT",
            _read_log,
        ),
        (
            "A log of JSON lines is filtered by a field",
            "1 of 2",
            "Amazon CloudWatch Logs User Guide: Filter pattern syntax for metric filters",
            "cdk/observability.py",
            _filter_log,
        ),
        (
            "A failed call is counted in AWS/Lambda Errors",
            "1 error",
            "AWS Lambda Developer Guide: Types of metrics for Lambda functions",
            "cdk/observability.py: alarms",
            _count_errors,
        ),
    ),
)
