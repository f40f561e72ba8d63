"""A file to be answered whose event was lost is found by its report, and dropped again."""

import pytest

from dropcast.batch import describe_scoring
from dropcast.contracts.keys import SCORE_REPORT, name_report
from dropcast.contracts.scored_files import DropScored
from operations.recovery.findings import Dead
from operations.recovery.looking import find_dead
from operations.recovery.redriving import redrive_all
from operations.recovery.scores import name_score_report
from tests.cli.stacks import DATASET, Desk
from tests.functions.cloud import make_event


def answer(desk: Desk, key: str, version_id: str) -> None:
    """Write the report that the function writes on a refused file."""
    dropped = DropScored(
        dataset=DATASET,
        raw_key=key,
        raw_version_id=version_id,
        state="refused",
        model=None,
        rows_answered=0,
        rows_refused=0,
        receipt_key=None,
        report_key=name_score_report(key),
        message="no champion",
    )
    body = describe_scoring(dropped, None, name_uri=lambda key: f"s3://raw/{key}").encode()
    desk.client("s3").put_object(Bucket="raw", Key=dropped.report_key, Body=body)


def find(desk: Desk, older_than_seconds: float = 0) -> list[Dead]:
    return find_dead(desk.stack, older_than_seconds=older_than_seconds)


def test_a_file_to_be_answered_without_a_report_is_dead_and_a_fresh_one_is_not(desk: Desk) -> None:
    key, version = desk.drop_to_score("may (1) ü.csv")
    (found,) = find(desk)
    assert (found.kind, found.dataset, found.key, found.version_id) == (
        "drop",
        DATASET,
        key,
        version,
    )
    assert "its event was lost" in found.what
    assert found.message == f"there is no scored-reports/{DATASET}/may (1) ü.csv.txt"
    assert find(desk, older_than_seconds=60) == []
    assert find_dead(desk.stack) == []


def test_what_was_answered_or_refused_is_not_dead_until_it_is_dropped_anew(desk: Desk) -> None:
    key, first = desk.drop_to_score("may.csv")
    answer(desk, key, first)
    assert find(desk) == []
    _, second = desk.drop_to_score("may.csv", b"a\n2\n")
    (found,) = find(desk)
    assert found.version_id == second
    assert found.message.endswith(f"is of the version {first}")
    answer(desk, key, second)
    assert find(desk) == []


def test_a_lost_file_that_is_sent_again_is_a_new_version_to_be_answered(desk: Desk) -> None:
    key, lost = desk.drop_to_score("may.csv")
    ((_, done, is_well),) = redrive_all(desk.stack, find(desk))
    head = desk.client("s3").head_object(Bucket="raw", Key=key)
    assert (done, is_well) == (f"dropped again as version {head['VersionId']}", True)
    assert head["Metadata"] == {"dropcast-redriven-from": lost}
    answer(desk, key, head["VersionId"])
    assert find(desk) == []


def test_one_that_was_dropped_anew_since_is_left_alone(desk: Desk) -> None:
    key, _ = desk.drop_to_score("may.csv", b"old")
    found = find(desk)
    _, newer = desk.drop_to_score("may.csv", b"new")
    ((_, done, _),) = redrive_all(desk.stack, found)
    assert done.startswith("nothing was done: a newer drop")
    assert desk.client("s3").head_object(Bucket="raw", Key=key)["VersionId"] == newer


def test_a_drop_with_a_dead_letter_message_a_folder_and_a_deleted_file_are_left_out(
    desk: Desk,
) -> None:
    key, version = desk.drop_to_score("may.csv")
    desk.send_message(make_event("raw", key, version_id=version))
    gone, _ = desk.drop_to_score("june.csv")
    desk.client("s3").delete_object(Bucket="raw", Key=gone)
    desk.client("s3").put_object(Bucket="raw", Key=f"score/{DATASET}/", Body=b"")
    assert [one.kind for one in find(desk)] == ["dead-letter"]


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("score/loose.csv", {"dataset": "unplaced", "name": "score/loose.csv"}),
        (f"score/{DATASET}/{'x' * 990}", {"dataset": DATASET, "name": "x" * 990}),
    ],
)
def test_a_report_is_looked_for_where_the_function_writes_it(
    desk: Desk, key: str, place: dict[str, str]
) -> None:
    version = desk.client("s3").put_object(Bucket="raw", Key=key, Body=b"1")["VersionId"]
    assert [one.key for one in find(desk)] == [key]
    assert name_score_report(key) == name_report(SCORE_REPORT, **place)
    answer(desk, key, version)
    assert find(desk) == []
