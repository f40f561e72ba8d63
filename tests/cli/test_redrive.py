"""What is dead is sent again: once accepted it is gone, and an old drop never comes back."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.commands.redrive import RedriveError, check_arguments, select
from dropcast.contracts.errors import UnknownDatasetError
from operations.recovery.dead_letters import list_messages, send_again
from operations.recovery.drops import take_all_in_again, take_in_again
from operations.recovery.findings import Dead
from operations.recovery.looking import find_dead
from operations.recovery.redriving import redrive_all
from operations.recovery.runs import start_again
from operations.stacks import DeployedStack
from tests.cli.stacks import DATASET, Desk, FakedCloud, FakeLambda, QuickQueues
from tests.cli.test_dead import EVENT, LAMBDA_MESSAGE, RULE_ATTRIBUTES, RUN, RUN_NAME


def redrive(desk: Desk, *ids: str, discard: bool = False) -> list[tuple[str, bool]]:
    found = select(find_dead(desk.stack, older_than_seconds=0), ids)
    return [(done, is_well) for _, done, is_well in redrive_all(desk.stack, found, discard=discard)]


def test_messages_of_both_kinds_become_the_events_that_they_were(desk: Desk) -> None:
    desk.send_message(LAMBDA_MESSAGE)
    desk.send_message(EVENT, **RULE_ATTRIBUTES)
    assert redrive(desk) == [("sent to ingest again", True)] * 2
    assert desk.functions.invoked == [("ingest", "Event", EVENT)] * 2
    assert desk.count_messages() == (0, 0)


def test_a_message_that_lambda_does_not_accept_stays_and_holds_up_nothing_else(desk: Desk) -> None:
    desk.send_message(LAMBDA_MESSAGE)
    desk.drop("june.csv")
    desk.functions.refusal = ClientError({"Error": {"Code": "TooManyRequests"}}, "Invoke")
    (message, kept), (drop, sent) = redrive(desk)
    assert (message.partition(" (")[0], kept) == ("kept: An error occurred", False)
    assert (drop.startswith("dropped again as version"), sent) == (True, True)
    assert desk.count_messages() == (1, 0)


def test_messages_after_one_that_is_too_large_are_sent(desk: Desk) -> None:
    for name in ("may", "june", "july"):
        desk.send_message({"detail": {"object": {"key": f"raw/{DATASET}/{name}.csv"}}})

    class Choosy(FakeLambda):
        """A Lambda that does not take what tells of June."""

        def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803 - boto3's words
            if b"june" in Payload:
                raise ClientError({"Error": {"Code": "RequestTooLargeException"}}, "Invoke")
            super().invoke(
                FunctionName=FunctionName, InvocationType=InvocationType, Payload=Payload
            )

    functions = Choosy()
    stack = with_fake(desk.stack, sqs=desk.client("sqs"), **{"lambda": functions})
    told = send_again(stack, [message.message_id for message in list_messages(stack)])
    assert sorted(done.partition(":")[0] for done in told.values()) == [
        "kept",
        "sent to ingest again",
        "sent to ingest again",
    ]
    assert len(functions.invoked) == 2
    assert desk.count_messages() == (1, 0)


def test_only_the_named_message_is_sent_or_discarded(desk: Desk) -> None:
    for name in ("may", "june", "july"):
        event = {"detail": {"object": {"key": f"raw/{DATASET}/{name}.csv"}}}
        desk.send_message(event, **RULE_ATTRIBUTES)
    by_key = {str(one.key): one for one in find_dead(desk.stack, older_than_seconds=0)}
    assert redrive(desk, by_key[f"raw/{DATASET}/may.csv"].id) == [("sent to ingest again", True)]
    assert len(desk.functions.invoked) == 1
    chosen = by_key[f"raw/{DATASET}/june.csv"].id
    assert redrive(desk, chosen, discard=True) == [("discarded", True)]
    assert len(desk.functions.invoked) == 1
    assert desk.count_messages() == (1, 0)


def test_a_message_that_is_received_twice_is_sent_once(desk: Desk) -> None:
    desk.send_message(LAMBDA_MESSAGE)

    class Repeating(QuickQueues):
        """A queue whose messages are visible again before all were received."""

        def receive_message(self, **asked: Any) -> Any:
            return super().receive_message(**{**asked, "VisibilityTimeout": 0})

    queues: Any = Repeating(desk.client("sqs").client)
    stack = with_fake(desk.stack, sqs=queues, **{"lambda": desk.functions})
    (message,) = list_messages(stack)
    assert send_again(stack, [message.message_id]) == {message.message_id: "sent to ingest again"}
    assert len(desk.functions.invoked) == 1
    assert desk.count_messages() == (0, 0)


def test_a_message_without_an_event_is_kept_and_reported(desk: Desk) -> None:
    desk.send_message("not an event")
    ((done, is_well),) = redrive(desk)
    assert (done.partition(":")[0], is_well) == ("kept", False)
    assert desk.functions.invoked == []
    assert desk.count_messages() == (1, 0)


def test_a_run_is_started_again_with_its_input_under_the_next_free_name(desk: Desk) -> None:
    desk.stop(RUN_NAME, RUN)
    desk.stop(f"{RUN_NAME}-again-1", RUN)
    assert redrive(desk) == [(f"started again as {RUN_NAME}-again-2", True)]
    machine = desk.stack.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    described = desk.client("stepfunctions").describe_execution(
        executionArn=f"{machine}:{RUN_NAME}-again-2"
    )
    assert json.loads(described["input"]) == RUN
    assert find_dead(desk.stack, older_than_seconds=0) == []


def test_a_long_name_is_cut_to_what_step_functions_takes(desk: Desk) -> None:
    name = f"{'d' * 46}-{RUN['run_id']}"
    assert len(name) == 80
    desk.stop(name, {"dataset": "d" * 46, "run_id": RUN["run_id"]})
    ((done, _),) = redrive(desk)
    assert done == f"started again as {name[:72]}-again-1"
    assert find_dead(desk.stack, older_than_seconds=0) == []


class FakeExecutions:
    """Step Functions with RedriveExecution, which moto has not."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.done: list[str] = []

    def describe_execution(self, **_: Any) -> dict[str, str]:
        return {
            "status": self.status,
            "redriveStatus": "REDRIVABLE",
            "name": RUN_NAME,
            "input": "{}",
            "stateMachineArn": "arn",
        }

    def redrive_execution(self, **_: Any) -> None:
        self.done.append("redriven")

    def start_execution(self, *, name: str, **_: Any) -> None:
        self.done.append(name)


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("TIMED_OUT", ["redriven"]),
        ("ABORTED", ["redriven"]),
        # It ended in a Fail state, which a redrive would enter again.
        ("FAILED", [f"{RUN_NAME}-again-1"]),
        ("RUNNING", []),
    ],
)
def test_only_a_run_that_was_cut_off_is_redriven_by_step_functions(
    desk: Desk, status: str, done: list[str]
) -> None:
    fake = FakeExecutions(status)
    start_again(with_fake(desk.stack, stepfunctions=fake), "arn")
    assert fake.done == done


