"""Each check of the pointers and predictions passes a valid state, and reports what is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dropcast.contracts.keys import PROGRAM
from proofs.chaos.promises.serving import PredictionCall, check_calls, check_canary, check_last_call
from tests.chaos.valid_state import (
    find_broken_promises,
    make_pointer,
    make_valid_state,
    write_audit_record,
)
from tests.cli.test_replay import BODY, MODEL, REQUEST


@pytest.mark.parametrize(
    "states",
    [
        (make_pointer(1, "one"), make_pointer(3, "two", "one")),
        (make_pointer(1, "one"), make_pointer(1, "two")),
        (make_pointer(1, "one"), make_pointer(2, "two")),
        (make_pointer(1, "one"), make_pointer(2, "nobody", "one")),
    ],
)
def test_a_pointer_that_is_not_one_copy_is_reported(states: tuple[dict[str, Any], ...]) -> None:
    assert find_broken_promises(replace(make_valid_state(), pointers={"songs": states})) == {4}


def test_a_recorded_request_explains_a_move_whose_mover_was_killed_after_it() -> None:
    valid = make_valid_state()
    states = (
        make_pointer(1, "one"),
        make_pointer(2, "two", "one"),
        make_pointer(3, "killed", "two", "one"),
    )
    killed = replace(valid, pointers={"songs": states})
    assert find_broken_promises(killed) == {4}
    asked = json.loads(write_audit_record("killed", 2)) | {"decision": "requested"}
    asked |= {"model": "killed", "request_id": None}
    models = {**valid.models, "audit/songs/asked.json": json.dumps(asked).encode()}
    assert find_broken_promises(replace(killed, models=models)) == set()


def test_a_loser_that_moved_the_pointer_is_reported() -> None:
    valid = make_valid_state()
    lost = json.loads(write_audit_record("two", 1)) | {"decision": "lost the race"}
    models = {**valid.models, "audit/songs/lost.json": json.dumps(lost).encode()}
    assert find_broken_promises(replace(valid, models=models)) == {4}


def test_a_championship_without_a_move_is_reported() -> None:
    valid = make_valid_state()
    assert find_broken_promises(replace(valid, pointers={})) == {4}
    assert find_broken_promises(replace(valid, pointers={"songs": (make_pointer(1, "one"),)})) == {
        4
    }
    late = {**valid.models, "audit/songs/one.json": write_audit_record("one", 1)}
    assert find_broken_promises(replace(valid, models=late)) == {4}


@pytest.mark.parametrize(
    ("outcome", "request_id", "broken"),
    [
        ("rolled back", "asked-1", set()),
        ("rolled back", "asked-2", {4}),
        ("lost the race", "asked-2", set()),
        ("requested", "asked-2", set()),
    ],
)
def test_a_rollback_without_a_move_is_reported(
    outcome: str, request_id: str, broken: set[int]
) -> None:
    valid = make_valid_state()
    moved = (*valid.pointers["songs"], make_pointer(3, "asked-1", "two", "one"))
    bodies = [
        {"dataset": "songs", "model": MODEL, "outcome": word, "request_id": by}
        for word, by in (("requested", "asked-1"), (outcome, request_id))
    ]
    models = {f"audit/songs/{n}.json": json.dumps(body).encode() for n, body in enumerate(bodies)}
    found = replace(valid, pointers={"songs": moved}, models={**valid.models, **models})
    assert find_broken_promises(found) == broken


def test_a_champion_without_a_program_is_reported() -> None:
    valid = make_valid_state()
    models = {key: body for key, body in valid.models.items() if "program" not in key}
    assert find_broken_promises(replace(valid, models=models)) == {4}


def test_runs_that_differ_or_go_on_are_reported() -> None:
    valid = make_valid_state()
    (run,) = valid.runs
    other = replace(run, output={"run_id": "r", "model": "another"})
    assert find_broken_promises(replace(valid, runs=(run, other))) == {5}
    assert find_broken_promises(replace(valid, runs=(run, replace(run, status="RUNNING")))) == {0}
    assert find_broken_promises(
        replace(valid, runs=(replace(run, status="FAILED", error="X"),))
    ) == {0}
    data = replace(run, status="FAILED", error="TooFewRowsError")
    assert find_broken_promises(replace(valid, runs=(data,))) == set()


def test_a_program_that_is_not_what_its_name_says_is_reported() -> None:
    valid = make_valid_state()
    models = {**valid.models, PROGRAM.format(dataset="songs", model=MODEL): BODY + b" "}
    assert find_broken_promises(replace(valid, models=models)) == {5}


def make_response(**receipt: object) -> dict[str, Any]:
    champion = make_pointer(1)["champion"]
    codes = {"trained_by_code": "t", "served_by_code": "s"}
    return {"predictions": [{}, {}], "receipt": {**champion, **codes, **receipt}}


def judge(given: object, status: int = 200) -> list[str]:
    one = PredictionCall(body=json.dumps(REQUEST), status=status, response=given)
    return [broken.what for broken in check_calls([one], {MODEL: BODY}, make_valid_state())]


def test_a_prediction_is_compared_with_its_champion_and_with_its_program() -> None:
    assert [line.partition(":")[0] for line in judge(make_response())] == ["row 0", "row 1"]
    assert "dataset_version is not that of the champion" in judge(
        make_response(dataset_version="z")
    )
    assert "does not name served_by_code" in judge(make_response(served_by_code=""))
    assert "songs-1 was never champion" in judge(make_response(model="songs-1"))
    assert any(
        "cannot be replayed" in line for line in judge(make_response(program_sha256="0" * 64))
    )


def test_a_refusal_needs_a_sentence() -> None:
    assert judge({"detail": "no champion yet"}, 404) == []
    assert judge({"message": "Internal server error"}, 502) == []
    assert judge({"message": "Internal server error"}, 500) == [
        "500 without a sentence: {'message': 'Internal server error'}"
    ]
    assert judge(None, 502) == ["502 without a sentence: None"]
    assert judge("POST predict: URLError", 0) == ["0 without a sentence: POST predict: URLError"]


@pytest.mark.parametrize("given", [None, [], {}, {"predictions": [], "receipt": None}])
def test_a_response_without_a_receipt_is_reported(given: object) -> None:
    assert judge(given) == ["is without a receipt"]


def test_a_champion_that_does_not_predict_after_the_recovery_is_reported() -> None:
    refused, served = (PredictionCall(body="", status=n, response="sorry") for n in (503, 200))
    assert list(check_last_call([])) == []
    assert list(check_last_call([refused, served])) == []
    assert [one.promise for one in check_last_call([served, refused])] == [5]


def test_a_canary_is_reported(tmp_path: Path) -> None:
    assert list(check_canary(tmp_path / "canary")) == []
    (tmp_path / "canary").touch()
    assert [one.promise for one in check_canary(tmp_path / "canary")] == [6]
