"""The leaderboard: the best of its rows, and what a failed trial leaves."""

import pytest

from dropcast.contracts.documents import decode_document, encode_document
from dropcast.recipe.training import Metric
from dropcast.search.leaderboard import Leaderboard, Trial, fail_trial, find_best
from tests.search.leaderboards import PLAIN, extend_leaderboard


def make_leaderboard(metric: Metric, means: list[float | None]) -> Leaderboard:
    trials = [Trial(number=i, entry=0, candidate=PLAIN) for i in range(len(means))]
    empty = Leaderboard(metric=metric, rows=())
    return extend_leaderboard(empty, trials, lambda trial: means[trial.number])


@pytest.mark.parametrize(
    ("metric", "means", "best"),
    [
        ("roc_auc", [0.6, None, 0.8, 0.7], 2),
        ("rmse", [0.6, None, 0.8, 0.7], 0),
        ("roc_auc", [0.8, 0.8], 0),
        ("mae", [0.8, 0.8], 0),
    ],
)
def test_the_best_row_is_the_first_with_the_best_mean(
    metric: Metric, means: list[float | None], best: int
) -> None:
    found = find_best(make_leaderboard(metric, means))
    assert found is not None
    assert found.number == best


@pytest.mark.parametrize("means", [[], [None, None]])
def test_a_board_without_a_fitted_row_has_no_best(means: list[float | None]) -> None:
    assert find_best(make_leaderboard("roc_auc", means)) is None


def test_a_failed_trial_keeps_its_number_candidate_and_error() -> None:
    trial = Trial(number=3, entry=1, candidate=PLAIN)
    row = fail_trial(trial, "Sandbox.Timedout")
    assert (row.number, row.entry, row.candidate) == (3, 1, PLAIN)
    assert (row.fold_scores, row.mean, row.std, row.error) == ((), None, None, "Sandbox.Timedout")


def test_a_board_comes_back_from_its_document() -> None:
    leaderboard = make_leaderboard("roc_auc", [0.5, None])
    assert decode_document(Leaderboard, encode_document(leaderboard), "leaderboard") == leaderboard
