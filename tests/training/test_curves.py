"""Curves: scikit-learn's points, thinned; degenerate rows; the way through JSON."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from dropcast.contracts.errors import DocumentError
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.training.measure import Curves, ScoredRows, draw_curves
from dropcast.training.measure.curves import MOST_POINTS
from tests.training.scored import make_scored


def score(target: list[int], probability: list[float]) -> ScoredRows:
    p = np.array(probability)
    return make_scored(np.array(target), np.column_stack([1 - p, p]))


def generate_scored(count: int) -> ScoredRows:
    generator = np.random.default_rng(1)
    target = generator.integers(0, 2, count)
    chance = np.clip(0.25 + 0.5 * target + generator.normal(0, 0.3, count), 0, 1)
    return score(target.tolist(), chance.tolist())


def value_rows(target: list[float], predictions: list[float]) -> ScoredRows:
    return make_scored(np.array(target), np.array(predictions)[:, np.newaxis])


BINARY = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.2, 0.5, 1.0]) | st.floats(0, 1)),
    min_size=1,
    max_size=40,
)
VALUED = st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=40)


@given(drawn=BINARY.filter(lambda rows: len({target for target, _ in rows}) == 2))
def test_few_points_are_scikit_learns_curves(drawn: list[tuple[int, float]]) -> None:
    rows = score([t for t, _ in drawn], [p for _, p in drawn])
    found = draw_curves(rows, None)
    assert found.roc is not None
    assert found.precision_recall is not None
    [roc], [precision_recall] = found.roc, found.precision_recall
    x, y, _ = reference.roc_curve(rows.truth, rows.predictions[:, 1], drop_intermediate=False)
    assert roc.false_positive_rate == pytest.approx(x)
    assert roc.true_positive_rate == pytest.approx(y)
    assert roc.area == pytest.approx(reference.auc(x, y))
    p, r, _ = reference.precision_recall_curve(rows.truth, rows.predictions[:, 1])
    kept = len(precision_recall.recall)
    # Theirs goes on at full recall, and starts at precision 1 whatever the first row is.
    assert precision_recall.recall == pytest.approx(r[::-1][:kept])
    assert precision_recall.precision[1:] == pytest.approx(p[::-1][1:kept])
    assert precision_recall.recall[-1] == 1
    assert precision_recall.positive_share == rows.truth.mean()


def test_many_points_are_thinned_without_losing_the_ends_or_the_area() -> None:
    found = draw_curves(generate_scored(20_000), None)
    assert found == draw_curves(generate_scored(20_000), None)
    assert found.roc is not None
    assert found.precision_recall is not None
    [roc], [precision_recall] = found.roc, found.precision_recall
    x, y = roc.false_positive_rate, roc.true_positive_rate
    assert 150 < len(x) <= MOST_POINTS
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(roc.area, abs=2e-4)
    assert len(precision_recall.recall) <= MOST_POINTS
    assert (precision_recall.recall[0], precision_recall.recall[-1]) == (0, 1)


@given(drawn=BINARY)
def test_calibration_holds_every_row_once_and_never_parts_equal_scores(
    drawn: list[tuple[int, float]],
) -> None:
    rows = score([t for t, _ in drawn], [p for _, p in drawn])
    curves = draw_curves(rows, None).calibration
    assert curves is not None
    bins = curves[0].bins
    assert len(bins) <= min(10, len({p for _, p in drawn}))
    assert sum(b.rows for b in bins) == len(drawn)
    assert sum(b.rows * b.observed_share for b in bins) == pytest.approx(rows.truth.sum())
    assert sum(b.rows * b.mean_predicted for b in bins) == pytest.approx(sum(p for _, p in drawn))
    for b in bins:
        assert 0 <= b.low <= b.observed_share <= b.high <= 1


def test_bins_of_distinct_scores_hold_as_many_rows_each() -> None:
    rows = score([0, 1] * 50, (np.arange(100) / 100).tolist())
    curves = draw_curves(rows, None).calibration
    assert curves is not None
    assert [b.rows for b in curves[0].bins] == [10] * 10
    assert curves[0].bins[0].mean_predicted == pytest.approx(0.045)
    # Wilson's interval of 5 in 10, worked by hand: 0.5 -+ 1.96 / 1.38415 * 0.18601.
    assert (curves[0].bins[0].low, curves[0].bins[0].high) == pytest.approx(
        (0.236593, 0.763407), abs=1e-6
    )


def test_a_curve_for_each_class_but_those_without_rows() -> None:
    rows = make_scored(np.array([0, 0, 2, 2]), np.full((4, 3), 1 / 3))
    found = draw_curves(rows, None)
    assert found.roc is not None
    assert found.calibration is not None
    assert [curve.class_index for curve in found.roc] == [0, 2]
    assert found.roc[0].area == 0.5
    assert [curve.class_index for curve in found.calibration] == [0, 1, 2]
    assert [sum(line) for line in found.score_histogram.counts] == [2, 0, 2]
    assert found.score_histogram.score == "true_class"


@given(drawn=BINARY)
def test_the_histogram_counts_every_row_under_its_class(drawn: list[tuple[int, float]]) -> None:
    found = draw_curves(score([t for t, _ in drawn], [p for _, p in drawn]), None).score_histogram
    assert len(found.edges) == 21
    targets = [target for target, _ in drawn]
    assert [sum(line) for line in found.counts] == [targets.count(0), targets.count(1)]


@given(drawn=VALUED)
def test_residuals_are_counted_whatever_their_size(drawn: list[tuple[float, float]]) -> None:
    rows = value_rows([t for t, _ in drawn], [a for _, a in drawn])
    found = draw_curves(rows, None).score_histogram
    assert sum(found.counts[0]) == len(drawn)
    assert all(np.diff(found.edges) > 0)


@pytest.mark.parametrize("offset", [0.1, 5e-324, 1e17, 0.0])
def test_residuals_that_rounding_alone_parts_are_one_value(offset: float) -> None:
    rows = value_rows([0.0, 0.0], [-offset, -np.nextafter(offset, 1e18)])
    found = draw_curves(rows, None).score_histogram
    assert sum(found.counts[0]) == 2
    assert found.edges[-1] - found.edges[0] >= 1


def test_the_latest_rows_stand_in_the_order_of_time() -> None:
    instants = np.random.default_rng(1).permutation(1000).astype(np.int64)
    rows = value_rows(instants.tolist(), (instants + 1.0).tolist())
    found = draw_curves(rows, instants).actual_against_predicted
    assert found is not None
    assert found.instants == tuple(range(800, 1000))
    assert found.actual == tuple(float(i) for i in range(800, 1000))
    assert found.predicted[0] == 801


def test_rows_without_time_are_a_spread_of_all_values() -> None:
    rows = value_rows(list(range(1000)), [0.0] * 1000)
    found = draw_curves(rows, None).actual_against_predicted
    assert found is not None
    assert found.instants is None
    assert len(found.actual) == MOST_POINTS
    assert (found.actual[0], found.actual[-1]) == (0, 999)


def test_a_regression_has_no_curves_of_classes_and_the_other_way_round() -> None:
    found = draw_curves(value_rows([1.0], [2.0]), np.array([5]))
    assert (found.roc, found.precision_recall, found.calibration) == (None, None, None)
    assert draw_curves(generate_scored(9), None).actual_against_predicted is None


def test_rows_of_one_class_have_no_ranking_curves() -> None:
    found = draw_curves(score([1, 1], [0.2, 0.9]), None)
    assert (found.roc, found.precision_recall) == ((), ())


@pytest.mark.parametrize(
    "rows", [generate_scored(500), value_rows([1.0, 2.5], [1.5, 2.0]), score([1], [1.0])]
)
def test_curves_survive_json(rows: ScoredRows) -> None:
    curves = draw_curves(rows, np.arange(len(rows)))
    text = json.dumps(to_document(curves), allow_nan=False)
    assert from_document(Curves, json.loads(text)) == curves


def test_instants_of_other_rows_are_refused() -> None:
    with pytest.raises(DocumentError, match="3 instants for 1 scored rows"):
        draw_curves(value_rows([1.0], [2.0]), np.arange(3))
