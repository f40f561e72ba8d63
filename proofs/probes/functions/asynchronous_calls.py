"""Lambda, called by events: retries and dead-letter messages, and those of EventBridge's rules."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from proofs.probes.lambda_functions import (
    SOURCE,
    call,
    call_shared,
    find_arn,
    make_function,
    make_function_role,
)
from proofs.probes.probe import describe_call, make_probes
from proofs.probes.resources import (
    allow,
    drop_until,
    make_bucket,
    make_queue,
    make_rule,
    match_objects,
    receive,
)
from proofs.probes.target import Target

_ATTRIBUTES = {"RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE"}


def _make_failing(target: Target, queue_arn: str, *, tries: int = 3, may_send: bool = True) -> str:
    """Return a function that fails on every event and sends dead-letter messages to the queue."""
    send = [allow(["sqs:SendMessage"], [queue_arn])] if may_send else []
    source = SOURCE.replace('event.get("do", "describe")', '"fail"').replace(
        'event["error"]', '"BusyError"'
    )
    name = make_function(target, {"handler.py": source}, role=make_function_role(target, *send))
    target.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=tries - 1,
        MaximumEventAgeInSeconds=21600,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    return name


def _capture_message(target: Target) -> dict[str, Any]:
    """Drop a file whose function always fails; return the body of the dead-letter message."""
    bucket = make_bucket(target, versioned=True, events=True)
    url, arn = make_queue(target)
    name = _make_failing(target, arn)
    rule = make_rule(target, match_objects(bucket, "raw/"), {"Arn": find_arn(target, name)})
    target.client("lambda").add_permission(
        FunctionName=name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    message = drop_until(
        target, bucket, "raw/one.csv", lambda: receive(target, url), target.patience_seconds
    )
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, tz=UTC)
    return {"sent": sent, **json.loads(message["Body"])}


def _count_tries(target: Target) -> str:
    context = target.once(_capture_message)["requestContext"]
    return f"{context['approximateInvokeCount']} tries, {context['condition']}"


def _measure_pauses(target: Target) -> str:
    message = target.once(_capture_message)
    happened = datetime.fromisoformat(message["requestPayload"]["time"])
    return "minutes" if (message["sent"] - happened).total_seconds() >= 150 else "seconds"


def _read_message(target: Target) -> str:
    message = target.once(_capture_message)
    fields = "requestContext requestPayload responseContext responsePayload timestamp version"
    lacks = sorted(set(fields.split()) - set(message))
    key = message["requestPayload"]["detail"]["object"]["key"]
    error = message["responsePayload"].get("errorType")
    return f"{'lacks ' + ' '.join(lacks) if lacks else 'all fields'}, of {key}, {error}"


def _send_without_permission(target: Target) -> str:
    url, arn = make_queue(target)
    try:
        name = _make_failing(target, arn, tries=1, may_send=False)
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        if code is None:
            raise
        return f"configuration refused: {code}"
    target.client("lambda").invoke(FunctionName=name, Payload=b"{}", InvocationType="Event")
    try:
        target.wait_for(lambda: receive(target, url), seconds=target.doubt_seconds)
    except TimeoutError:
        return "no message"
    return "a message"


def _read_message_of_rule(target: Target, function: str) -> str:
    """Drop a file for a rule that cannot call its function; describe its dead-letter message."""
    bucket = make_bucket(target, events=True)
    url, queue = make_queue(target, open_to="events.amazonaws.com")
    make_rule(
        target,
        match_objects(bucket, "raw/"),
        {
            "Arn": find_arn(target, function),
            "DeadLetterConfig": {"Arn": queue},
            "RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
        },
    )
    try:
        message = drop_until(
            target, bucket, "raw/one.csv", lambda: receive(target, url), target.doubt_seconds
        )
    except TimeoutError:
        return "no message"
    attributes = message.get("MessageAttributes", {})
    error = attributes.get("ERROR_CODE", {}).get("StringValue")
    kind = json.loads(message["Body"]).get("detail-type")
    return f"{kind}, {error}, names {' '.join(sorted(set(attributes) & _ATTRIBUTES))}"


def _read_message_of_barred(target: Target) -> str:
    return _read_message_of_rule(target, make_function(target))


def _read_message_of_gone(target: Target) -> str:
    return _read_message_of_rule(target, target.name("gone"))


def _call_by_event(target: Target) -> str:
    name = make_function(target)
    response = target.client("lambda").invoke(
        FunctionName=name, Payload=b"{}", InvocationType="Event"
    )
    body = response["Payload"].read()

    def look() -> int | None:
        calls = call(target, name, {})[1]["calls"]
        return calls if calls > 1 else None

    target.wait_for(look, seconds=10)
    return f"{response['StatusCode']}, {'empty' if not body else 'not empty'}, called"


def _throttle(target: Target) -> str:
    name = make_function(target)
    functions = target.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    return describe_call(lambda: call(target, name, {}))


def _compare_request_ids(target: Target) -> str:
    ids = {call_shared(target)[1]["request"] for _ in range(2)}
    shaped = all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    return f"{len(ids)} ids, {'UUIDs' if shaped else 'of another shape'}"


_ASYNC = (
    "AWS Lambda Developer Guide: How Lambda handles errors and retries with asynchronous invocation"
)
_RECORD = "AWS Lambda Developer Guide: Capturing records of Lambda asynchronous invocations"
_RULES = "Amazon EventBridge User Guide: Using dead-letter queues to process undelivered events"
_TRIGGERS = "cdk/triggers.py"
PROBES = make_probes(
    "Lambda: events",
    (
        "A function that fails on an event",
        "3 tries, RetriesExhausted",
        _ASYNC,
        f"{_TRIGGERS}: RETRIES",
        _count_tries,
    ),
    (
        "The time between the tries",
        "minutes",
        _ASYNC,
        f"{_TRIGGERS}: a store that is busy for a while",
        _measure_pauses,
    ),
    (
        "The dead-letter message that Lambda sends then",
        "all fields, of raw/one.csv, BusyError",
        _RECORD,
        "cli: redrive of dead-letter messages",
        _read_message,
    ),
    (
        "A dead-letter message to a queue that the function's role may not send to",
        "configuration refused: InvalidParameterValueException",
        _RECORD,
        f"{_TRIGGERS}: the grant of its destination",
        _send_without_permission,
    ),
    (
        "The dead-letter message of a rule that may not call its function",
        "Object Created, NO_PERMISSIONS, names ERROR_CODE ERROR_MESSAGE RULE_ARN TARGET_ARN",
        _RULES,
        f"{_TRIGGERS}; cli: redrive of dead-letter messages",
        _read_message_of_barred,
    ),
    (
        "The dead-letter message of a rule whose function is gone",
        "Object Created, NO_RESOURCE, names ERROR_CODE ERROR_MESSAGE RULE_ARN TARGET_ARN",
        _RULES,
        f"{_TRIGGERS}; cli: redrive of dead-letter messages",
        _read_message_of_gone,
    ),
    (
        "An asynchronous call",
        "202, empty, called",
        "AWS Lambda Developer Guide: Invoking a Lambda function asynchronously",
        "cli: redrive of dead-letter messages",
        _call_by_event,
    ),
    (
        "A function with a reserved concurrency of 0",
        "429 TooManyRequestsException",
        "AWS Lambda Developer Guide: Configuring reserved concurrency for a function",
        "cdk/training.py: Lambda.TooManyRequestsException",
        _throttle,
    ),
    (
        "Each call has an id of its own",
        "2 ids, UUIDs",
        "AWS Lambda Developer Guide: Using the Lambda context object to retrieve Python function "
        "information",
        "runtime/logs.py",
        _compare_request_ids,
    ),
)
