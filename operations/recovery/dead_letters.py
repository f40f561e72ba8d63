"""Dead letters: events that a function was given again and again, or never got.

Two kinds lie in the same queue. Lambda writes a record of its own around the event (what it asked,
what the function answered); EventBridge leaves the event as it is and tells why in attributes.
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

# How long letters are out of others' sight while they are looked at; they are put back at once.
SIGHT_SECONDS = 120
_BATCH = 10
_PLACES = (RAW, SCORE_DROP, CURRENT_VERSION)
_UNREADABLE = "UnreadableLetter"


@dataclass(frozen=True, kw_only=True)
class Hop:
    """A queue of dead letters and the function that its events were meant for."""

    queue_url: str
    function_arn: str

    @property
    def function(self) -> str:
        return self.function_arn.rsplit(":", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A dead letter. ``event`` is ``None`` where its text is none that AWS writes."""

    hop: Hop
    message_id: str
    receipt_handle: str
    sent_at: datetime
    event: Mapping[str, Any] | None
    error: str | None
    message: str
    attempts: int | None

    def find(self) -> Dead:
        """Return the letter as a finding."""
        place = read_place(self.event)
        return Dead(
            kind="letter",
            handle=self.message_id,
            what=f"an event was given up by {self.hop.function}",
            at=self.sent_at,
            dataset=place.get("dataset"),
            key=place.get("key"),
            version_id=place.get("version_id"),
            error=self.error,
            message=self.message,
            attempts=self.attempts,
        )


def find_hops(stack: DeployedStack) -> tuple[Hop, ...]:
    """Return the stack's queues of dead letters, by its rules' own targets."""
    queues = {url.rsplit("/", 1)[-1]: url for url in stack.list_names("AWS::SQS::Queue")}
    client = stack.cloud.client("events")
    found = []
    for rule in stack.list_names("AWS::Events::Rule"):
        for target in client.list_targets_by_rule(Rule=rule)["Targets"]:
            name = target.get("DeadLetterConfig", {}).get("Arn", "").rsplit(":", 1)[-1]
            if name in queues:
                found.append(Hop(queue_url=queues[name], function_arn=target["Arn"]))
    return tuple(found)


def list_letters(stack: DeployedStack) -> list[Letter]:
    """Return all letters of all queues, which stay there and in everybody's sight."""
    found = []
    for hop in find_hops(stack):
        with hold_letters(stack, hop) as letters:
            found += letters
    return found


def count_hidden(stack: DeployedStack) -> int:
    """Return how many letters somebody else is looking at or sending again just now."""
    client = stack.cloud.client("sqs")
    name = "ApproximateNumberOfMessagesNotVisible"
    return sum(
        int(
            client.get_queue_attributes(QueueUrl=hop.queue_url, AttributeNames=[name])[
                "Attributes"
            ].get(name, 0)
        )
        for hop in find_hops(stack)
    )


def send_again(
    stack: DeployedStack, message_ids: Collection[str], *, discard: bool = False
) -> dict[str, str]:
    """Give the letters' events to their functions again; return what became of each, by id.

    The event is invoked as S3's event was, asynchronously, and its letter is deleted only after
    Lambda has accepted it: a crash in between leaves the letter, and an event twice ends as once.
    An old drop's event cannot bring old data back: its sequencer says how old it is. With
    ``discard`` the letters are deleted and nothing is sent. What was not taken is "kept: ..." with
    the reason, and put back.
    """
    told: dict[str, str] = {}
    sqs, functions = stack.cloud.client("sqs"), stack.cloud.client("lambda")
    for hop in find_hops(stack):
        with hold_letters(stack, hop) as letters:
            for letter in list(letters):
                if letter.message_id not in message_ids:
                    continue
                if letter.event is None and not discard:
                    told[letter.message_id] = "kept: it holds no event; read it, then --discard it"
                    continue
                try:
                    if not discard:
                        functions.invoke(
                            FunctionName=hop.function_arn,
                            InvocationType="Event",
                            Payload=json.dumps(letter.event).encode(),
                        )
                    sqs.delete_message(QueueUrl=hop.queue_url, ReceiptHandle=letter.receipt_handle)
                except (ClientError, BotoCoreError) as error:
                    # The others are sent all the same.
                    told[letter.message_id] = f"kept: {error}"
                    continue
                letters.remove(letter)
                told[letter.message_id] = (
                    "discarded" if discard else f"sent to {hop.function} again"
                )
    return told


@contextmanager
def hold_letters(stack: DeployedStack, hop: Hop) -> Iterator[list[Letter]]:
    """Yield a queue's letters, out of others' sight; what is still in the list at the end is put
    back into it."""
    client = stack.cloud.client("sqs")
    held: list[Letter] = []
    known: set[str] = set()
    try:
        while True:
            messages = client.receive_message(
                QueueUrl=hop.queue_url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=SIGHT_SECONDS,
                # A long poll asks all of a queue's servers: one empty answer is enough.
                WaitTimeSeconds=1,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            fresh = [one for one in messages if one["MessageId"] not in known]
            if not fresh:
                # None is left, or so many were held that the first are in sight again.
                break
            known.update(one["MessageId"] for one in fresh)
            held += [read_letter(message, hop) for message in fresh]
        yield held
    finally:
        _put_back(client, held)


def _put_back(client: Any, held: Sequence[Letter]) -> None:
    """Bring letters into everybody's sight again. One that is there already, since it was held for
    long, is a failed entry of the answer and needs nothing."""
    for start in range(0, len(held), _BATCH):
        batch = held[start : start + _BATCH]
        client.change_message_visibility_batch(
            QueueUrl=batch[0].hop.queue_url,
            Entries=[
                {"Id": str(i), "ReceiptHandle": one.receipt_handle, "VisibilityTimeout": 0}
                for i, one in enumerate(batch)
            ],
        )


def read_letter(message: Mapping[str, Any], hop: Hop) -> Letter:
    """Return a queue's message as a letter, of whichever of the two kinds it is."""
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = None
    told = _read_body(body, message.get("MessageAttributes", {}), message["Body"])
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    return Letter(
        hop=hop,
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        sent_at=datetime.fromtimestamp(sent, UTC),
        **told,
    )


def _read_body(body: Any, attributes: Mapping[str, Any], text: str) -> dict[str, Any]:
    if isinstance(body, dict) and isinstance(body.get("requestPayload"), dict):
        asked, answer = _read_part(body, "requestContext"), _read_part(body, "responsePayload")
        fault = _read_part(body, "responseContext").get("functionError")
        attempts = asked.get("approximateInvokeCount")
        return {
            "event": body["requestPayload"],
            "error": _read_text(answer.get("errorType") or fault or asked.get("condition")),
            "message": _read_text(answer.get("errorMessage") or asked.get("condition")) or NO_ERROR,
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
        "message": f"the letter holds no event: {text[:200]}",
        "attempts": None,
    }


def _read_part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a letter; nothing where it is not of the shape that AWS writes."""
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _read_text(value: Any) -> str | None:
    return str(value) if value else None


def read_place(event: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the dataset, key and version that an event of S3 touches, as far as it tells.

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