def with_fake(stack: DeployedStack, **fakes: Any) -> DeployedStack:
    cloud = FakedCloud(session=stack.cloud.session, endpoint_url=None, environ={}, fakes=fakes)
    return DeployedStack(
        name=stack.name,
        arn=stack.arn,
        status=stack.status,
        outputs=stack.outputs,
        resources=stack.resources,
        cloud=cloud,
    )


def test_a_lost_drop_is_dropped_again_as_it_was(desk: Desk) -> None:
    key, version = desk.drop("may (1) ü.csv", b"a\n1\n")
    ((done, is_well),) = redrive(desk)
    head = desk.client("s3").head_object(Bucket="raw", Key=key)
    assert (done, is_well) == (f"dropped again as version {head['VersionId']}", True)
    assert head["VersionId"] != version
    assert (head["ContentType"], head["Metadata"]) == (
        "text/csv",
        {"from": "a shop", "dropcast-redriven-from": version},
    )
    assert desk.client("s3").get_object(Bucket="raw", Key=key)["Body"].read() == b"a\n1\n"


def test_a_drop_that_was_replaced_since_is_left_alone(desk: Desk) -> None:
    key, version = desk.drop("may.csv", b"old")
    (found,) = find_dead(desk.stack, older_than_seconds=0)
    desk.drop("may.csv", b"new")
    ((_, done, _),) = redrive_all(desk.stack, [found])
    assert done.startswith("nothing was done: a newer drop")
    assert take_in_again(desk.stack, key, version) == done
    assert desk.client("s3").get_object(Bucket="raw", Key=key)["Body"].read() == b"new"


def test_a_lost_drop_under_refused_ones_is_dropped_again_until_another_comes(desk: Desk) -> None:
    key, lost = desk.drop("may.csv", b"good")
    refused = [desk.drop("may.csv", body)[1] for body in (b"bad", b"worse")]
    for version in refused:
        desk.record(key, version, state="refused")
    (found,) = find_dead(desk.stack, older_than_seconds=0)
    assert (found.kind, found.version_id) == ("drop", lost)
    _, unjudged = desk.drop("may.csv", b"who knows")
    assert take_in_again(desk.stack, key, lost).startswith("nothing was done: a newer drop")
    desk.record(key, unjudged, state="refused")
    ((_, done, is_well),) = redrive_all(desk.stack, [found])
    assert (done.startswith("dropped again"), is_well) == (True, True)
    assert desk.client("s3").get_object(Bucket="raw", Key=key)["Body"].read() == b"good"


