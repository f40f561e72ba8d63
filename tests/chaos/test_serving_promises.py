"""Each check of the pointers and of the answers passes what is whole, and tells of what is not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dropcast.contracts.keys import PROGRAM
from proofs.chaos.promises.serving import Answered, check_answers, check_canary, check_served
from tests.chaos.whole import find_broken, make_whole, point, tell_audit
from tests.cli.test_replay import BODY, MODEL, REQUEST


@pytest.mark.parametrize(
    "states",
    [
        (point(1, "one"), point(3, "two", "one")),
        (point(1, "one"), point(1, "two")),
        (point(1, "one"), point(2, "two")),
        (point(1, "one"), point(2, "nobody", "one")),
    ],
)
def test_a_pointer_that_is_not_one_copy_is_told_of(states: tuple[dict[str, Any], ...]) -> None:
    assert find_broken(replace(make_whole(), pointers={"songs": states})) == {4}


def test_what_was_asked_tells_of_a_move_whose_maker_was_killed_after_it() -> None:
    whole = make_whole()
    states = (point(1, "one"), point(2, "two", "one"), point(3, "killed", "two", "one"))
    killed = replace(whole, pointers={"songs": states})
    assert find_broken(killed) == {4}
    asked = json.loads(tell_audit("killed", 2)) | {"decision": "asked"}
    asked |= {"model": "killed", "request_id": None}
    models = {**whole.models, "audit/songs/asked.json": json.dumps(asked).encode()}
    assert find_broken(replace(killed, models=models)) == set()


def test_a_loser_that_moved_the_pointer_is_told_of() -> None:
    whole = make_whole()
    lost = json.loads(tell_audit("two", 1)) | {"decision": "lost the race"}
    models = {**whole.models, "audit/songs/lost.json": json.dumps(lost).encode()}
    assert find_broken(replace(whole, models=models)) == {4}


def test_a_championship_without_a_move_is_told_of() -> None:
    whole = make_whole()
    assert find_broken(replace(whole, pointers={})) == {4}
    assert find_broken(replace(whole, pointers={"songs": (point(1, "one"),)})) == {4}
    late = {**whole.models, "audit/songs/one.json": tell_audit("one", 1)}
    assert find_broken(replace(whole, models=late)) == {4}


@pytest.mark.parametrize(
    ("outcome", "request_id", "broken"),
    [
        ("rolled back", "asked-1", set()),
        ("rolled back", "asked-2", {4}),
        ("lost the race", "asked-2", set()),
        ("asked", "asked-2", set()),
    ],
)
def test_a_rollback_without_a_move_is_told_of(
    outcome: str, request_id: str, broken: set[int]
) -> None:
    whole = make_whole()
    moved = (*whole.pointers["songs"], point(3, "asked-1", "two", "one"))
    bodies = [
        {"dataset": "songs", "model": MODEL, "outcome": word, "request_id": by}
        for word, by in (("asked", "asked-1"), (outcome, request_id))
    ]
    models = {f"audit/songs/{n}.json": json.dumps(body).encode() for n, body in enumerate(bodies)}
    found = replace(whole, pointers={"songs": moved}, models={**whole.models, **models})
    assert find_broken(found) == broken


def test_a_champion_without_a_program_is_told_of() -> None:
    whole = make_whole()
    models = {key: body for key, body in whole.models.items() if "program" not in key}
    assert find_broken(replace(whole, models=models)) == {4}


def test_runs_that_differ_or_go_on_are_told_of() -> None:
    whole = make_whole()
    (run,) = whole.runs
    other = replace(run, output={"run_id": "r", "model": "another"})
    assert find_broken(replace(whole, runs=(run, other))) == {5}
    assert find_broken(replace(whole, runs=(run, replace(run, status="RUNNING")))) == {0}
    assert find_broken(replace(whole, runs=(replace(run, status="FAILED", error="X"),))) == {0}
    data = replace(run, status="FAILED", error="TooFewRowsError")
    assert find_broken(replace(whole, runs=(data,))) == set()


def test_a_program_that_is_not_what_its_name_says_is_told_of() -> None:
    whole = make_whole()
    models = {**whole.models, PROGRAM.format(dataset="songs", model=MODEL): BODY + b" "}
    assert find_broken(replace(whole, models=models)) == {5}


def answer(**receipt: object) -> dict[str, Any]:
    champion = point(1)["champion"]
    codes = {"trained_by_code": "t", "served_by_code": "s"}
    return {"predictions": [{}, {}], "receipt": {**champion, **codes, **receipt}}


def judge(given: object, status: int = 200) -> list[str]:
    one = Answered(body=json.dumps(REQUEST), status=status, answer=given)
    return [broken.what for broken in check_answers([one], {MODEL: BODY}, make_whole())]


def test_an_answer_is_compared_with_its_champion_and_with_its_program() -> None:
    assert [line.partition(":")[0] for line in judge(answer())] == ["row 0", "row 1"]
    assert "dataset_version is not that of the champion" in judge(answer(dataset_version="z"))
    assert "does not name served_by_code" in judge(answer(served_by_code=""))
    assert "songs-1 was never champion" in judge(answer(model="songs-1"))
    assert any("cannot be replayed" in line for line in judge(answer(program_sha256="0" * 64)))


def test_a_refusal_needs_a_sentence() -> None:
    assert judge({"detail": "no champion yet"}, 404) == []
    assert judge({"message": "Internal server error"}, 502) == []
    assert judge({"message": "Internal server error"}, 500) == [
        "500 without a sentence: {'message': 'Internal server error'}"
    ]
    assert judge(None, 502) == ["502 without a sentence: None"]
    assert judge("POST predict: URLError", 0) == ["0 without a sentence: POST predict: URLError"]


@pytest.mark.parametrize("given", [None, [], {}, {"predictions": [], "receipt": None}])
def test_an_answer_without_a_receipt_is_told_of(given: object) -> None:
    assert judge(given) == ["is without a receipt"]


def test_a_champion_that_does_not_answer_when_all_is_mended_is_told_of() -> None:
    refused, answered = (Answered(body="", status=n, answer="sorry") for n in (503, 200))
    assert list(check_served([])) == []
    assert list(check_served([refused, answered])) == []
    assert [one.promise for one in check_served([answered, refused])] == [5]


def test_a_canary_is_told_of(tmp_path: Path) -> None:
    assert list(check_canary(tmp_path / "canary")) == []
    (tmp_path / "canary").touch()
    assert [one.promise for one in check_canary(tmp_path / "canary")] == [6]
