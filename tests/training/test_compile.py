"""A program answers as the pipeline it was compiled from, to the last bits."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.pipeline import Pipeline

from dropcast.contracts.errors import ProgramError
from dropcast.recipe import Candidate, candidate
from dropcast.recipe.training import MODELS
from dropcast.scoring import build_scorer, build_value_scorer, read_program, write_program
from dropcast.training import compile_program
from dropcast.training.candidates import answer_rows, fit_pipeline
from tests.training.feature_rows import SONGS, generate_songs

REQUESTS, ROWS = generate_songs(600, seed=1)
assert ROWS.target is not None
TARGET = ROWS.target
TRIED = [
    candidate("logistic_regression", C=0.1),
    candidate("logistic_regression", C=1.0, class_weight="balanced"),
    candidate("random_forest", n_estimators=30),
    candidate("random_forest", n_estimators=7, max_depth=1, class_weight="balanced"),
    candidate("random_forest", n_estimators=25, min_samples_leaf=5, max_features=None),
    candidate("hist_gradient_boosting", max_iter=40, learning_rate=0.1),
    candidate("hist_gradient_boosting", max_iter=3, max_leaf_nodes=2, l2_regularization=1.0),
    # No leaf can be made: every tree is its root alone.
    candidate("hist_gradient_boosting", max_iter=3, min_samples_leaf=400),
]


def fit(tried: Candidate, values: NDArray[np.float64] = ROWS.values) -> Pipeline:
    return fit_pipeline(tried, values, TARGET, 3)


def score_with_program(pipeline: Pipeline, values: NDArray[np.float64]) -> NDArray[np.float64]:
    program = compile_program(pipeline, SONGS, dataset_version="a" * 64)
    score = build_value_scorer(read_program(write_program(program)))
    return np.array([score(row) for row in values.tolist()])


def describe(tried: Candidate) -> str:
    return f"{tried.model} {tried.parameters}"


def test_every_model_of_the_vocabulary_is_tried_here() -> None:
    assert {tried.model for tried in TRIED} == set(MODELS)


@pytest.mark.parametrize("tried", TRIED, ids=describe)
def test_a_program_is_its_pipeline(tried: Candidate) -> None:
    pipeline = fit(tried)
    _, fresh = generate_songs(300, seed=2)
    expected = answer_rows(pipeline, fresh.values)
    found = score_with_program(pipeline, fresh.values)
    assert np.abs(found - expected).max() <= 1e-14
    assert (found.argmax(axis=1) == pipeline.predict(fresh.values)).all()


@pytest.mark.parametrize("tried", TRIED[2:7], ids=describe)
def test_values_at_the_thresholds_go_the_same_way(tried: Candidate) -> None:
    pipeline = fit(tried)
    program = compile_program(pipeline, SONGS, dataset_version="a" * 64)
    values = ROWS.values[:200].copy()
    pairs = zip(program.arrays["split_feature"], program.arrays["threshold"], strict=True)
    for row, (feature, threshold) in zip(values, pairs, strict=False):
        steps = np.random.default_rng(int(feature)).integers(-1, 2)
        row[feature] = np.nextafter(threshold, np.inf * steps) if steps else threshold
    expected = answer_rows(pipeline, values)
    assert np.abs(score_with_program(pipeline, values) - expected).max() <= 1e-14


@pytest.mark.parametrize("tried", [TRIED[2], TRIED[5]], ids=describe)
@pytest.mark.parametrize("seen", [False, True], ids=["unseen in training", "seen in training"])
def test_missing_values_go_the_same_way(tried: Candidate, seen: bool) -> None:
    holes = np.random.default_rng(4).random(ROWS.values.shape) < 0.1
    with_holes = np.where(holes, np.nan, ROWS.values)
    pipeline = fit(tried, with_holes if seen else ROWS.values)
    expected = answer_rows(pipeline, with_holes[:200])
    found = score_with_program(pipeline, with_holes[:200])
    assert np.abs(found - expected).max() <= 1e-14


@pytest.mark.parametrize("tried", [TRIED[0], TRIED[2], TRIED[5]], ids=describe)
def test_one_request_is_answered_as_its_feature_row(tried: Candidate) -> None:
    pipeline = fit(tried)
    score = build_scorer(compile_program(pipeline, SONGS, dataset_version="a" * 64))
    expected = answer_rows(pipeline, ROWS.values[:50])
    found = np.array([score(row) for row in REQUESTS[:50]])
    assert np.abs(found - expected).max() <= 1e-14


def test_scikit_learn_still_keeps_boosted_trees_where_the_compiler_reads_them() -> None:
    """If this fails, scikit-learn moved its private parts: mend training/compile.py."""
    fields = {"value", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right"}
    assert fields | {"is_leaf", "is_categorical"} <= set(PREDICTOR_RECORD_DTYPE.names)
    model = fit(candidate("hist_gradient_boosting", max_iter=2)).steps[-1][1]
    baseline, predictors = (getattr(model, n) for n in ("_baseline_prediction", "_predictors"))
    assert baseline.shape == (1, 1)
    assert [len(of_iteration) for of_iteration in predictors] == [1, 1]
    assert predictors[0][0].nodes.dtype == PREDICTOR_RECORD_DTYPE


def test_a_tree_that_splits_by_categories_is_refused() -> None:
    values = ROWS.values.copy()
    values[:, 5] = np.random.default_rng(1).permutation(12)[values[:, 5].astype(int) % 12]
    model = HistGradientBoostingClassifier(
        categorical_features=[5], max_iter=20, early_stopping=False
    )
    target = (values[:, 5] % 3 == 0).astype(np.int64)
    pipeline = Pipeline([("hist_gradient_boosting", model)]).fit(values, target)
    with pytest.raises(ProgramError, match="categories"):
        compile_program(pipeline, SONGS, dataset_version="a" * 64)


def test_a_pipeline_of_other_classes_is_refused() -> None:
    pipeline = fit_pipeline(candidate("random_forest", n_estimators=2), ROWS.values, TARGET + 1, 1)
    with pytest.raises(ProgramError, match="the classes 0 and 1"):
        compile_program(pipeline, SONGS, dataset_version="a" * 64)
