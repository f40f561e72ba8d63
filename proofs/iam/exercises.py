"""What each role is for, as calls of the deployed stack: one of them must fail without a grant.

An exercise puts away what would let the door take a short cut, and calls the door by an event as
AWS sends it.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cli.demo_run import find_sample
from dropcast.contracts.keys import CURRENT_VERSION, RAW, SCORE_DROP
from operations.client import Stack
from operations.watching import WaitingError, wait_for
from proofs.iam.deployment import Lab, Outcome, describe_object
from proofs.iam.recorded_run import Recorded
from proofs.iam.s3_proxy import break_large_files
from toolchain.project import ROOT

Act = Callable[[Lab, Recorded], Outcome]
LETTER_SECONDS = 15.0
_THROTTLED_SECONDS = 20
# Over the 8 MiB from which boto3 stores a file in pieces, however well its numbers compress.
LARGE_ROWS = 200_000
# Columns from 0 to 1. That many random numbers a row do not compress.
_SHARES = (
    "danceability",
    "acousticness",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "valence",
)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """``usual``    how its outcome begins with the role's whole policy
    ``without``  (bucket's output, prefix) of what is put away first
    ``first_for``  actions that this exercise is the likeliest to miss; it is tried first for them
    """

    role: str
    name: str
    usual: str
    act: Act
    without: tuple[tuple[str, str], ...] = ()
    first_for: tuple[str, ...] = ()


def call(door: str, recorded: str, change: Mapping[str, object] | None = None) -> Act:
    """Call a door by the event that a real run had for it."""

    def act(lab: Lab, events: Recorded) -> Outcome:
        return lab.invoke(door, {**events.payloads[recorded], **(change or {})})

    return act


def write_log(door: str) -> Act:
    """Call a door by an event that it cannot read, and see whether its log grew."""

    def act(lab: Lab, events: Recorded) -> Outcome:
        del events
        group = lab.functions[door]["LoggingConfig"]["LogGroup"]

        def count() -> int:
            pages = lab.client("logs").get_paginator("describe_log_streams")
            return sum(len(p["logStreams"]) for p in pages.paginate(logGroupName=group))

        before = count()
        lab.invoke(door, {})
        return Outcome(told="logged" if count() > before else "nothing was logged")

    return act


def send_letter(door: str) -> Act:
    """Send a door an event that fails for good, and see whether a dead letter tells of it."""

    def act(lab: Lab, events: Recorded) -> Outcome:
        del events
        function = lab.functions[door]["FunctionName"]
        config = lab.client("lambda").get_function_event_invoke_config(
            FunctionName=function, Qualifier="$LATEST"
        )
        name = config["DestinationConfig"]["OnFailure"]["Destination"].rpartition(":")[2]
        queues = lab.client("sqs")
        url = queues.get_queue_url(QueueName=name)["QueueUrl"]
        lab.invoke(door, {})  # what starts cold would be late
        sent = f"exercise-{next(lab.fresh)}"
        body = json.dumps({"unreadable": sent}).encode()
        lab.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=body)

        def look() -> bool | None:
            answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            letters = answer.get("Messages", [])
            for letter in letters:
                queues.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
            return any(sent in letter["Body"] for letter in letters) or None

        try:
            wait_for("a dead letter", look, timeout_seconds=LETTER_SECONDS)
        except WaitingError:
            return Outcome(told="no dead letter")
        return Outcome(told="a dead letter")

    return act


def make_file(number: int, *, rows: int, bad: int) -> bytes:
    """Return a CSV that no other number gives; ``bad`` rows have a value that none can have."""
    draw = random.Random(number).random  # noqa: S311 - rows, not secrets
    lines = (ROOT / find_sample("spotify_preference")).read_text().splitlines()
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


def drop(door: str, *, rows: int, bad: int, deleted: bool = False) -> Act:
    """Put a new file where the door's files are, and call the door by S3's event of it, after the
    file was ``deleted`` again if it is to be."""
    place = RAW if door == "Ingest" else SCORE_DROP

    def act(lab: Lab, events: Recorded) -> Outcome:
        number = next(lab.fresh)
        key = place.format(dataset=events.dataset, name=f"exercise-{number}.csv")
        event = lab.drop(key, make_file(number, rows=rows, bad=bad))
        if deleted:
            lab.stack.s3.delete_object(Bucket=lab.stack.outputs["RawBucketName"], Key=key)
        return lab.invoke(door, event)

    return act


def break_off(door: str, output: str, *, rows: int, bad: int) -> Act:
    """Let the storing of a large result break at its end; see whether its pieces were given back.

    Nothing else of the door tells: the library passes a refused clean-up over in silence.
    """

    def act(lab: Lab, events: Recorded) -> Outcome:
        stack, s3 = lab.stack, lab.stack.s3
        bundle = stack.environ.get("AWS_CA_BUNDLE")
        bucket = stack.outputs[output]
        with (
            break_large_files(str(stack.endpoint_url), bundle) as broken,
            lab.changed(door, {"AWS_ENDPOINT_URL_S3": broken}),
        ):
            told = drop(door, rows=rows, bad=bad)(lab, events).told
        left = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        for upload in left:
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        return Outcome(told=f"{told}, {len(left)} broken upload(s) left")

    return act


def move_current(lab: Lab, events: Recorded) -> Outcome:
    """Call the features door by S3's event of a moved version."""
    key = CURRENT_VERSION.format(dataset=events.dataset)
    return lab.invoke("Features", describe_object(lab.stack.outputs["LakeBucketName"], key))


def predict_afresh(lab: Lab, events: Recorded) -> Outcome:
    """Ask a worker that holds no champion yet."""
    with lab.changed("Predict", {"EXERCISE": str(next(lab.fresh))}):
        return lab.invoke(
            "Predict",
            {
                "httpMethod": "POST",
                "resource": "/{dataset}/predict",
                "path": f"/{events.dataset}/predict",
                "pathParameters": {"dataset": events.dataset},
                "body": json.dumps(events.row),
                "requestContext": {
                    "requestId": "exercise",
                    "identity": {"apiKeyId": lab.stack.outputs["ApiKeyId"]},
                },
            },
        )


def call_patiently(
    stack: Stack, method: str, path: str, body: object | None = None, *, key: str | None = None
) -> tuple[int, Any]:
    """Call the API; wait where it is called more often than a key may."""
    for _ in range(_THROTTLED_SECONDS):
        status, answer = stack.call_api(method, path, body, key=key)
        if status != HTTPStatus.TOO_MANY_REQUESTS:
            break
        time.sleep(1)
    return status, answer


def ask(method: str, path: str) -> Act:
    """Call the API; what it answers is the same each time, to the bit."""

    def act(lab: Lab, events: Recorded) -> Outcome:
        status, answer = call_patiently(lab.stack, method, path.format(dataset=events.dataset))
        if status != 200:
            return Outcome(told=f"status {status}")
        digest = hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()
        return Outcome(told=f"status {status} with {digest[:8]}")

    return act


def fill_form(lab: Lab, events: Recorded) -> Outcome:
    """Drop a file by a form that the uploads door signed."""
    name = {"name": f"exercise-{next(lab.fresh)}.csv", "size": 3}
    status, form = call_patiently(
        lab.stack, "POST", f"{events.dataset}/uploads", name, key=lab.stack.upload_key
    )
    if status != 201:
        return Outcome(told=f"status {status}")
    return Outcome(told=f"S3 answered {post_form(lab.stack, form['url'], form['fields'], b'a,b')}")


def post_form(stack: Stack, url: str, fields: Mapping[str, str], body: bytes) -> int:
    """Send a file by a form, as a browser does; return the status."""
    boundary = hashlib.sha256(body).hexdigest()
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    data = "".join([*parts, head]).encode() + body + f"\r\n--{boundary}--\r\n".encode()
    return stack.send(url, data, f"multipart/form-data; boundary={boundary}")


def roll_back(lab: Lab, events: Recorded) -> Outcome:
    """Put the earlier champion back, as the operator."""
    stack = lab.stack
    status, _ = call_patiently(
        stack,
        "POST",
        f"{events.dataset}/rollback",
        {"to": events.earlier_model, "reason": "an exercise"},
        key=stack.operator_key,
    )
    return Outcome(told=f"status {status}")


def call_as_machine(door: str) -> Act:
    """Run a machine of one task with the deployed machine's role: does it reach the function?"""

    def act(lab: Lab, events: Recorded) -> Outcome:
        del events
        machines = lab.client("stepfunctions")
        arn = lab.stack.outputs["StateMachineArn"]
        role = machines.describe_state_machine(stateMachineArn=arn)["roleArn"]
        task = {"Type": "Task", "Resource": lab.functions[door]["FunctionArn"], "End": True}
        made = machines.create_state_machine(
            name=f"exercise-{next(lab.fresh)}",
            roleArn=role,
            definition=json.dumps({"StartAt": "Call", "States": {"Call": task}}),
        )["stateMachineArn"]
        try:
            started = machines.start_execution(stateMachineArn=made, input="{}")["executionArn"]

            def look() -> Mapping[str, str] | None:
                found = machines.describe_execution(executionArn=started)
                return None if found["status"] == "RUNNING" else found

            ended = wait_for("the call", look, timeout_seconds=120)
            return Outcome(told=ended.get("error") or ended["status"])
        finally:
            machines.delete_state_machine(stateMachineArn=made)

    return act
