"""Whatever a recipe asks for, the program predicts as the pipeline that it was compiled from."""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from dropcast.contracts.errors import InvalidRequestError
from dropcast.recipe import Balance, Candidate, candidate
from dropcast.scoring import build_scorer, build_value_scorer, write_program
from dropcast.scoring.batch import build_batch_scorer
from dropcast.scoring.explain import build_explainer
from dropcast.training.measure import TOLERANCE, measure_difference
from dropcast.training.pipelines import fit_pipeline, predict_values, program_size
from dropcast.training.pipelines.balance import balance_rows
from tests.training.pipelines import (
    Case,
    Floats,
    cases,
    compile_case,
    make_feature,
    make_recipe,
    score_rows,
)

TREES = [
    (candidate("decision_tree", max_depth=5), ("a", "b")),
    (candidate("random_forest", n_estimators=9), ("a", "b", "c")),
    (candidate("extra_trees", n_estimators=9), ()),
    (candidate("hist_gradient_boosting", max_iter=9, min_samples_leaf=4), ("a", "b")),
    (candidate("hist_gradient_boosting", max_iter=9, min_samples_leaf=4), ()),
    (candidate("xgboost", n_estimators=9, max_depth=4), ("a", "b")),
    (candidate("xgboost", n_estimators=5, max_depth=4), ("a", "b", "c")),
    (candidate("xgboost", n_estimators=9, max_depth=4), ()),
]
MODELS = ("linear", "forest", "boosted", "boosted32", "constant")


def fit_case(case: Case) -> Any:
    try:
        return fit_pipeline(case.recipe, case.candidate, case.values, case.target, case.seed)
    except ConvergenceWarning:  # a trial that fails, as it should: there is nothing to compare
        reject()


def describe(value: object) -> str:
    return value.model if isinstance(value, Candidate) else str(value)


def generate(labels: tuple[str, ...], rows: int = 200) -> tuple[Floats, NDArray[Any]]:
    """Return rows of three numbers, and a target that the first two predict in part."""
    generator = np.random.default_rng(5)
    values = generator.normal(size=(rows, 3)) * [1.0, 1e-3, 1e5]
    signal = values[:, 0] + 1e3 * values[:, 1] + generator.normal(size=rows)
    if not labels:
        return values, signal
    edges = np.quantile(signal, np.arange(1, len(labels)) / len(labels))
    return values, np.searchsorted(edges, signal).astype(np.int64)


@settings(max_examples=100)
@given(case=cases())
def test_a_program_is_its_pipeline(case: Case) -> None:
    pipeline = fit_case(case)
    expected = predict_values(pipeline, case.fresh)
    program = compile_case(pipeline, case.recipe, case.values)
    found = score_rows(program, case.fresh)
    in_a_block = build_batch_scorer(program)(case.fresh)
    assert in_a_block.tolist() == found.tolist()
    assert measure_difference(found, expected) <= TOLERANCE
    if case.recipe.target.labels:
        assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
        assert np.abs(found.sum(axis=1) - 1).max() <= TOLERANCE


@settings(max_examples=20)
@given(case=cases())
def test_a_second_fit_is_the_same_program(case: Case) -> None:
    first, second = (
        compile_case(
            fit_case(case),
            case.recipe,
            case.values,
        )
        for _ in range(2)
    )
    assert write_program(first) == write_program(second)


@pytest.mark.parametrize(("tried", "labels"), TREES, ids=describe)
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_values_at_the_thresholds_go_the_same_way(
    tried: Candidate, labels: tuple[str, ...], seed: int
) -> None:
    """At a threshold, and the least step of float32 and of float64 to either side of it."""
    recipe = make_recipe(tuple(make_feature(i, "plain") for i in range(3)), labels)
    values, target = generate(labels)
    pipeline = fit_pipeline(recipe, tried, values, target, 3)
    program = compile_case(pipeline, recipe, values)
    generator = np.random.default_rng(seed)
    at = np.array(program.arrays["0.threshold"])
    rows = values[generator.integers(0, len(values), 150)]
    for row in rows:
        node = generator.integers(0, len(at))
        kind: Any = [np.float32, np.float64][generator.integers(0, 2)]
        toward = generator.choice([-np.inf, 0.0, np.inf])
        near = np.nextafter(kind(at[node]), kind(toward)) if toward else at[node]
        row[program.arrays["0.split_feature"][node]] = near
    difference = measure_difference(score_rows(program, rows), predict_values(pipeline, rows))
    assert difference <= TOLERANCE


