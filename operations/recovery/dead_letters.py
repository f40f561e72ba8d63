"""Dead-letter messages: events with which a function failed in every attempt, or that it never got.

Two kinds lie in the same queue. Lambda writes a record of its own around the event, with its
request and the function's response; EventBridge leaves the event as it is and puts the cause into
attributes.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.errors import KeyGrammarError
from dropcast.contracts.keys import CURRENT_VERSION, RAW, SCORE_DROP
from operations.recovery.findings import NO_ERROR, Dead
from operations.stacks import DeployedStack

# How long messages are hidden from others while they are looked at; they are put back at once.
HIDDEN_SECONDS = 120
_BATCH = 10
_PLACES = (RAW, SCORE_DROP, CURRENT_VERSION)
_UNREADABLE = "UnreadableMessage"


@dataclass(frozen=True, kw_only=True)
class DeadLetterQueue:
    """A dead-letter queue and the function that its events were meant for."""

    url: str
    function_arn: str

    @property
    def function(self) -> str:
        """The function's name."""
        return self.function_arn.rsplit(":", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class DeadLetterMessage:
    """A message of a dead-letter queue.

    ``event`` is ``None`` where its text is none that AWS writes.
    """

    queue: DeadLetterQueue
    message_id: str
    receipt_handle: str
    sent_at: datetime
    event: Mapping[str, Any] | None
    error: str | None
    message: str
    attempts: int | None

    def describe(self) -> Dead:
        """Return the message as a finding."""
        place = read_place(self.event)
        return Dead(
            kind="dead-letter",
            handle=self.message_id,
            what=f"an event that {self.queue.function} failed to handle",
            at=self.sent_at,
            dataset=place.get("dataset"),
            key=place.get("key"),
            version_id=place.get("version_id"),
            error=self.error,
            message=self.message,
            attempts=self.attempts,
        )


def find_queues(stack: DeployedStack) -> tuple[DeadLetterQueue, ...]:
    """Return the stack's dead-letter queues, by its rules' own targets."""
    queues = {url.rsplit("/", 1)[-1]: url for url in stack.list_names("AWS::SQS::Queue")}
    client = stack.cloud.client("events")
    found = []
    for rule in stack.list_names("AWS::Events::Rule"):
        for target in client.list_targets_by_rule(Rule=rule)["Targets"]:
            name = target.get("DeadLetterConfig", {}).get("Arn", "").rsplit(":", 1)[-1]
            if name in queues:
                found.append(DeadLetterQueue(url=queues[name], function_arn=target["Arn"]))
    return tuple(found)


def list_messages(stack: DeployedStack) -> list[DeadLetterMessage]:
    """Return all messages of all dead-letter queues, which stay there and visible to everybody."""
    found = []
    for queue in find_queues(stack):
        with hold_messages(stack, queue) as messages:
            found += messages
    return found


def count_hidden(stack: DeployedStack) -> int:
    """Return how many messages somebody else is looking at or sending again just now."""
    client = stack.cloud.client("sqs")
    name = "ApproximateNumberOfMessagesNotVisible"
    return sum(
        int(
            client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=[name])[
                "Attributes"
            ].get(name, 0)
        )
        for queue in find_queues(stack)
    )


def send_again(
    stack: DeployedStack, message_ids: Collection[str], *, discard: bool = False
) -> dict[str, str]:
    """Give the messages' events to their functions again; return what became of each, by id.

    The event is invoked as S3's event was, asynchronously, and its message is deleted only after
    Lambda has accepted it: a crash in between leaves the message, and an event that comes twice has
    the effect of one. An old drop's event cannot bring old data back: its sequencer says how old it
    is. With ``discard`` the messages are deleted and nothing is sent. What was not taken is
    "kept: ..." with the reason, and put back.
    """
    outcomes: dict[str, str] = {}
    sqs, functions = stack.cloud.client("sqs"), stack.cloud.client("lambda")
    for queue in find_queues(stack):
        with hold_messages(stack, queue) as messages:
            for message in list(messages):
                name = message.message_id
                if name not in message_ids:
                    continue
                if message.event is None and not discard:
                    outcomes[name] = "kept: it holds no event; read it, then --discard it"
                    continue
                try:
                    if not discard:
                        functions.invoke(
                            FunctionName=queue.function_arn,
                            InvocationType="Event",
                            Payload=json.dumps(message.event).encode(),
                        )
                    sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message.receipt_handle)
                except (ClientError, BotoCoreError) as error:
                    # The others are sent all the same.
                    outcomes[name] = f"kept: {error}"
                    continue
                messages.remove(message)
                outcomes[name] = "discarded" if discard else f"sent to {queue.function} again"
    return outcomes


