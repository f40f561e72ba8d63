"""Propose trials as the state machine calls it, on a bucket: rounds, repeats and refusals."""

import json
from typing import Any

import pytest

from dropcast.contracts.documents import encode_document, read_document, write_document
from dropcast.contracts.errors import DocumentError, InvalidRunError, StaleRunError
from dropcast.contracts.messages import TrialsProposed
from dropcast.contracts.serialization.codec import to_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.search.leaderboard import Leaderboard, LeaderboardRow, Trial
from tests.functions.steps import propose_round
from tests.search.leaderboards import make_recipe, measure_trial
from tests.search.runs import make_split, search, try_round


def measure_by_number(trial: Trial) -> float:
    return 0.7 + trial.number / 1000


def read_leaderboard(dependencies: Dependencies, proposed: TrialsProposed) -> Leaderboard:
    return read_document(dependencies.lake, Leaderboard, proposed.leaderboard_key)


def test_a_search_begins_with_an_empty_board_and_what_the_recipe_writes(
    dependencies: Dependencies,
) -> None:
    (recipe,) = dependencies.recipes.values()
    split = make_split(dependencies)
    proposed = propose_round(to_document(split), dependencies)
    assert (proposed.round, proposed.ended, proposed.split) == (0, False, split)
    assert read_leaderboard(dependencies, proposed) == Leaderboard(metric="roc_auc", rows=())
    trials = [
        read_document(dependencies.lake, Trial, listed.trial_key) for listed in proposed.trials
    ]
    assert [t.number for t in trials] == [listed.number for listed in proposed.trials] == [0, 1, 2]
    assert [t.candidate.model for t in trials] == [c.model for c in recipe.candidates]


def test_a_search_ends_with_every_trial_on_the_board_in_order(dependencies: Dependencies) -> None:
    steps = [proposed for _, proposed in search(dependencies, measure_by_number)]
    assert [len(proposed.trials) for proposed in steps] == [3, 4, 4, 0]
    assert [proposed.round for proposed in steps] == [0, 1, 2, 3]
    assert [proposed.ended for proposed in steps] == [False, False, False, True]
    leaderboard = read_leaderboard(dependencies, steps[-1])
    assert [row.number for row in leaderboard.rows] == list(range(11))
    assert [row.mean for row in leaderboard.rows] == [0.7 + i / 1000 for i in range(11)]


def test_a_trial_that_was_stopped_is_a_row_with_its_error(dependencies: Dependencies) -> None:
    def measure(trial: Trial) -> float | None:
        return None if trial.number in (1, 4) else 0.7

    leaderboard = read_leaderboard(dependencies, search(dependencies, measure)[-1][1])
    assert len(leaderboard.rows) == 11
    failed = [row for row in leaderboard.rows if row.mean is None]
    assert [(row.number, row.error) for row in failed] == [
        (1, "Sandbox.Timedout"),
        (4, "Sandbox.Timedout"),
    ]
    assert failed[0].candidate.model == "random_forest"


def test_the_row_of_an_earlier_execution_does_not_stand_for_a_trial_that_was_stopped(
    dependencies: Dependencies,
) -> None:
    first = propose_round(to_document(make_split(dependencies)), dependencies)
    listed = first.trials[2]
    old = measure_trial(read_document(dependencies.lake, Trial, listed.trial_key), 0.99)
    write_document(dependencies.lake, listed.row_key, old)
    event = try_round(first, dependencies, lambda trial: None if trial.number == 2 else 0.7)
    row = read_leaderboard(dependencies, propose_round(event, dependencies)).rows[2]
    assert (row.mean, row.error) == (None, "Sandbox.Timedout")


def test_a_row_that_tells_of_a_failed_fit_is_taken_as_it_is(dependencies: Dependencies) -> None:
    first = propose_round(to_document(make_split(dependencies)), dependencies)
    event = try_round(first, dependencies, lambda _: 0.7)
    listed = first.trials[0]
    row = read_document(dependencies.lake, LeaderboardRow, listed.row_key)
    failed = LeaderboardRow(
        **{**vars(row), "mean": None, "std": None, "fold_scores": (), "error": "ValueError: no"}
    )
    write_document(dependencies.lake, listed.row_key, failed)
    assert read_leaderboard(dependencies, propose_round(event, dependencies)).rows[0] == failed


def test_a_search_in_which_all_were_stopped_ends_with_their_errors(
    dependencies: Dependencies,
) -> None:
    steps = search(dependencies, lambda _: None)
    assert len(steps) == 2
    leaderboard = read_leaderboard(dependencies, steps[-1][1])
    assert [row.error for row in leaderboard.rows] == ["Sandbox.Timedout"] * 3


def test_any_step_run_again_at_any_time_says_and_writes_the_same(
    dependencies: Dependencies,
) -> None:
    steps = search(dependencies, measure_by_number)

    def read_all() -> dict[str, bytes]:
        keys = [proposed.leaderboard_key for _, proposed in steps]
        keys += [listed.trial_key for _, proposed in steps for listed in proposed.trials]
        return {key: dependencies.lake.read(key).body for key in keys}

    before = read_all()
    for event, proposed in reversed(steps):
        assert propose_round(event, dependencies) == proposed
        assert read_all() == before


def test_messages_stay_small_however_many_trials_there_are(dependencies: Dependencies) -> None:
    (name,) = dependencies.recipes
    big = make_recipe(trials=40)
    dependencies.recipes = {name: big}
    steps = search(dependencies, measure_by_number)
    assert [len(proposed.trials) for _, proposed in steps] == [3, 40, 40, 0]
    assert max(len(encode_document(event)) for event, _ in steps) < 32 * 1024


def test_a_recipe_deployed_anew_during_the_search_ends_the_run(dependencies: Dependencies) -> None:
    first = propose_round(to_document(make_split(dependencies)), dependencies)
    event = try_round(first, dependencies, measure_by_number)
    (name,) = dependencies.recipes
    dependencies.recipes = {name: make_recipe(rounds=4)}
    with pytest.raises(StaleRunError, match="start it again with"):
        propose_round(event, dependencies)


@pytest.mark.parametrize(
    ("outcomes", "error", "sentence"),
    [
        ([], InvalidRunError, r"trials \[0, 1, 2\] were proposed, \[\] ended; start the run"),
        ([{"number": 7, "error": None}], InvalidRunError, r"\[7\] ended"),
        ([{"number": 0}], DocumentError, "missing fields"),
        (None, DocumentError, "expected an array"),
    ],
)
def test_outcomes_of_other_trials_than_were_asked_for_are_refused(
    dependencies: Dependencies, outcomes: Any, error: type[Exception], sentence: str
) -> None:
    first = propose_round(to_document(make_split(dependencies)), dependencies)
    with pytest.raises(error, match=sentence):
        propose_round({**to_document(first), "outcomes": outcomes}, dependencies)


@pytest.mark.parametrize("event", [{}, {"dataset": "spotify_preference"}])
def test_an_input_that_is_no_split_is_refused(
    dependencies: Dependencies, event: dict[str, Any]
) -> None:
    with pytest.raises(DocumentError, match="RowsSplit: unknown fields"):
        propose_round(event, dependencies)


def test_the_board_is_a_document_of_plain_json(dependencies: Dependencies) -> None:
    proposed = search(dependencies, measure_by_number)[-1][1]
    body = json.loads(dependencies.lake.read(proposed.leaderboard_key).body)
    assert body["rows"][0]["candidate"]["search"] == {}