@pytest.mark.parametrize("state", [None, "failed"])
def test_a_drop_whose_copy_was_refused_is_dead_no_more(desk: Desk, state: str | None) -> None:
    key, version = desk.drop("may.csv", b"bad")
    if state:
        desk.record(key, version, state=state)
    for _ in range(2):
        redrive_all(desk.stack, find_dead(desk.stack, older_than_seconds=0))
    copy = desk.client("s3").head_object(Bucket="raw", Key=key)
    assert copy["Metadata"]["dropcast-redriven-from"] != version, "the copy was copied"
    desk.record(key, copy["Metadata"]["dropcast-redriven-from"], state="refused")
    desk.record(key, copy["VersionId"], state="refused")
    assert find_dead(desk.stack, older_than_seconds=0) == []


def test_all_files_of_one_dataset_are_taken_in_again_and_no_others(desk: Desk) -> None:
    mine = {desk.drop(f"{number}.csv")[0] for number in range(3)}
    other, version = desk.drop("may.csv", dataset="bitcoin")
    done = list(take_all_in_again(desk.stack, DATASET))
    assert {key for key, _, _ in done} == mine
    assert all(text.startswith("dropped again") and is_well for _, text, is_well in done)
    assert desk.client("s3").head_object(Bucket="raw", Key=other)["VersionId"] == version


def test_a_file_that_cannot_be_dropped_again_does_not_hold_up_the_others(desk: Desk) -> None:
    for name in ("june", "may", "november"):
        desk.drop(f"{name}.csv")

    class Guarded(QuickQueues):
        """S3 whose key of May nobody may write."""

        def copy_object(self, **asked: Any) -> Any:
            if asked["Key"].endswith("may.csv"):
                raise ClientError({"Error": {"Code": "AccessDenied"}}, "CopyObject")
            return self.client.copy_object(**asked)

    stack = with_fake(desk.stack, s3=Guarded(desk.client("s3")))
    done = [(text.split()[0], is_well) for _, text, is_well in take_all_in_again(stack, DATASET)]
    assert done == [("dropped", True), ("failed:", False), ("dropped", True)]


def test_the_features_function_is_invoked_for_a_version_without_features(desk: Desk) -> None:
    desk.put_json("lake", f"clean/current/{DATASET}.json", {"version": "a" * 64})
    assert redrive(desk) == [("features was invoked for the current version", True)]
    ((function, how, event),) = desk.functions.invoked
    assert (function, how) == ("features", "Event")
    assert event["detail"]["object"]["key"] == f"clean/current/{DATASET}.json"


def test_a_run_of_another_recipe_begins_at_the_features(desk: Desk) -> None:
    arn = desk.stop(RUN_NAME, RUN)
    (found,) = find_dead(desk.stack, older_than_seconds=0)
    stale = Dead(
        kind="run", handle=arn, what="", at=found.at, dataset=DATASET, error="StaleRunError"
    )
    ((_, done, is_well),) = redrive_all(desk.stack, [stale])
    assert (done, is_well) == ("features was invoked for the current version", True)


def test_one_that_cannot_be_sent_does_not_hold_up_the_others(desk: Desk) -> None:
    desk.drop("may.csv")
    (found,) = find_dead(desk.stack, older_than_seconds=0)
    gone = Dead(kind="drop", handle="x", what="", at=found.at, key="raw/x/gone.csv")
    (_, first, first_well), (_, second, second_well) = redrive_all(desk.stack, [gone, found])
    assert (first.partition(":")[0], first_well) == ("failed", False)
    assert (second.startswith("dropped again"), second_well) == (True, True)


def test_a_name_that_is_none_is_refused_with_the_nearest(desk: Desk) -> None:
    desk.drop("may.csv")
    (found,) = find_dead(desk.stack, older_than_seconds=0)
    with pytest.raises(RedriveError, match=f"did you mean '{found.id}'"):
        redrive(desk, found.id[:-1])


@pytest.mark.parametrize(
    ("ids", "dataset", "all_files", "discard", "says"),
    [
        ([], DATASET, False, False, "go together"),
        ([], None, True, False, "go together"),
        (["run-1"], DATASET, True, False, "takes no ids"),
        ([], None, False, True, "takes the ids of dead-letter messages"),
        (["run-1"], None, False, True, "takes the ids of dead-letter messages"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    ids: list[str], dataset: str | None, all_files: bool, discard: bool, says: str
) -> None:
    with pytest.raises(RedriveError, match=says):
        check_arguments(ids, dataset=dataset, all_files=all_files, discard=discard)


def test_a_dataset_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownDatasetError, match="did you mean"):
        check_arguments([], dataset="spotify_preferense", all_files=True, discard=False)
