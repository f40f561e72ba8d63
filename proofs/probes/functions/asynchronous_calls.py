"""Lambda, called by events: tried again, and at last a letter. EventBridge's own letters too."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from proofs.probes.functions.synchronous_calls import call, mirror
from proofs.probes.lambda_functions import SOURCE
from proofs.probes.probe import Probe, outcome
from proofs.probes.resources import (
    allow,
    drop_until,
    find_arn,
    make_bucket,
    make_function,
    make_queue,
    make_role,
    make_rule,
    match_objects,
    receive,
)
from proofs.probes.target import Target

_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def make_failing(target: Target, queue_arn: str, *, tries: int = 3, may_send: bool = True) -> str:
    """Return a function that fails on every event and whose letters go to the queue."""
    send = [allow(["sqs:SendMessage"], [queue_arn])] if may_send else []
    role = make_role(target, {"Service": "lambda.amazonaws.com"}, [allow(_LOGS, ["*"]), *send])
    source = SOURCE.replace('event.get("do", "mirror")', '"fail"').replace(
        'event["error"]', '"BusyError"'
    )
    name = make_function(target, {"handler.py": source}, role=role)
    target.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=tries - 1,
        MaximumEventAgeInSeconds=21600,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    return name


def admit(target: Target, name: str, rule_arn: str) -> None:
    """Let a rule call a function."""
    target.client("lambda").add_permission(
        FunctionName=name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule_arn,
    )


def capture_letter(target: Target) -> dict[str, Any]:
    """Drop a file whose function always fails; return the letter's body."""
    bucket = make_bucket(target, versioned=True, events=True)
    url, arn = make_queue(target)
    name = make_failing(target, arn)
    rule = make_rule(target, match_objects(bucket, "raw/"), {"Arn": find_arn(target, name)})
    admit(target, name, rule)
    message = drop_until(
        target, bucket, "raw/one.csv", lambda: receive(target, url), target.patience_seconds
    )
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, tz=UTC)
    return {"sent": sent, **json.loads(message["Body"])}


def count_tries(target: Target) -> str:
    context = target.once(capture_letter)["requestContext"]
    return f"{context['approximateInvokeCount']} tries, {context['condition']}"


def measure_pauses(target: Target) -> str:
    letter = target.once(capture_letter)
    asked = datetime.fromisoformat(letter["requestPayload"]["time"])
    return "minutes" if (letter["sent"] - asked).total_seconds() >= 150 else "seconds"


def read_letter(target: Target) -> str:
    letter = target.once(capture_letter)
    keys = "requestContext requestPayload responseContext responsePayload timestamp version"
    lacks = sorted(set(keys.split()) - set(letter))
    key = letter["requestPayload"]["detail"]["object"]["key"]
    error = letter["responsePayload"].get("errorType")
    return f"{'lacks ' + ' '.join(lacks) if lacks else 'all fields'}, of {key}, {error}"


def write_letter_without_leave(target: Target) -> str:
    url, arn = make_queue(target)
    try:
        name = make_failing(target, arn, tries=1, may_send=False)
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        if code is None:
            raise
        return f"configuration refused: {code}"
    target.client("lambda").invoke(FunctionName=name, Payload=b"{}", InvocationType="Event")
    try:
        target.wait_for(lambda: receive(target, url), seconds=target.doubt_seconds)
    except TimeoutError:
        return "no letter"
    return "a letter"


def read_rules_letter(target: Target, function: str) -> str:
    """Drop a file for a rule that cannot call its function; tell of the message in its queue."""
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
        return "no letter"
    told = message.get("MessageAttributes", {})
    error = told.get("ERROR_CODE", {}).get("StringValue")
    kind = json.loads(message["Body"]).get("detail-type")
    return f"{kind}, {error}, names {' '.join(sorted(set(told) & _TOLD))}"


def read_letter_of_barred(target: Target) -> str:
    return read_rules_letter(target, make_function(target, {"handler.py": SOURCE}))


def read_letter_of_gone(target: Target) -> str:
    return read_rules_letter(target, target.name("gone"))


_TOLD = {"RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE"}


def call_by_event(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE})
    answer = target.client("lambda").invoke(
        FunctionName=name, Payload=b"{}", InvocationType="Event"
    )
    body = answer["Payload"].read()

    def look() -> int | None:
        calls = call(target, name, {})[1]["calls"]
        return calls if calls > 1 else None

    target.wait_for(look, seconds=10)
    return f"{answer['StatusCode']}, {'empty' if not body else 'not empty'}, called"


def throttle(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE})
    functions = target.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    return outcome(lambda: call(target, name, {}))


def name_requests(target: Target) -> str:
    ids = {mirror(target)[1]["request"] for _ in range(2)}
    shaped = all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    return f"{len(ids)} ids, {'UUIDs' if shaped else 'of another shape'}"


_ASYNC = (
    "AWS Lambda Developer Guide: How Lambda handles errors and retries with asynchronous invocation"
)
_RECORD = "AWS Lambda Developer Guide: Capturing records of Lambda asynchronous invocations"
_RULES = "Amazon EventBridge User Guide: Using dead-letter queues to process undelivered events"
_TRIGGERS = "cdk/triggers.py"
_ROWS = (
    (
        "A function that fails on an event",
        "3 tries, RetriesExhausted",
        _ASYNC,
        f"{_TRIGGERS}: RETRIES",
        count_tries,
    ),
    (
        "Between the tries lie",
        "minutes",
        _ASYNC,
        f"{_TRIGGERS}: a store that is busy for a while",
        measure_pauses,
    ),
    (
        "The letter that Lambda writes of it",
        "all fields, of raw/one.csv, BusyError",
        _RECORD,
        "cli: redrive of dead letters",
        read_letter,
    ),
    (
        "A letter to a queue that the function's role may not send to",
        "configuration refused: InvalidParameterValueException",
        _RECORD,
        f"{_TRIGGERS}: the grant of its destination",
        write_letter_without_leave,
    ),
    (
        "The letter of a rule that may not call its function",
        "Object Created, NO_PERMISSIONS, names ERROR_CODE ERROR_MESSAGE RULE_ARN TARGET_ARN",
        _RULES,
        f"{_TRIGGERS}; cli: redrive of dead letters",
        read_letter_of_barred,
    ),
    (
        "The letter of a rule whose function is gone",
        "Object Created, NO_RESOURCE, names ERROR_CODE ERROR_MESSAGE RULE_ARN TARGET_ARN",
        _RULES,
        f"{_TRIGGERS}; cli: redrive of dead letters",
        read_letter_of_gone,
    ),
    (
        "An asynchronous call",
        "202, empty, called",
        "AWS Lambda Developer Guide: Invoking a Lambda function asynchronously",
        "cli: redrive of dead letters",
        call_by_event,
    ),
    (
        "A function that may run no times at once",
        "429 TooManyRequestsException",
        "AWS Lambda Developer Guide: Configuring reserved concurrency for a function",
        "cdk/training.py: Lambda.TooManyRequestsException",
        throttle,
    ),
    (
        "Each call has an id of its own",
        "2 ids, UUIDs",
        "AWS Lambda Developer Guide: Using the Lambda context object to retrieve Python function "
        "information",
        "runtime/logs.py",
        name_requests,
    ),
)
PROBES = tuple(
    Probe(name=name, service="Lambda: events", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
