"""One candidate in cross-validation, and the best one fitted."""

import numpy as np
import pytest

from dropcast.contracts.errors import DocumentError, NoCandidateError
from dropcast.recipe import candidate
from dropcast.search.leaderboard import Leaderboard, Trial
from dropcast.training.fit import run_trial
from dropcast.training.rows import take_rows
from dropcast.training.split import plan_split, select_train
from tests.training.feature_rows import SONGS, generate_songs
from tests.training.judged import QUICK, fit_leaderboard, make_leaderboard
from tests.universal.samples import split_sample


def test_a_trial_that_cannot_be_fitted_is_a_row_with_its_reason() -> None:
    _, train, _ = split_sample(SONGS)
    bad = Trial(number=3, entry=1, candidate=candidate("random_forest", n_estimators=-1))
    row = run_trial(SONGS, train, bad, seed=1)
    assert (row.number, row.entry, row.mean, row.fold_scores) == (3, 1, None, ())
    assert row.error is not None
    assert "n_estimators" in row.error


def test_a_trial_is_measured_on_five_folds_and_again_the_same() -> None:
    _, train, _ = split_sample(SONGS)
    trial = Trial(number=0, entry=0, candidate=QUICK)
    row = run_trial(SONGS, train, trial, seed=1)
    assert len(row.fold_scores) == 5
    assert row.mean == pytest.approx(np.mean(row.fold_scores))
    assert run_trial(SONGS, train, trial, seed=1) == row


def test_rows_that_are_no_training_rows_are_not_fitted_on() -> None:
    record, _, test = split_sample(SONGS)
    with pytest.raises(DocumentError, match="no training rows"):
        fit_leaderboard(SONGS, test, make_leaderboard(QUICK), record)


def test_a_board_of_failures_names_each() -> None:
    record, train, _ = split_sample(SONGS)
    failures = Leaderboard(metric="roc_auc", rows=make_leaderboard(QUICK).rows[1:])
    with pytest.raises(NoCandidateError, match="logistic_regression: ValueError: no"):
        fit_leaderboard(SONGS, train, failures, record)


def test_generated_songs_are_told_apart() -> None:
    _, rows = generate_songs(400)
    record = plan_split(SONGS, rows)
    row = run_trial(
        SONGS,
        take_rows(rows, select_train(record, rows)),
        Trial(number=0, entry=0, candidate=QUICK),
        seed=1,
    )
    assert row.mean is not None
    assert row.mean > 0.6
