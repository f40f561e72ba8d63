"""Every metric against scikit-learn's, weighted and plain, ties included; and the bootstrap."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from dropcast.training.bootstrap import (
    RESAMPLES,
    estimate_difference,
    estimate_metrics,
)
from dropcast.training.metrics import METRICS, ScoredRows, make_scored_rows, measure

BY_LABEL: dict[str, Callable[..., Any]] = {
    "accuracy": sklearn_metrics.accuracy_score,
    "f1": sklearn_metrics.f1_score,
    "mcc": sklearn_metrics.matthews_corrcoef,
}
BY_PROBABILITY: dict[str, Callable[..., Any]] = {
    "roc_auc": sklearn_metrics.roc_auc_score,
    "average_precision": sklearn_metrics.average_precision_score,
    "brier": sklearn_metrics.brier_score_loss,
    "log_loss": sklearn_metrics.log_loss,
}


def make_scored(target: list[int], probability: list[float]) -> ScoredRows:
    p = np.array(probability)
    return make_scored_rows(np.array(target), np.column_stack([1 - p, p]))


def measure_by_sklearn(metric: str, rows: ScoredRows, weights: Any) -> float:
    if metric in BY_LABEL:
        extra = {"zero_division": 0.0} if metric == "f1" else {}
        return float(BY_LABEL[metric](rows.target, rows.label, sample_weight=weights, **extra))
    return float(BY_PROBABILITY[metric](rows.target, rows.probability, sample_weight=weights))


def generate_scored(count: int, seed: int, noise: float = 0.3) -> ScoredRows:
    generator = np.random.default_rng(seed)
    target = generator.integers(0, 2, count)
    probability = np.clip(0.25 + 0.5 * target + generator.normal(0, noise, count), 0, 1)
    return make_scored(target.tolist(), probability.round(2).tolist())


ROWS = st.lists(
    st.tuples(
        st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1)
    ),
    min_size=2,
    max_size=30,
).filter(lambda rows: len({target for target, _ in rows}) == 2)


@pytest.mark.parametrize("metric", METRICS)
@given(rows=ROWS, seed=st.integers(0, 1000))
def test_a_metric_is_scikit_learns(metric: str, rows: list[tuple[int, float]], seed: int) -> None:
    scored = make_scored([t for t, _ in rows], [p for _, p in rows])
    drawn = np.random.default_rng(seed).integers(1, 4, len(rows)).astype(np.float64)
    plain, weighted = measure(metric, scored, np.array([np.ones(len(rows)), drawn]))
    assert plain == pytest.approx(measure_by_sklearn(metric, scored, None), abs=1e-9)
    assert weighted == pytest.approx(measure_by_sklearn(metric, scored, drawn), abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_weights_are_repeated_rows(metric: str) -> None:
    scored = generate_scored(200, seed=1)
    places = np.random.default_rng(2).integers(0, 200, 200)
    repeated = ScoredRows(
        target=scored.target[places],
        probability=scored.probability[places],
        label=scored.label[places],
    )
    weights = np.bincount(places, minlength=200).astype(np.float64)[np.newaxis]
    assert measure(metric, scored, weights)[0] == pytest.approx(measure(metric, repeated)[0])


def test_a_resample_of_one_class_measures_nothing() -> None:
    scored = make_scored([0, 1], [0.2, 0.9])
    found = measure("roc_auc", scored, np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]]))
    assert np.isnan(found).tolist() == [False, True, True]


def test_a_tie_of_the_two_classes_is_the_first_one() -> None:
    assert make_scored([0, 1], [0.5, 0.5000001]).label.tolist() == [0, 1]


def test_an_interval_holds_its_figure_and_follows_its_seed() -> None:
    scored = generate_scored(300, seed=1)
    first, again, other = (
        estimate_metrics(["roc_auc", "accuracy"], scored, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    for found in first.values():
        assert found.low < found.value < found.high
        assert found.skipped == 0


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """The accuracy of a fair coin is .5: of 60 intervals about 57 should hold it."""
    generator = np.random.default_rng(5)
    hits = 0
    for seed in range(60):
        scored = make_scored(generator.integers(0, 2, 200).tolist(), generator.random(200).tolist())
        found = estimate_metrics(["accuracy"], scored, seed=seed)["accuracy"]
        hits += found.low <= 0.5 <= found.high
    assert 51 <= hits <= 60


def test_resamples_of_one_class_are_counted() -> None:
    scored = make_scored([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9])
    found = estimate_metrics(["roc_auc"], scored, seed=1)["roc_auc"]
    assert RESAMPLES * 0.2 < found.skipped < RESAMPLES * 0.45
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_a_paired_difference_of_a_model_with_itself_is_nothing() -> None:
    scored = generate_scored(300, seed=1)
    found = estimate_difference("roc_auc", scored, scored, seed=1)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_paired_interval_is_narrower_than_the_two_apart() -> None:
    good = generate_scored(300, seed=1)
    worse = ScoredRows(
        target=good.target,
        probability=np.clip(good.probability + np.random.default_rng(3).normal(0, 0.1, 300), 0, 1),
        label=good.label,
    )
    paired = estimate_difference("roc_auc", good, worse, seed=1)
    alone = estimate_metrics(["roc_auc"], good, seed=1)["roc_auc"]
    assert paired.value > 0
    assert paired.high - paired.low < (alone.high - alone.low)


def test_many_rows_are_drawn_in_stretches_of_all_resamples() -> None:
    scored = generate_scored(9_001, seed=1)
    found = estimate_metrics(["accuracy"], scored, seed=1)["accuracy"]
    error = np.sqrt(found.value * (1 - found.value) / 9_001)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.15)