@pytest.mark.parametrize(
    ("tried", "labels", "sentence"),
    [
        (candidate("svc", kernel="sigmoid", calibration="sigmoid"), ("a", "b"), "kernel must be"),
        (candidate("svc", degree=12, calibration="sigmoid"), ("a", "b"), "degree must be one of"),
        (candidate("hist_gradient_boosting", loss="poisson"), (), "loss must be one of"),
        (candidate("xgboost", objective="reg:gamma"), (), "objective of a number is one of"),
        (candidate("xgboost", objective="binary:hinge"), ("a", "b"), "of two classes is one of"),
        (candidate("xgboost", objective="multi:softmax"), ("a", "b", "c"), "of several classes"),
        (candidate("xgboost", n_estimators=0), (), "n_estimators must be 1 or more"),
    ],
    ids=describe,
)
def test_what_no_program_can_repeat_is_refused_before_it_is_fitted(
    tried: Candidate, labels: tuple[str, ...], sentence: str
) -> None:
    recipe = make_recipe(tuple(make_feature(i, "plain") for i in range(3)), labels)
    values, target = generate(labels)
    with pytest.raises(ValueError, match=sentence):
        fit_pipeline(recipe, tried, values, target, 1)


@pytest.mark.parametrize(
    "tried",
    [
        candidate("decision_tree"),
        candidate("random_forest", n_estimators=3),
        candidate("extra_trees", n_estimators=3, calibration="isotonic"),
    ],
    ids=describe,
)
def test_a_forest_that_no_program_holds_is_refused(
    tried: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(tuple(make_feature(i, "plain") for i in range(3)), ("a", "b"))
    values, target = generate(("a", "b"))
    pipeline = fit_pipeline(recipe, tried, values, target, 1)
    trees = compile_case(pipeline, recipe, values).arrays
    size = sum(
        len(found) * found.itemsize
        for name, found in trees.items()
        if name.startswith("0.") and name not in ("0.roots", "0.width")
    )
    monkeypatch.setattr(program_size, "MAX_PROGRAM_BYTES", size)
    fit_pipeline(recipe, tried, values, target, 1)
    with pytest.raises(ValueError, match="raise min_samples_leaf"):
        fit_pipeline(recipe, tried, values, target, 1, size_share=0.99)
    monkeypatch.setattr(program_size, "MAX_PROGRAM_BYTES", size - 1)
    with pytest.raises(ValueError, match="raise min_samples_leaf"):
        fit_pipeline(recipe, tried, values, target, 1)


@pytest.mark.parametrize("balance", [Balance(oversample="smote"), Balance(undersample_to=1.0)])
@pytest.mark.parametrize(
    "tried",
    [candidate("logistic_regression"), candidate("random_forest", min_samples_leaf=20)],
    ids=describe,
)
def test_calibrated_probabilities_are_of_classes_as_common_as_they_are(
    balance: Balance, tried: Candidate
) -> None:
    values, signal = generate((), rows=3000)
    target = (signal > np.quantile(signal, 0.9)).astype(np.int64)
    features = tuple(make_feature(i, "plain") for i in range(3))
    recipe = make_recipe(features, ("a", "b"), balance=balance)
    plain, calibrated = (
        predict_values(fit_pipeline(recipe, c, values[:1500], target[:1500], 1), values[1500:])
        for c in (tried, dataclasses.replace(tried, calibration="sigmoid"))
    )
    assert plain[:, 1].mean() > 0.18
    assert calibrated[:, 1].mean() == pytest.approx(0.1, abs=0.02)


def test_a_class_with_fewer_rows_than_folds_is_encoded_without_a_warning() -> None:
    recipe = make_recipe((make_feature(0, "target_mean"), make_feature(1, "plain")), ("a", "b"))
    values = np.column_stack([np.arange(60) % 7, np.arange(60.0)])
    target = (np.arange(60) == 30).astype(np.int64)
    pipeline = fit_pipeline(recipe, candidate("random_forest", n_estimators=3), values, target, 1)
    found = score_rows(compile_case(pipeline, recipe, values), values)
    assert np.abs(found - predict_values(pipeline, values)).max() <= TOLERANCE


@pytest.mark.parametrize(
    ("tried", "labels"),
    [
        (candidate("linear_regression"), ()),
        (candidate("logistic_regression"), ("a", "b")),
        (candidate("logistic_regression", calibration="isotonic"), ("a", "b")),
        (candidate("logistic_regression"), ("a", "b", "c")),
        (candidate("svc", kernel="poly", calibration="isotonic"), ("a", "b")),
    ],
    ids=describe,
)
def test_an_answer_that_is_no_finite_number_is_refused(
    tried: Candidate, labels: tuple[str, ...]
) -> None:
    """Far values, scaled up, are infinite, and their weighted sum is then no number."""
    recipe = make_recipe(tuple(make_feature(i, "plain") for i in range(3)), labels)
    values, target = generate(labels)
    pipeline = fit_pipeline(recipe, tried, values * 1e-3, target, 1)
    score = build_scorer(compile_case(pipeline, recipe, values))
    assert len(score([{"p0": 0.0, "p1": 0.0, "p2": 0.0}])) == max(1, len(labels))
    refused = []
    for a, b in itertools.product((-1.7e308, 1.7e308), repeat=2):
        try:
            score([{"p0": a, "p1": b, "p2": 0.0}])
        except InvalidRequestError as error:
            refused.append(str(error.problems[0]["problem"]))
    assert set(refused) == {"the values are too far off: the prediction is no finite number"}


@settings(max_examples=200)
@given(
    rare=st.integers(2, 40),
    common=st.integers(2, 40),
    balance=st.builds(
        Balance,
        oversample=st.sampled_from([None, "smote", "random"]),
        oversample_to=st.floats(0.05, 1.0),
        undersample_to=st.none() | st.floats(0.05, 1.0),
    ),
)
def test_balancing_reaches_its_shares_and_keeps_rows_of_both_classes(
    rare: int, common: int, balance: Balance
) -> None:
    target = np.repeat([1, 0], [rare, common])
    values = np.random.default_rng(1).normal(size=(len(target), 2))
    balanced, classes = balance_rows(values, target, balance=balance, seed=1)
    assert len(balanced) == len(classes)
    before, after = sorted((rare, common)), sorted(np.bincount(classes).tolist())
    grown = int(balance.oversample_to * before[1]) if balance.oversample else 0
    assert after[0] == max(before[0], grown)
    most = before[1]
    if balance.undersample_to is not None:
        most = min(most, int(after[0] / balance.undersample_to))
    assert after[1] == most


@settings(max_examples=40)
@given(case=cases())
def test_an_explanation_adds_up_to_the_models_own_score(case: Case) -> None:
    if case.candidate.model == "svc":
        return
    pipeline = fit_case(case)
    program = compile_case(pipeline, case.recipe, case.values)
    explain, score = build_explainer(program), build_value_scorer(program)
    # The scores themselves: what the chain gives without its link and its calibration.
    kinds = [step.kind for step in program.steps]
    model = max(kinds.index(kind) for kind in MODELS if kind in kinds)
    score_alone = build_value_scorer(dataclasses.replace(program, steps=program.steps[: model + 1]))
    classes = len(program.labels)
    calibrated = case.candidate.calibration is not None
    for row in case.fresh[:20].tolist():
        predictions, scores = score(row), score_alone(row)
        predicted = max(range(len(predictions)), key=predictions.__getitem__)
        spoken_of = 1 if classes == 2 else predicted
        expected = scores[spoken_of if len(scores) > 1 else 0]
        if not math.isfinite(expected):
            continue
        found = explain(row, predicted)
        assert set(found.contributions) == {feature.name for feature in program.features}
        assert found.of.endswith(", before calibration") == calibrated
        assert f"'class {spoken_of}'" in found.of or not classes
        # Far values' contributions are far larger than what is left of them.
        largest = max(map(abs, (1.0, found.base, *found.contributions.values())))
        assert found.score == pytest.approx(expected, rel=1e-5, abs=1e-6 * largest)


def test_a_feature_may_have_any_name() -> None:
    features = (make_feature(0, "median"), make_feature(1, "one_hot"))
    named = tuple(
        dataclasses.replace(f, name=name) for f, name in zip(features, ("a__b", "c"), strict=True)
    )
    values, target = generate(("a", "b"))
    recipe = make_recipe(named, ("a", "b"))
    pipeline = fit_pipeline(recipe, candidate("decision_tree"), values[:, :2], target, 1)
    found = score_rows(compile_case(pipeline, recipe, values[:, :2]), values[:, :2])
    assert found.tolist() == predict_values(pipeline, values[:, :2]).tolist()
