"""Fitting: the best candidate of the board, the same program every time, no look at test rows."""

from dataclasses import replace

import numpy as np
import pytest

from dropcast.contracts.codec import from_document, to_document
from dropcast.contracts.errors import DocumentError, NoCandidateError, ProgramDisagreesError
from dropcast.recipe import Candidate, candidate
from dropcast.scoring import read_program
from dropcast.training import (
    FeatureRows,
    FitRecord,
    Fitted,
    fit_best,
    name_model,
    plan_split,
    score_with_pipeline,
    select_test,
    take_rows,
)
from dropcast.training import fit as fit_module
from dropcast.training.rows import Mask
from dropcast.training.split import SplitRecord
from tests.training.feature_rows import SONGS, generate_songs

QUICK = (
    candidate("logistic_regression", C=1.0),
    candidate("random_forest", n_estimators=10, max_depth=4),
    candidate("hist_gradient_boosting", max_iter=10, max_leaf_nodes=5),
)
_, ROWS = generate_songs(400, seed=1)
RECORD = plan_split(SONGS.split, ROWS)
TEST = select_test(RECORD, ROWS)
TRAIN = take_rows(ROWS, ~TEST)


def fit(
    rows: FeatureRows = TRAIN,
    *,
    candidates: tuple[Candidate, ...] = QUICK,
    split: SplitRecord = RECORD,
    seed: int = 1,
) -> Fitted:
    recipe = replace(SONGS, candidates=candidates)
    return fit_best(recipe, rows, split=split, seed=seed, dataset_version="a" * 64)


def fit_all_steps(rows: FeatureRows, test: Mask) -> bytes:
    """Go the way of the steps: one side of the split is handed to the fit."""
    return fit(take_rows(rows, ~test)).program


def test_the_best_mean_of_the_board_is_fitted_on_all_training_rows() -> None:
    fitted = fit()
    means = [row.mean for row in fitted.record.board]
    best = fitted.record.board[int(np.argmax([m or 0 for m in means]))]
    assert fitted.record.candidate == best.candidate
    assert best.mean == pytest.approx(np.mean(best.fold_scores))
    assert [len(row.fold_scores) for row in fitted.record.board] == [5, 5, 5]
    assert min(m or 0 for m in means) > 0.65
    assert read_program(fitted.program).model == best.candidate.model


def test_a_record_names_its_model_and_survives_json() -> None:
    fitted = fit(candidates=QUICK[:1])
    record = fitted.record
    assert record.model == name_model("spotify_preference", record.program_sha256)
    assert record.model == f"spotify_preference-{record.program_sha256[:16]}"
    assert record.program_bytes == len(fitted.program)
    assert set(record.packages) == {"python", "numpy", "scipy", "scikit-learn"}
    assert from_document(FitRecord, to_document(record)) == record


@pytest.mark.parametrize("tried", QUICK, ids=lambda tried: tried.model)
def test_the_same_rows_and_seed_give_the_same_bytes(tried: Candidate) -> None:
    shuffled = take_rows(TRAIN, np.random.default_rng(1).permutation(len(TRAIN)))
    first = fit(candidates=(tried,)).program
    assert fit(candidates=(tried,)).program == first
    assert fit(shuffled, candidates=(tried,)).program == first


def test_another_seed_gives_another_forest() -> None:
    assert fit(candidates=QUICK[1:2]).program != fit(candidates=QUICK[1:2], seed=2).program


def test_the_truth_of_the_test_rows_changes_nothing() -> None:
    assert ROWS.target is not None
    flipped = replace(ROWS, target=np.where(TEST, 1 - ROWS.target, ROWS.target))
    assert fit_all_steps(flipped, TEST) == fit_all_steps(ROWS, TEST)
    keep_side = ~select_test(RECORD, replace(ROWS, target=1 - ROWS.target)) & ~TEST
    trained = replace(ROWS, target=np.where(keep_side, 1 - ROWS.target, ROWS.target))
    assert fit_all_steps(trained, TEST) != fit_all_steps(ROWS, TEST)


def test_the_features_of_the_test_rows_change_nothing() -> None:
    """A scaler that learned from all rows would give another program."""
    moved = replace(ROWS, values=np.where(TEST[:, np.newaxis], 1e3 * ROWS.values, ROWS.values))
    logistic = read_program(fit(take_rows(moved, ~TEST), candidates=QUICK[:1]).program)
    assert logistic == read_program(fit(candidates=QUICK[:1]).program)
    assert list(logistic.arrays["scale_mean"]) == pytest.approx(TRAIN.values.mean(axis=0))


def test_test_rows_among_the_training_rows_are_refused() -> None:
    with pytest.raises(DocumentError, match="test rows"):
        fit(ROWS)


def test_a_candidate_that_fails_is_a_row_of_the_board() -> None:
    broken = candidate("random_forest", n_estimators=-1)
    record = fit(candidates=(broken, QUICK[0])).record
    assert record.candidate == QUICK[0]
    assert record.board[0].error is not None
    assert "n_estimators" in record.board[0].error
    assert (record.board[0].mean, record.board[0].fold_scores) == (None, ())


def test_all_candidates_failing_is_an_error_that_tells_each_reason() -> None:
    broken = (candidate("random_forest", n_estimators=-1), candidate("logistic_regression", C=-1.0))
    with pytest.raises(NoCandidateError, match=r"n_estimators.*logistic_regression"):
        fit(candidates=broken)


def test_a_fold_of_one_class_is_told_on_the_board() -> None:
    rows = replace(TRAIN, target=(np.arange(len(TRAIN)) < 3).astype(np.int64))
    split = replace(RECORD, cuts=("0" * 16, "0" * 16))
    with pytest.raises(NoCandidateError, match="one class"):
        fit(rows, candidates=QUICK[:1], split=split)


def test_equal_means_are_won_by_the_first_candidate() -> None:
    twin = candidate("logistic_regression", C=1.0, class_weight=None)
    assert fit(candidates=(twin, QUICK[0])).record.candidate == twin


def test_a_pipelines_scores_are_its_own() -> None:
    fitted = fit(candidates=QUICK[1:2])
    values = ROWS.values[TEST]
    scores = score_with_pipeline(fitted.pipeline, values)
    assert list(scores.probabilities) == fitted.pipeline.predict_proba(values)[:, 1].tolist()
    assert list(scores.labels) == fitted.pipeline.predict(values).tolist()


def test_a_program_that_is_not_its_pipeline_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "TOLERANCE", -1.0)
    with pytest.raises(ProgramDisagreesError, match="away from its pipeline"):
        fit(candidates=QUICK[:1])
