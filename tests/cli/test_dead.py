"""What did not get where it should is shown, and looking changes nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from cli.commands.dead import describe, show
from operations.recovery.dead_letters import DeadLetterQueue, list_messages, read_message
from operations.recovery.drops import RawObject, judge
from operations.recovery.findings import Dead, to_json
from operations.recovery.looking import find_dead
from operations.stacks import StackUnreadableError
from tests.cli.stacks import DATASET, Desk
from tests.functions.cloud import make_event

KEY = f"raw/{DATASET}/may.csv"
EVENT = make_event("raw", KEY, version_id="v1", sequencer="00A1")
LAMBDA_MESSAGE = {
    "version": "1.0",
    "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
    "requestPayload": EVENT,
    "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
    "responsePayload": {"errorType": "StoreBusyError", "errorMessage": "S3 did not answer"},
}
RULE_ATTRIBUTES = {
    "ERROR_CODE": "NO_PERMISSIONS",
    "ERROR_MESSAGE": "the rule may not invoke ingest",
    "RETRY_ATTEMPTS": "0",
}
QUEUE = DeadLetterQueue(
    url="https://sqs/dead-letters", function_arn="arn:aws:lambda:x:y:function:ingest"
)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
RUN = {"dataset": DATASET, "run_id": f"{'a' * 16}-{'b' * 16}"}
RUN_NAME = f"{DATASET}-{RUN['run_id']}"


def find(desk: Desk, older_than_seconds: float = 0) -> list[Dead]:
    return find_dead(desk.stack, older_than_seconds=older_than_seconds)


def test_where_all_is_well_nothing_is_dead(desk: Desk) -> None:
    key, version = desk.drop("may.csv")
    desk.record(key, version, state="success")
    desk.start(RUN_NAME, RUN)
    assert find(desk) == []


def test_both_kinds_of_dead_letter_messages_say_what_why_and_how_often(desk: Desk) -> None:
    desk.send_message(LAMBDA_MESSAGE)
    desk.send_message(make_event("raw", f"raw/{DATASET}/june.csv"), **RULE_ATTRIBUTES)
    first, second = sorted(find(desk), key=lambda one: str(one.key), reverse=True)
    assert (first.dataset, first.key, first.version_id) == (DATASET, KEY, "v1")
    assert (first.error, first.message) == ("StoreBusyError", "S3 did not answer")
    assert (first.attempts, first.what) == (3, "an event that ingest failed to handle")
    assert first.advice == "the cause passes by itself: send it again"
    assert (second.error, second.message) == ("NO_PERMISSIONS", RULE_ATTRIBUTES["ERROR_MESSAGE"])
    assert second.attempts == 1
    assert second.advice.startswith("look at the function's log")


def test_looking_leaves_every_message_visible_to_everybody(desk: Desk) -> None:
    for number in range(25):
        desk.send_message(make_event("raw", f"raw/{DATASET}/{number}.csv"), **RULE_ATTRIBUTES)
    assert len({message.message_id for message in list_messages(desk.stack)}) == 25
    assert desk.count_messages() == (25, 0)
    assert len(find(desk)) == 25


def test_a_message_of_a_timeout_and_one_too_old_have_no_response_and_say_so() -> None:
    answered = {**LAMBDA_MESSAGE, "responsePayload": {"errorMessage": "Task timed out"}}
    old = {**LAMBDA_MESSAGE, "requestContext": {"condition": "EventAgeExceeded"}}
    del old["responsePayload"], old["responseContext"]
    timed_out, aged = (
        read_message(make_message(body), QUEUE).describe() for body in (answered, old)
    )
    assert (timed_out.error, timed_out.message) == ("Unhandled", "Task timed out")
    assert (aged.error, aged.attempts) == ("EventAgeExceeded", None)


def make_message(body: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"MessageId": "m", "ReceiptHandle": "r", "Body": text, "Attributes": {}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


PLACE = {"key": JSON, "version-id": JSON}
PARTS = ("requestContext", "responseContext", "responsePayload")
WORDS = ("errorType", "errorMessage", "functionError", "condition", "approximateInvokeCount")
# As AWS writes it, but for any part being anything.
LIKE_LAMBDAS = st.fixed_dictionaries(
    {"requestPayload": JSON | st.dictionaries(st.text(), JSON)},
    optional=dict.fromkeys(
        PARTS, JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(WORDS, JSON))
    ),
)
LIKE_EVENTS = st.fixed_dictionaries(
    {"detail": JSON | st.fixed_dictionaries({"object": st.fixed_dictionaries(PLACE)})}
)


@given(body=st.text() | JSON | LIKE_EVENTS | LIKE_LAMBDAS)
@example(body={"requestPayload": {}, "responsePayload": "boom"})
@example(body={"requestPayload": {}, "responsePayload": ["boom"]})
@example(body={"requestPayload": {}, "requestContext": "RetriesExhausted"})
def test_whatever_lies_in_the_queue_is_shown_as_a_dead_letter(body: Any) -> None:
    found = read_message(make_message(body), QUEUE).describe()
    assert found.id.startswith("dead-letter-")
    assert found.message
    assert isinstance(found.message, str)
    assert found.error is None or isinstance(found.error, str)
    assert isinstance(found.attempts, int | None)
    assert describe(found)
    assert json.loads(to_json([found]))


def test_a_message_of_odd_shape_hides_no_other(desk: Desk) -> None:
    desk.send_message({"requestPayload": {}, "responsePayload": "boom"})
    desk.send_message(EVENT, RETRY_ATTEMPTS="²", ERROR_MESSAGE="S3 did not answer")
    assert {(one.key, one.message) for one in find(desk)} == {
        (None, "no error is known"),
        (KEY, "S3 did not answer"),
    }


def test_a_stack_without_outputs_is_told_with_its_status(desk: Desk) -> None:
    broken = replace(desk.stack, outputs={}, status="ROLLBACK_COMPLETE")
    with pytest.raises(StackUnreadableError, match="Dropcast at AWS, us-east-1 is ROLLBACK_COMP"):
        find_dead(broken)


def test_a_run_that_ended_badly_is_dead_until_a_good_one_follows(desk: Desk) -> None:
    desk.put_json("lake", f"clean/current/{DATASET}.json", {"version": "a" * 64})
    desk.put_json("lake", f"cards/{DATASET}/{RUN['run_id']}.json", {})
    desk.stop(RUN_NAME, RUN)
    (found,) = find(desk)
    assert (found.kind, found.dataset) == ("run", DATASET)
    assert f"{RUN_NAME} aborted" in found.what
    desk.stop(f"{RUN_NAME}-again-1", RUN)
    (again,) = find(desk)
    assert f"{RUN_NAME}-again-1" in again.what
    desk.start("by-hand", {"dataset": DATASET})
    assert find(desk) == []


def test_a_run_of_a_version_that_is_no_more_is_not_wanted_any_more(desk: Desk) -> None:
    desk.stop(RUN_NAME, RUN)
    assert len(find(desk)) == 1
    desk.put_json("lake", f"clean/current/{DATASET}.json", {"version": "c" * 64})
    desk.put_json("lake", f"cards/{DATASET}/{'c' * 16}-{'b' * 16}.json", {})
    assert find(desk) == []


@pytest.mark.parametrize(
    "asked", ["", [], {}, {"dataset": 3}, {"dataset": "../x", "run_id": "1"}, {"run_id": "1"}]
)
def test_a_run_that_was_asked_for_nonsense_is_dead_and_followed_by_no_other(
    desk: Desk, asked: Any
) -> None:
    desk.stop("by-hand-1", asked)
    desk.start("by-hand-2", asked)
    (found,) = find(desk)
    assert (found.kind, found.dataset) == ("run", None)


def test_another_datasets_good_run_does_not_follow(desk: Desk) -> None:
    desk.stop("by-hand-1", {"dataset": DATASET})
    desk.start("by-hand-2", {"dataset": "bitcoin"})
    assert [one.dataset for one in find(desk)] == [DATASET]


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"state": "failed", "error": "StoreBusyError", "message": "busy", "attempt": 3}, "failed"),
        ({"state": "processing", "started_at": "2020-01-01T00:00:00+00:00"}, "never ended"),
    ],
)
def test_a_drop_that_failed_or_never_ended_is_dead(
    desk: Desk, told: dict[str, Any], what: str
) -> None:
    key, version = desk.drop("may.csv")
    desk.record(key, version, **told)
    (found,) = find(desk)
    assert what in found.what
    assert (found.key, found.version_id, found.attempts) == (key, version, told.get("attempt"))


def test_a_file_that_the_ledger_does_not_know_is_dead_and_a_fresh_one_is_not(desk: Desk) -> None:
    desk.drop("may.csv")
    assert find(desk, older_than_seconds=60) == []
    (found,) = find(desk)
    assert "its event was lost" in found.what
    # What the ingest function may run, and Lambda's waits between its attempts.
    assert find_dead(desk.stack) == []


def test_only_the_newest_version_of_a_key_counts(desk: Desk) -> None:
    desk.drop("may.csv", b"old")
    key, version = desk.drop("may.csv", b"new")
    desk.record(key, version, state="success")
    desk.drop("june.csv")
    desk.client("s3").delete_object(Bucket="raw", Key=f"raw/{DATASET}/june.csv")
    desk.client("s3").put_object(Bucket="raw", Key=f"raw/{DATASET}/", Body=b"")
    assert find(desk) == []


def test_a_file_without_a_dataset_is_looked_for_where_its_refusal_is_recorded(desk: Desk) -> None:
    version = desk.client("s3").put_object(Bucket="raw", Key="raw/loose.csv", Body=b"")["VersionId"]
    desk.record("raw/loose.csv", version, dataset="unplaced", state="refused")
    assert find(desk) == []


def test_what_a_refused_drop_came_after_is_not_dead_if_it_got_where_it_should(desk: Desk) -> None:
    key, _lost = desk.drop("may.csv")
    _, good = desk.drop("may.csv", b"a\n2\n")
    _, bad = desk.drop("may.csv", b"?")
    desk.record(key, good, state="success")
    desk.record(key, bad, state="refused")
    assert find(desk) == []


def test_a_drop_with_a_dead_letter_message_is_listed_once(desk: Desk) -> None:
    key, version = desk.drop("may.csv")
    desk.record(key, version, state="failed", error="StoreBusyError", message="busy")
    desk.send_message(
        {
            **LAMBDA_MESSAGE,
            "requestPayload": make_event("raw", key, version_id=version),
        }
    )
    assert [one.kind for one in find(desk)] == ["dead-letter"]


def test_a_version_that_nothing_was_made_of_is_dead_but_not_while_it_waits(desk: Desk) -> None:
    desk.put_json("lake", f"clean/current/{DATASET}.json", {"version": "a" * 64})
    # It reads the police stations, which were never dropped.
    desk.put_json("lake", "clean/current/chicago_arrests.json", {"version": "b" * 64})
    (found,) = find(desk)
    assert (found.kind, found.dataset) == ("version", DATASET)
    desk.put_json("lake", f"cards/{DATASET}/{'a' * 16}-{'0' * 16}.json", {})
    assert find(desk) == []


STATES = ("success", "completed_with_errors", "refused", "unchanged", "superseded")


@given(
    state=st.sampled_from((*STATES, "processing", "failed")),
    started=st.integers(-7200, 0),
    allowed=st.integers(0, 7200),
)
def test_a_drop_is_dead_exactly_if_it_is_without_a_good_end_for_longer_than_it_may(
    state: str, started: int, allowed: int
) -> None:
    at = NOW + timedelta(seconds=started)
    drop = RawObject(key=KEY, version_id="v", changed_at=at)
    since = NOW - timedelta(seconds=allowed)
    found = judge(drop, {"state": state, "started_at": at.isoformat()}, since=since)
    is_bad = state in ("processing", "failed")
    assert (found is not None) == (is_bad and -started > allowed)
    assert (judge(drop, None, since=since) is not None) == (-started > allowed)


def test_every_finding_has_its_command_on_one_line_and_in_the_json() -> None:
    one = Dead(kind="drop", handle="k", what="w", at=NOW, message="m" * 300, error="RecipeError")
    command = f"dropcast redrive {one.id} --local"
    console = Console(record=True, width=80, soft_wrap=True)
    show([one], console, " --local")
    assert f"  command  {command}\n" in console.export_text()
    (document,) = json.loads(to_json([one], " --local"))
    assert document["command"] == command
    assert document["at"] == "2026-05-04T12:00:00+00:00"
    assert "A recipe contradicts itself" in dict(describe(one))["advice"]


def test_a_findings_key_and_message_write_no_line_of_their_own() -> None:
    one = Dead(kind="drop", handle="k", what="w", at=NOW, key="a\nerror\x1b[2J", message="b\nc")
    told = dict(describe(one))
    assert (told["key"], told["message"]) == ("a\\nerror\\x1b[2J", "b c")
