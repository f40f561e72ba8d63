"""Propose trials as the state machine calls it, on a bucket: rounds, repeats and refusals."""

import json
from typing import Any

import pytest

from dropcast.contracts.codec import to_document
from dropcast.contracts.documents import encode_document, read_document, write_document
from dropcast.contracts.errors import DocumentError, InvalidRunError, StaleRunError
from dropcast.contracts.messages import TrialsProposed
from dropcast.runtime.wiring import Wiring
from dropcast.search.board import Board, BoardRow, Trial
from functions.train.propose import propose_next
from tests.search.boards import make_recipe, measure_trial
from tests.search.runs import make_split, search, try_round


def measure_by_number(trial: Trial) -> float:
    return 0.7 + trial.number / 1000


def read_board(wiring: Wiring, proposed: TrialsProposed) -> Board:
    return read_document(wiring.lake, Board, proposed.board_key)


def test_a_search_begins_with_an_empty_board_and_what_the_recipe_writes(wiring: Wiring) -> None:
    (recipe,) = wiring.recipes.values()
    split = make_split(wiring)
    proposed = propose_next(to_document(split), wiring)
    assert (proposed.round, proposed.ended, proposed.split) == (0, False, split)
    assert read_board(wiring, proposed) == Board(metric="roc_auc", rows=())
    trials = [read_document(wiring.lake, Trial, asked.trial_key) for asked in proposed.trials]
    assert [t.number for t in trials] == [asked.number for asked in proposed.trials] == [0, 1, 2]
    assert [t.candidate.model for t in trials] == [c.model for c in recipe.candidates]


def test_a_search_ends_with_every_trial_on_the_board_in_order(wiring: Wiring) -> None:
    steps = [proposed for _, proposed in search(wiring, measure_by_number)]
    assert [len(proposed.trials) for proposed in steps] == [3, 4, 4, 0]
    assert [proposed.round for proposed in steps] == [0, 1, 2, 3]
    assert [proposed.ended for proposed in steps] == [False, False, False, True]
    board = read_board(wiring, steps[-1])
    assert [row.number for row in board.rows] == list(range(11))
    assert [row.mean for row in board.rows] == [0.7 + i / 1000 for i in range(11)]


def test_a_trial_that_was_stopped_is_a_row_with_its_error(wiring: Wiring) -> None:
    def measure(trial: Trial) -> float | None:
        return None if trial.number in (1, 4) else 0.7

    board = read_board(wiring, search(wiring, measure)[-1][1])
    assert len(board.rows) == 11
    failed = [row for row in board.rows if row.mean is None]
    assert [(row.number, row.error) for row in failed] == [
        (1, "Sandbox.Timedout"),
        (4, "Sandbox.Timedout"),
    ]
    assert failed[0].candidate.model == "random_forest"


def test_the_row_of_an_earlier_execution_does_not_stand_for_a_trial_that_was_stopped(
    wiring: Wiring,
) -> None:
    first = propose_next(to_document(make_split(wiring)), wiring)
    asked = first.trials[2]
    old = measure_trial(read_document(wiring.lake, Trial, asked.trial_key), 0.99)
    write_document(wiring.lake, asked.row_key, old)
    event = try_round(first, wiring, lambda trial: None if trial.number == 2 else 0.7)
    row = read_board(wiring, propose_next(event, wiring)).rows[2]
    assert (row.mean, row.error) == (None, "Sandbox.Timedout")


def test_a_row_that_tells_of_a_failed_fit_is_taken_as_it_is(wiring: Wiring) -> None:
    first = propose_next(to_document(make_split(wiring)), wiring)
    event = try_round(first, wiring, lambda _: 0.7)
    asked = first.trials[0]
    told = read_document(wiring.lake, BoardRow, asked.row_key)
    failed = BoardRow(
        **{**vars(told), "mean": None, "std": None, "fold_scores": (), "error": "ValueError: no"}
    )
    write_document(wiring.lake, asked.row_key, failed)
    assert read_board(wiring, propose_next(event, wiring)).rows[0] == failed


def test_a_search_in_which_all_were_stopped_ends_with_their_errors(wiring: Wiring) -> None:
    steps = search(wiring, lambda _: None)
    assert len(steps) == 2
    board = read_board(wiring, steps[-1][1])
    assert [row.error for row in board.rows] == ["Sandbox.Timedout"] * 3


def test_any_step_run_again_at_any_time_says_and_writes_the_same(wiring: Wiring) -> None:
    steps = search(wiring, measure_by_number)

    def read_all() -> dict[str, bytes]:
        keys = [proposed.board_key for _, proposed in steps]
        keys += [asked.trial_key for _, proposed in steps for asked in proposed.trials]
        return {key: wiring.lake.read(key).body for key in keys}

    before = read_all()
    for event, proposed in reversed(steps):
        assert propose_next(event, wiring) == proposed
        assert read_all() == before


def test_messages_stay_small_however_many_trials_there_are(wiring: Wiring) -> None:
    (name,) = wiring.recipes
    big = make_recipe(trials=40)
    wiring.recipes = {name: big}
    steps = search(wiring, measure_by_number)
    assert [len(proposed.trials) for _, proposed in steps] == [3, 40, 40, 0]
    assert max(len(encode_document(event)) for event, _ in steps) < 32 * 1024


def test_a_recipe_deployed_anew_during_the_search_ends_the_run(wiring: Wiring) -> None:
    first = propose_next(to_document(make_split(wiring)), wiring)
    event = try_round(first, wiring, measure_by_number)
    (name,) = wiring.recipes
    wiring.recipes = {name: make_recipe(rounds=4)}
    with pytest.raises(StaleRunError, match="start it again with"):
        propose_next(event, wiring)


@pytest.mark.parametrize(
    ("outcomes", "error", "sentence"),
    [
        ([], InvalidRunError, r"trials \[0, 1, 2\] were asked for, \[\] ended; start the run"),
        ([{"number": 7, "error": None}], InvalidRunError, r"\[7\] ended"),
        ([{"number": 0}], DocumentError, "missing fields"),
        (None, DocumentError, "expected an array"),
    ],
)
def test_outcomes_of_other_trials_than_were_asked_for_are_refused(
    wiring: Wiring, outcomes: Any, error: type[Exception], sentence: str
) -> None:
    first = propose_next(to_document(make_split(wiring)), wiring)
    with pytest.raises(error, match=sentence):
        propose_next({**to_document(first), "outcomes": outcomes}, wiring)


@pytest.mark.parametrize("event", [{}, {"dataset": "spotify_preference"}])
def test_an_input_that_is_no_split_is_refused(wiring: Wiring, event: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match="RowsSplit: unknown fields"):
        propose_next(event, wiring)


def test_the_board_is_a_document_of_plain_json(wiring: Wiring) -> None:
    proposed = search(wiring, measure_by_number)[-1][1]
    body = json.loads(wiring.lake.read(proposed.board_key).body)
    assert body["rows"][0]["candidate"]["search"] == {}
