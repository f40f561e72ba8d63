"""Every metric against scikit-learn's, weighted and plain, ties and missing classes included."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from dropcast.contracts.errors import DocumentError, RecipeError
from dropcast.recipe.training import SMALLER_IS_BETTER
from dropcast.training.measure import (
    METRICS,
    ScoredRows,
    count_confusion,
    describe_classes,
    list_metrics,
    measure,
)
from tests.training.scored import make_scored, take_scored

Expected = Callable[[ScoredRows, Any], float]

# A share that ties often, or any.
SHARES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]) | st.floats(0, 1)
# Rounded: the square of a tiny value is no number any more, in scikit-learn's hands neither.
VALUES = st.integers(-3, 3).map(float) | st.floats(-1e3, 1e3).map(lambda v: round(v, 6))


def average_against_others(score: Callable[..., float], rows: ScoredRows, weights: Any) -> float:
    columns = [1] if rows.task == "binary" else range(rows.predictions.shape[1])
    return float(
        np.mean(
            [score(rows.truth == c, rows.predictions[:, c], sample_weight=weights) for c in columns]
        )
    )


def expect_f1(rows: ScoredRows, weights: Any, average: str) -> float:
    labels = list(range(rows.predictions.shape[1]))
    return float(
        reference.f1_score(
            rows.truth,
            rows.label,
            labels=None if average == "binary" else labels,
            average=average,
            sample_weight=weights,
            zero_division=np.nan,
        )
    )


def expect_brier(rows: ScoredRows, weights: Any) -> float:
    labels = list(range(rows.predictions.shape[1]))
    return float(
        reference.brier_score_loss(
            rows.truth, rows.predictions, labels=labels, sample_weight=weights
        )
    )


def expect_log_loss(rows: ScoredRows, weights: Any) -> float:
    labels = list(range(rows.predictions.shape[1]))
    return float(
        reference.log_loss(rows.truth, rows.predictions, labels=labels, sample_weight=weights)
    )


EXPECTED: dict[str, Expected] = {
    "accuracy": lambda r, w: reference.accuracy_score(r.truth, r.label, sample_weight=w),
    "roc_auc": lambda r, w: average_against_others(reference.roc_auc_score, r, w),
    "average_precision": lambda r, w: average_against_others(
        reference.average_precision_score, r, w
    ),
    "f1": lambda r, w: expect_f1(r, w, "binary"),
    "macro_f1": lambda r, w: expect_f1(r, w, "macro"),
    "mcc": lambda r, w: reference.matthews_corrcoef(r.truth, r.label, sample_weight=w),
    "brier": expect_brier,
    "log_loss": expect_log_loss,
    "mae": lambda r, w: reference.mean_absolute_error(
        r.target, r.predictions[:, 0], sample_weight=w
    ),
    "rmse": lambda r, w: reference.root_mean_squared_error(
        r.target, r.predictions[:, 0], sample_weight=w
    ),
    "r2": lambda r, w: reference.r2_score(r.target, r.predictions[:, 0], sample_weight=w),
    "mase": lambda r, w: (
        reference.mean_absolute_error(r.target, r.predictions[:, 0], sample_weight=w) / 2.5
    ),
}


@st.composite
def draw_classified(draw: st.DrawFn, *, classes: int) -> ScoredRows:
    line = st.lists(SHARES, min_size=classes, max_size=classes)
    drawn = draw(st.lists(st.tuples(st.integers(0, classes - 1), line), min_size=1, max_size=25))
    raw = np.array([shares for _, shares in drawn]) + 1e-3
    predictions = raw / raw.sum(axis=1, keepdims=True)
    return make_scored(np.array([target for target, _ in drawn]), predictions)


@st.composite
def draw_valued(draw: st.DrawFn) -> ScoredRows:
    drawn = draw(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=25))
    values = np.array(drawn)
    return make_scored(values[:, 0], values[:, 1:], naive_error=2.5)


ROWS = {
    "binary": draw_classified(classes=2),
    "multiclass": st.integers(3, 5).flatmap(lambda k: draw_classified(classes=k)),
    "regression": draw_valued(),
}
CASES = [(task, metric) for task in ROWS for metric in EXPECTED if task in METRICS[metric].tasks]


def is_undefined(metric: str, rows: ScoredRows) -> bool:
    """Say where scikit-learn warns and puts a number, or refuses."""
    if rows.task == "regression":
        return metric == "r2" and len(set(rows.target)) == 1
    counts = np.bincount(rows.truth, minlength=rows.predictions.shape[1])
    relevant = counts[1:] if rows.task == "binary" else counts
    return {
        "roc_auc": bool((counts == 0).any()),
        "average_precision": bool((relevant == 0).any()),
        "mcc": bool((counts > 0).sum() == 1),
        "f1": bool(counts[1] == 0 and (rows.label != 1).all()),
    }.get(metric, False)


def test_every_metric_has_its_reference() -> None:
    assert EXPECTED.keys() == METRICS.keys()
    assert list_metrics("binary") == tuple(EXPECTED)[:8]
    assert "f1" not in list_metrics("multiclass")
    assert SMALLER_IS_BETTER.issubset(METRICS)
    assert [name for name in METRICS if name in SMALLER_IS_BETTER] == [
        "brier", "log_loss", "mae", "rmse", "mase"
    ]  # fmt: skip


@pytest.mark.parametrize(("task", "metric"), CASES)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_a_metric_is_scikit_learns(task: str, metric: str, data: st.DataObject, seed: int) -> None:
    rows = data.draw(ROWS[task])
    drawn = np.random.default_rng(seed).integers(1, 4, len(rows)).astype(np.float64)
    found = measure(metric, rows, np.array([np.ones(len(rows)), drawn]))
    if is_undefined(metric, rows):
        assert np.isnan(found).all()
        return
    for value, weights in zip(found, (None, drawn), strict=True):
        assert value == pytest.approx(EXPECTED[metric](rows, weights), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(("task", "metric"), CASES)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_weights_are_repeated_rows(task: str, metric: str, data: st.DataObject, seed: int) -> None:
    rows = data.draw(ROWS[task])
    places = np.random.default_rng(seed).integers(0, len(rows), len(rows))
    weights = np.bincount(places, minlength=len(rows)).astype(np.float64)[np.newaxis]
    repeated = measure(metric, take_scored(rows, places))[0]
    expected = pytest.approx(repeated, rel=1e-7, abs=1e-9, nan_ok=True)
    assert measure(metric, rows, weights)[0] == expected


def test_r_k_of_three_classes_is_gorodkins_worked_by_hand() -> None:
    """4 of 6 right; R_K = (4*6 - 12) / sqrt((36 - 12) * (36 - 14)), truths 2 2 2, labels 3 2 1."""
    target, label = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 0, 2, 1])
    rows = make_scored(target, np.eye(3)[label])
    assert measure("mcc", rows)[0] == pytest.approx(12 / np.sqrt(24 * 22))


def test_predicting_one_class_alone_correlates_with_nothing() -> None:
    rows = make_scored(np.array([0, 1, 1]), np.tile([0.3, 0.7], (3, 1)))
    assert measure("mcc", rows)[0] == 0
    assert measure("roc_auc", rows)[0] == 0.5


def test_a_tie_of_classes_is_the_first_one() -> None:
    predictions = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])
    assert make_scored(np.array([0, 1]), predictions).label.tolist() == [0, 1]


def test_r2_is_undefined_where_the_target_hardly_varies() -> None:
    rows = make_scored(np.array([0.0, 2.4e-161]), np.array([[0.0], [1.0]]))
    assert np.isnan(measure("r2", rows)[0])


@pytest.mark.parametrize("naive_error", [None, 0.0, 5e-324])
def test_mase_needs_a_naive_forecast_that_errs(naive_error: float | None) -> None:
    rows = make_scored(np.array([1.0, 2.0]), np.array([[1.0], [3.0]]), naive_error=naive_error)
    assert np.isnan(measure("mase", rows)[0])
    assert measure("mae", rows)[0] == 0.5


@given(rows=ROWS["multiclass"])
def test_confusion_and_class_reports_are_scikit_learns(rows: ScoredRows) -> None:
    labels = list(range(rows.predictions.shape[1]))
    expected = reference.confusion_matrix(rows.truth, rows.label, labels=labels)
    assert count_confusion(rows) == tuple(map(tuple, expected.tolist()))
    table = reference.precision_recall_fscore_support(
        rows.truth, rows.label, labels=labels, zero_division=np.nan
    )
    for report, line in zip(describe_classes(rows), zip(*table, strict=True), strict=True):
        found = [report.precision, report.recall, report.f1]
        assert [np.nan if v is None else v for v in found] == pytest.approx(line[:3], nan_ok=True)
        assert report.support == line[3]


def test_another_tasks_metric_is_refused_with_those_there_are() -> None:
    rows = make_scored(np.array([1.0, 2.0]), np.array([[1.0], [2.0]]))
    with pytest.raises(RecipeError, match="no regression metric 'f1'; known: mae, mase, r2, rmse"):
        measure("f1", rows)
    with pytest.raises(RecipeError, match="did you mean 'rmse'"):
        measure("rsme", rows)
    with pytest.raises(DocumentError, match="values, not classes"):
        count_confusion(rows)


@pytest.mark.parametrize(
    ("target", "predictions", "sentence"),
    [
        ([0, 1], [[0.5, 0.5]], r"shape \(1, 2\); expected \(2, 2\)"),
        ([], np.zeros((0, 2)), "no rows"),
        ([0, 2], [[0.5, 0.5], [0.5, 0.5]], "from 0 to 1"),
        ([0, -1], [[0.5, 0.5], [0.5, 0.5]], "from 0 to 1"),
        ([0.0, 0.5], [[0.5, 0.5], [0.5, 0.5]], "from 0 to 1"),
        ([0, 1], [[0.5, 0.5], [-3.0, 4.0]], "not margins"),
        ([0, 1], [[0.5, 0.5], [np.nan, 0.5]], "not finite"),
        ([0.0, np.inf], [[0.5], [0.5]], "not finite"),
        ([0, 1], [0.5, 0.5], "shape"),
    ],
)
def test_rows_that_do_not_fit_are_refused(target: Any, predictions: Any, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        make_scored(np.array(target), np.array(predictions))


def test_a_task_is_held_to_its_number_of_predictions() -> None:
    with pytest.raises(DocumentError, match="3 or more"):
        ScoredRows(task="multiclass", target=np.array([0]), predictions=np.array([[0.5, 0.5]]))
    with pytest.raises(DocumentError, match="not >= 0"):
        make_scored(np.array([1.0]), np.array([[1.0]]), naive_error=-1.0)
