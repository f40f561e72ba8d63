"""Explanations are those of the reference library, and of XGBoost's own."""

from typing import Any

import numpy as np
import pytest
import xgboost

from dropcast.recipe import Candidate, candidate
from dropcast.scoring.explain import build_explainer
from dropcast.training.pipelines import fit_pipeline
from tests.training.pipelines import Floats, compile_case, make_feature, make_recipe

LABELS: dict[int, tuple[str, ...]] = {0: (), 2: ("a", "b"), 3: ("a", "b", "c")}
FITTED = [
    (candidate("decision_tree", max_depth=5), 0),
    (candidate("decision_tree", max_depth=5), 3),
    (candidate("random_forest", n_estimators=7), 2),
    (candidate("random_forest", n_estimators=7, class_weight="balanced"), 2),
    (candidate("extra_trees", n_estimators=7, max_depth=9), 3),
    (candidate("random_forest", n_estimators=7), 0),
    (candidate("hist_gradient_boosting", max_iter=12, min_samples_leaf=4), 2),
    (candidate("hist_gradient_boosting", max_iter=12, min_samples_leaf=4), 0),
]
LINEAR = [
    (candidate("linear_regression", alpha=0.3), 0),
    (candidate("logistic_regression"), 2),
    (candidate("logistic_regression"), 3),
]
BOOSTED = [
    (candidate("xgboost", n_estimators=9, max_depth=4), 0),
    (candidate("xgboost", n_estimators=9, max_depth=4), 2),
    (candidate("xgboost", n_estimators=9, max_depth=4, subsample=0.7), 3),
]


def import_shap() -> Any:
    return pytest.importorskip("shap", reason="no wheels for Intel Macs on Python 3.11")


def fit(tried: Candidate, classes: int, *, missing: bool) -> tuple[Any, Any, Floats]:
    """Return the fitted pipeline, its program, and its rows, with holes or without."""
    generator = np.random.default_rng(11)
    values = generator.normal(size=(300, 5))
    values[:, 3] = generator.integers(0, 4, 300)
    signal = values[:, 0] * values[:, 1] + values[:, 3] + generator.normal(0, 0.3, 300)
    target: Any = np.searchsorted(np.quantile(signal, [0.4, 0.7][: classes - 1]), signal)
    if missing:
        values[generator.random(values.shape) < 0.15] = np.nan
    recipe = make_recipe(tuple(make_feature(i, "plain") for i in range(5)), LABELS[classes])
    pipeline = fit_pipeline(recipe, tried, values, target if classes else signal, 3)
    return pipeline, compile_case(pipeline, recipe, values), values


def explain(program: Any, values: Floats, output: int) -> tuple[Floats, float]:
    """Return our contributions, (rows, features), and the base."""
    explain_row = build_explainer(program)
    found = [explain_row(row, output) for row in values.tolist()]
    contributions = np.array([list(one.contributions.values()) for one in found])
    assert np.abs(contributions).max() > 0.01
    return contributions, found[0].base


def pick(library: Any, output: int) -> Any:
    """Return one output's part of what the library gives for one or for several."""
    found = np.asarray(library)
    if found.ndim in (0, 2):
        return found
    return found[..., output if found.shape[-1] > 1 else 0]


@pytest.mark.parametrize(("tried", "classes"), FITTED, ids=lambda one: getattr(one, "model", one))
def test_trees_are_explained_as_shap_explains_them(tried: Candidate, classes: int) -> None:
    shap = import_shap()
    missing = tried.model == "hist_gradient_boosting"
    pipeline, program, values = fit(tried, classes, missing=missing)
    explainer = shap.TreeExplainer(
        pipeline.steps[-1][1], feature_perturbation="tree_path_dependent"
    )
    rows = values[:40]
    expected = explainer.shap_values(rows, check_additivity=False)
    for output in range(classes) if classes > 2 else [1 if classes else 0]:
        found, base = explain(program, rows, output)
        np.testing.assert_allclose(found, pick(expected, output), atol=1e-6)
        assert base == pytest.approx(
            float(np.ravel(explainer.expected_value)[output if classes > 2 else -1]), abs=1e-6
        )


@pytest.mark.parametrize(("tried", "classes"), LINEAR, ids=lambda one: getattr(one, "model", one))
def test_linear_models_are_explained_as_shap_explains_them(tried: Candidate, classes: int) -> None:
    shap = import_shap()
    pipeline, program, values = fit(tried, classes, missing=False)
    scaled = pipeline[:-1].transform(values)
    explainer = shap.LinearExplainer(
        pipeline.steps[-1][1], shap.maskers.Independent(scaled, max_samples=len(scaled))
    )
    expected = explainer.shap_values(scaled[:40])
    for output in range(classes) if classes > 2 else [1 if classes else 0]:
        found, _ = explain(program, values[:40], output)
        np.testing.assert_allclose(found, pick(expected, output), atol=1e-9)


@pytest.mark.parametrize(("tried", "classes"), BOOSTED, ids=lambda one: getattr(one, "model", one))
def test_xgboost_is_explained_as_it_explains_itself(tried: Candidate, classes: int) -> None:
    pipeline, program, values = fit(tried, classes, missing=True)
    model, rows = pipeline.steps[-1][1], values[:40]
    reference = model.booster_.predict(xgboost.DMatrix(rows), pred_contribs=True)
    for output in range(classes) if classes > 2 else [1 if classes else 0]:
        found, _ = explain(program, rows, output)
        expected = reference[:, output, :-1] if classes > 2 else reference[:, :-1]
        np.testing.assert_allclose(found, expected, atol=2e-5)
