"""Histogram gradient boosting splits by sets what has few categories, and by size what has many."""

from typing import Any

import numpy as np
import pytest

from dropcast.recipe import Balance, candidate
from dropcast.training.measure import TOLERANCE, measure_difference
from dropcast.training.pipelines import fit_pipeline, predict_values
from tests.training.pipelines import Floats, compile_case, make_feature, make_recipe, score_rows

BOOSTING = candidate("hist_gradient_boosting", max_iter=4, min_samples_leaf=5)


def make_rows(categories: int, *, missing: bool) -> tuple[Floats, Any]:
    """Return rows of many categories and of three, and a target that only sets of them predict."""
    generator = np.random.default_rng(categories)
    many = np.arange(1_200.0) % categories
    few = generator.integers(0, 3, len(many)).astype(np.float64)
    target = ((many % 2 == 0) ^ (few == 1)).astype(np.int64)
    if missing:
        many[generator.choice(len(many), 40, replace=False)] = np.nan
    return np.column_stack([many, few, generator.normal(size=len(many))]), target


@pytest.mark.parametrize("labels", [("a", "b"), ()], ids=("classes", "number"))
@pytest.mark.parametrize(
    ("categories", "missing", "sets"),
    [
        (254, True, 2),
        (255, False, 2),
        (255, True, 1),
        (256, False, 1),
        (256, True, 1),
        (600, True, 1),
    ],
)
def test_a_column_of_more_categories_than_a_set_holds_is_a_number(
    labels: tuple[str, ...], categories: int, missing: bool, sets: int
) -> None:
    kinds = ("ordinal", "ordinal", "plain")
    recipe = make_recipe(tuple(make_feature(i, kind) for i, kind in enumerate(kinds)), labels)
    values, target = make_rows(categories, missing=missing)
    pipeline = fit_pipeline(recipe, BOOSTING, values, target if labels else target * 1.5, 1)
    assert pipeline.steps[-1][1].is_categorical_.sum() == sets
    program = compile_case(pipeline, recipe, values)
    fresh = values[:50].copy()
    fresh[:9, 0] = [np.nan, -1, categories, 1e9, 255, 256, 254, 0.5, 0]
    assert (
        measure_difference(score_rows(program, fresh), predict_values(pipeline, fresh)) <= TOLERANCE
    )


def test_rows_made_up_between_categories_are_no_reason_to_fail() -> None:
    recipe = make_recipe(
        (make_feature(0, "ordinal"), make_feature(1, "plain")),
        ("a", "b"),
        balance=Balance(oversample="smote"),
    )
    values, target = make_rows(200, missing=False)
    target[np.arange(len(target)) % 3 > 0] = 0
    pipeline = fit_pipeline(recipe, BOOSTING, values[:, [0, 2]], target, 1)
    program = compile_case(pipeline, recipe, values[:, [0, 2]])
    found = score_rows(program, values[:60, [0, 2]])
    expected = predict_values(pipeline, values[:60, [0, 2]])
    assert measure_difference(found, expected) <= TOLERANCE


def test_a_calibrated_model_of_many_categories_is_fitted() -> None:
    recipe = make_recipe(tuple(make_feature(i, "ordinal") for i in range(2)), ("a", "b"))
    values, target = make_rows(300, missing=True)
    tried = candidate("hist_gradient_boosting", max_iter=3, calibration="isotonic")
    pipeline = fit_pipeline(recipe, tried, values[:, :2], target, 1)
    found = score_rows(compile_case(pipeline, recipe, values[:, :2]), values[:60, :2])
    assert measure_difference(found, predict_values(pipeline, values[:60, :2])) <= TOLERANCE