@contextmanager
def hold_messages(
    stack: DeployedStack, queue: DeadLetterQueue
) -> Iterator[list[DeadLetterMessage]]:
    """Yield a queue's messages, hidden from others.

    Those that are still in the list at the end are put back into the queue.
    """
    client = stack.cloud.client("sqs")
    held: list[DeadLetterMessage] = []
    known: set[str] = set()
    try:
        while True:
            messages = client.receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HIDDEN_SECONDS,
                # A long poll reads all of a queue's servers: one empty answer is enough.
                WaitTimeSeconds=1,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            fresh = [one for one in messages if one["MessageId"] not in known]
            if not fresh:
                # None is left, or so many were held that the first are visible again.
                break
            known.update(one["MessageId"] for one in fresh)
            held += [read_message(message, queue) for message in fresh]
        yield held
    finally:
        _put_back(client, held)


def _put_back(client: Any, held: Sequence[DeadLetterMessage]) -> None:
    """Make messages visible to everybody again.

    One that is visible already, since it was held for long, is a failed entry of the answer and
    needs nothing.
    """
    for start in range(0, len(held), _BATCH):
        batch = held[start : start + _BATCH]
        client.change_message_visibility_batch(
            QueueUrl=batch[0].queue.url,
            Entries=[
                {"Id": str(i), "ReceiptHandle": one.receipt_handle, "VisibilityTimeout": 0}
                for i, one in enumerate(batch)
            ],
        )


def read_message(message: Mapping[str, Any], queue: DeadLetterQueue) -> DeadLetterMessage:
    """Return a message as SQS gave it, read as whichever of the two kinds it is."""
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = None
    read = _read_body(body, message.get("MessageAttributes", {}), message["Body"])
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    return DeadLetterMessage(
        queue=queue,
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        sent_at=datetime.fromtimestamp(sent, UTC),
        **read,
    )


def _read_body(body: Any, attributes: Mapping[str, Any], text: str) -> dict[str, Any]:
    if isinstance(body, dict) and isinstance(body.get("requestPayload"), dict):
        request, answer = _read_part(body, "requestContext"), _read_part(body, "responsePayload")
        fault = _read_part(body, "responseContext").get("functionError")
        attempts = request.get("approximateInvokeCount")
        return {
            "event": body["requestPayload"],
            "error": _read_text(answer.get("errorType") or fault or request.get("condition")),
            "message": _read_text(answer.get("errorMessage") or request.get("condition"))
            or NO_ERROR,
            "attempts": attempts if isinstance(attempts, int) else None,
        }
    values = {name: value.get("StringValue", "") for name, value in attributes.items()}
    if isinstance(body, dict) and "detail" in body:
        retries = values.get("RETRY_ATTEMPTS", "")
        return {
            "event": body,
            "error": values.get("ERROR_CODE"),
            "message": values.get("ERROR_MESSAGE") or NO_ERROR,
            "attempts": int(retries) + 1 if retries.isdecimal() else None,
        }
    return {
        "event": None,
        "error": _UNREADABLE,
        "message": f"the dead-letter message holds no event: {text[:200]}",
        "attempts": None,
    }


def _read_part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a message; nothing where it is not of the shape that AWS writes."""
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _read_text(value: Any) -> str | None:
    return str(value) if value else None


def read_place(event: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the dataset, key and version that an event of S3 touches, as far as it has them.

    >>> read_place({"detail": {"object": {"key": "raw/bitcoin/may.csv", "version-id": "v1"}}})
    {'key': 'raw/bitcoin/may.csv', 'version_id': 'v1', 'dataset': 'bitcoin'}
    """
    detail = (event or {}).get("detail")
    found = detail.get("object") if isinstance(detail, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("key"), str):
        return {}
    place = {"key": found["key"]}
    if found.get("version-id"):
        place["version_id"] = str(found["version-id"])
    for key_format in _PLACES:
        try:
            place["dataset"] = key_format.parse(found["key"])["dataset"]
        except KeyGrammarError:
            continue
    return place
