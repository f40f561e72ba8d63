"""Calls of the deployed stack that use the grants of a role: without a grant one of them fails.

An exercise removes the objects that would let the function skip work, and calls the function with
an event as AWS sends it.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from dropcast.contracts.keys import CURRENT_VERSION, RAW, SCORE_DROP
from operations.demo_stack import find_sample
from operations.stacks import DeployedStack
from operations.watching import WaitingError, wait_for
from proofs.iam.deployment import Deployment, describe_object
from proofs.iam.recorded_run import RecordedRun
from proofs.iam.s3_proxy import break_large_files

Act = Callable[[Deployment, RecordedRun], str]
DEAD_LETTER_SECONDS = 15.0
_THROTTLED_SECONDS = 20
# More than the 8 MiB from which boto3 uploads in parts, however well the numbers compress.
LARGE_ROWS = 200_000
# Columns from 0 to 1. So many random numbers in a row do not compress.
_SHARES = (
    "danceability",
    "acousticness",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "valence",
)


@dataclass(frozen=True)
class Exercise:
    """One use of a role.

    ``usual``      how its outcome begins with the role's whole policy
    ``act``        what is done; it returns the outcome in words that are the same each time
    ``without``    (bucket's output, prefix) of what is removed first
    ``first_for``  the actions that this exercise needs most likely; it is tried first for them
    """

    role: str
    name: str
    usual: str
    act: Act
    without: tuple[tuple[str, str], ...] = ()
    first_for: tuple[str, ...] = ()


def call(function: str, recorded: str, change: Mapping[str, object] | None = None) -> Act:
    """Call a function with the event that a real run had for it."""

    def act(deployment: Deployment, run: RecordedRun) -> str:
        return deployment.invoke(function, {**run.payloads[recorded], **(change or {})})

    return act


def write_log(function: str) -> Act:
    """Call a function with an event that it cannot read, and check whether its log grew."""

    def act(deployment: Deployment, run: RecordedRun) -> str:
        del run
        group = deployment.functions[function]["LoggingConfig"]["LogGroup"]

        def count() -> int:
            pages = deployment.client("logs").get_paginator("describe_log_streams")
            return sum(len(p["logStreams"]) for p in pages.paginate(logGroupName=group))

        before = count()
        deployment.invoke(function, {})
        return "logged" if count() > before else "nothing was logged"

    return act


def send_dead_letter_message(function: str) -> Act:
    """Send a function an event that fails for good, and wait for its dead-letter message."""

    def act(deployment: Deployment, run: RecordedRun) -> str:
        del run
        name = deployment.functions[function]["FunctionName"]
        config = deployment.client("lambda").get_function_event_invoke_config(
            FunctionName=name, Qualifier="$LATEST"
        )
        queue = config["DestinationConfig"]["OnFailure"]["Destination"].rpartition(":")[2]
        queues = deployment.client("sqs")
        url = queues.get_queue_url(QueueName=queue)["QueueUrl"]
        deployment.invoke(function, {})  # a cold start would take too long
        sent = f"exercise-{next(deployment.numbers)}"
        body = json.dumps({"unreadable": sent}).encode()
        deployment.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=body)

        def look() -> bool | None:
            received = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages = received.get("Messages", [])
            for message in messages:
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return any(sent in message["Body"] for message in messages) or None

        try:
            wait_for("a dead-letter message", look, timeout_seconds=DEAD_LETTER_SECONDS)
        except WaitingError:
            return "no dead-letter message"
        return "a dead-letter message"

    return act


def make_file(number: int, *, rows: int, bad: int) -> bytes:
    """Return a CSV of its own for each number; ``bad`` of its rows have a value out of range."""
    draw = random.Random(number).random  # noqa: S311 - rows, not secrets
    lines = find_sample("spotify_preference").read_text().splitlines()
    names, sound = (line.split(",") for line in lines[:2])
    made = [lines[0]]
    for index in range(rows + bad):
        cells = list(sound)
        for share in _SHARES:
            cells[names.index(share)] = str(draw())
        if index >= rows:
            cells[names.index(_SHARES[0])] = str(7 + draw())
        made.append(",".join(cells))
    return ("\n".join(made) + "\n").encode()


def drop(function: str, *, rows: int, bad: int, deleted: bool = False) -> Act:
    """Drop a new file, and call the function with S3's event for it.

    Where ``deleted`` is set, the file is deleted before the call.
    """
    place = RAW if function == "Ingest" else SCORE_DROP

    def act(deployment: Deployment, run: RecordedRun) -> str:
        number = next(deployment.numbers)
        key = place.format(dataset=run.dataset, name=f"exercise-{number}.csv")
        event = deployment.drop(key, make_file(number, rows=rows, bad=bad))
        if deleted:
            deployment.stack.s3.delete_object(
                Bucket=deployment.stack.outputs["RawBucketName"], Key=key
            )
        return deployment.invoke(function, event)

    return act


def break_off(function: str, output: str, *, rows: int, bad: int) -> Act:
    """Let the upload of a large result fail at its end, and count the uploads that are left.

    Nothing else shows whether the function may abort an upload: the library ignores the refusal.
    """

    def act(deployment: Deployment, run: RecordedRun) -> str:
        stack, s3 = deployment.stack, deployment.stack.s3
        bundle = stack.environ.get("AWS_CA_BUNDLE")
        bucket = stack.outputs[output]
        with (
            break_large_files(str(stack.endpoint_url), bundle) as broken,
            deployment.changed(function, {"AWS_ENDPOINT_URL_S3": broken}),
        ):
            outcome = drop(function, rows=rows, bad=bad)(deployment, run)
        left = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        for upload in left:
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        return f"{outcome}, {len(left)} broken upload(s) left"

    return act


def move_current(deployment: Deployment, run: RecordedRun) -> str:
    """Call the features function with S3's event for a moved version."""
    key = CURRENT_VERSION.format(dataset=run.dataset)
    return deployment.invoke(
        "Features", describe_object(deployment.stack.outputs["LakeBucketName"], key)
    )


def predict_afresh(deployment: Deployment, run: RecordedRun) -> str:
    """Request a prediction from a worker that has loaded no champion yet."""
    with deployment.changed("Predict", {"EXERCISE": str(next(deployment.numbers))}):
        return deployment.invoke(
            "Predict",
            {
                "httpMethod": "POST",
                "resource": "/{dataset}/predict",
                "path": f"/{run.dataset}/predict",
                "pathParameters": {"dataset": run.dataset},
                "body": json.dumps(run.row),
                "requestContext": {
                    "requestId": "exercise",
                    "identity": {"apiKeyId": deployment.stack.outputs["ApiKeyId"]},
                },
            },
        )


def call_patiently(
    stack: DeployedStack,
    method: str,
    path: str,
    body: object | None = None,
    *,
    key: str | None = None,
) -> tuple[int, Any]:
    """Call the API, and again while the key's rate is exceeded."""
    for _ in range(_THROTTLED_SECONDS):
        status, response = stack.call_api(method, path, body, key=key)
        if status != HTTPStatus.TOO_MANY_REQUESTS:
            break
        time.sleep(1)
    return status, response


def call_route(method: str, path: str) -> Act:
    """Call a route of the API whose response is the same each time, to the bit."""

    def act(deployment: Deployment, run: RecordedRun) -> str:
        status, response = call_patiently(
            deployment.stack, method, path.format(dataset=run.dataset)
        )
        if status != 200:
            return f"status {status}"
        digest = hashlib.sha256(json.dumps(response, sort_keys=True).encode()).hexdigest()
        return f"status {status} with {digest[:8]}"

    return act


def upload_by_form(deployment: Deployment, run: RecordedRun) -> str:
    """Drop a file by a form that the uploads function signed."""
    name = {"name": f"exercise-{next(deployment.numbers)}.csv", "size": 3}
    status, form = call_patiently(
        deployment.stack, "POST", f"{run.dataset}/uploads", name, key=deployment.stack.upload_key
    )
    if status != 201:
        return f"status {status}"
    return f"S3 status {post_form(deployment.stack, form['url'], form['fields'], b'a,b')}"


def post_form(stack: DeployedStack, url: str, fields: Mapping[str, str], body: bytes) -> int:
    """Upload a file by a form, as a browser does; return the status."""
    boundary = hashlib.sha256(body).hexdigest()
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    data = "".join([*parts, head]).encode() + body + f"\r\n--{boundary}--\r\n".encode()
    return stack.send(url, data, f"multipart/form-data; boundary={boundary}")


def roll_back(deployment: Deployment, run: RecordedRun) -> str:
    """Roll back to the earlier champion, as the operator."""
    stack = deployment.stack
    status, _ = call_patiently(
        stack,
        "POST",
        f"{run.dataset}/rollback",
        {"to": run.earlier_model, "reason": "an exercise"},
        key=stack.operator_key,
    )
    return f"status {status}"


def call_as_machine(function: str) -> Act:
    """Run a state machine of one task with the deployed machine's role."""

    def act(deployment: Deployment, run: RecordedRun) -> str:
        del run
        machines = deployment.client("stepfunctions")
        arn = deployment.stack.outputs["StateMachineArn"]
        role = machines.describe_state_machine(stateMachineArn=arn)["roleArn"]
        called = deployment.functions[function]["FunctionArn"]
        task = {"Type": "Task", "Resource": called, "End": True}
        made = machines.create_state_machine(
            name=f"exercise-{next(deployment.numbers)}",
            roleArn=role,
            definition=json.dumps({"StartAt": "Call", "States": {"Call": task}}),
        )["stateMachineArn"]
        try:
            started = machines.start_execution(stateMachineArn=made, input="{}")["executionArn"]

            def look() -> Mapping[str, str] | None:
                described = machines.describe_execution(executionArn=started)
                return None if described["status"] == "RUNNING" else described

            ended = wait_for("the call", look, timeout_seconds=120)
            return str(ended.get("error") or ended["status"])
        finally:
            machines.delete_state_machine(stateMachineArn=made)

    return act
