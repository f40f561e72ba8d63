"""Intervals: their coverage, their seed, whole groups, and pairs."""

import numpy as np
import pytest

from dropcast.contracts.errors import DocumentError, TooFewRowsError
from dropcast.training.measure import (
    ScoredRows,
    estimate_difference,
    estimate_metrics,
    list_metrics,
    measure,
)
from dropcast.training.measure.bootstrap import RESAMPLES
from tests.training.scored import make_scored, take_scored


def score(target: list[int], probability: list[float]) -> ScoredRows:
    p = np.array(probability)
    return make_scored(np.array(target), np.column_stack([1 - p, p]))


def generate_scored(count: int, seed: int, noise: float = 0.3) -> ScoredRows:
    generator = np.random.default_rng(seed)
    target = generator.integers(0, 2, count)
    probability = np.clip(0.25 + 0.5 * target + generator.normal(0, noise, count), 0, 1)
    return score(target.tolist(), probability.round(2).tolist())


def generate_valued(count: int, seed: int) -> ScoredRows:
    generator = np.random.default_rng(seed)
    target = generator.normal(0, 1, count)
    predictions = (target + generator.normal(0, 0.5, count))[:, np.newaxis]
    return make_scored(target, predictions, naive_error=1.0)


@pytest.mark.parametrize("rows", [generate_scored(300, 1), generate_valued(300, 1)])
def test_an_interval_holds_its_figure_and_follows_its_seed(rows: ScoredRows) -> None:
    names = list_metrics(rows.task)
    first, again, other = (estimate_metrics(names, rows, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert tuple(first) == names
    for name, found in first.items():
        assert found.value == measure(name, rows)[0]
        assert found.low < found.value < found.high
        assert found.skipped == 0


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """The accuracy of a fair coin is .5: of 60 intervals about 57 should hold it."""
    generator = np.random.default_rng(5)
    hits = 0
    for seed in range(60):
        rows = score(generator.integers(0, 2, 200).tolist(), generator.random(200).tolist())
        found = estimate_metrics(["accuracy"], rows, seed=seed)["accuracy"]
        hits += found.low <= 0.5 <= found.high
    assert 51 <= hits <= 60


def test_groups_of_equal_rows_are_as_wide_as_their_number_of_groups() -> None:
    """Each row ten times over: drawing rows believes in 3,000 rows, drawing groups in 300."""
    single = generate_scored(300, seed=1)
    tenfold = take_scored(single, np.repeat(np.arange(300), 10))
    groups = np.repeat(np.arange(300), 10).astype(np.uint64) + np.uint64(2**63)
    honest = estimate_metrics(["accuracy"], single, seed=1)["accuracy"]
    grouped = estimate_metrics(["accuracy"], tenfold, seed=1, groups=groups)["accuracy"]
    naive = estimate_metrics(["accuracy"], tenfold, seed=1)["accuracy"]
    assert (grouped.low, grouped.high) == pytest.approx((honest.low, honest.high))
    ratio = (grouped.high - grouped.low) / (naive.high - naive.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.15)


def test_a_group_for_each_row_is_drawing_rows() -> None:
    rows = generate_scored(100, seed=1)
    groups = np.arange(100, dtype=np.uint64)
    grouped = estimate_metrics(["roc_auc"], rows, seed=3, groups=groups)
    assert grouped == estimate_metrics(["roc_auc"], rows, seed=3)


def test_resamples_where_a_metric_is_undefined_are_counted() -> None:
    rows = score([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9])
    found = estimate_metrics(["roc_auc", "accuracy"], rows, seed=1)
    auc = found["roc_auc"]
    assert RESAMPLES * 0.2 < auc.skipped < RESAMPLES * 0.45
    assert (auc.value, auc.low, auc.high) == (1.0, 1.0, 1.0)
    assert found["accuracy"].skipped == 0


def test_a_metric_undefined_on_the_rows_is_left_out() -> None:
    one_class = score([1, 1], [0.2, 0.9])
    assert list(estimate_metrics(["roc_auc", "accuracy"], one_class, seed=1)) == ["accuracy"]
    no_naive = make_scored(np.array([1.0, 2.0]), np.array([[1.0], [3.0]]))
    assert "mase" not in estimate_metrics(list_metrics("regression"), no_naive, seed=1)


def test_a_paired_difference_of_a_model_with_itself_is_nothing() -> None:
    rows = generate_scored(300, seed=1)
    found = estimate_difference("roc_auc", rows, rows, seed=1)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_paired_interval_is_narrower_than_one_alone() -> None:
    good = generate_scored(300, seed=1)
    shaken = good.predictions[:, 1] + np.random.default_rng(3).normal(0, 0.1, 300)
    worse = score(good.target.tolist(), np.clip(shaken, 0, 1).tolist())
    groups = np.arange(300, dtype=np.uint64) // np.uint64(2)
    alone = estimate_metrics(["roc_auc"], good, seed=1)["roc_auc"]
    for paired in (
        estimate_difference("roc_auc", good, worse, seed=1),
        estimate_difference("roc_auc", good, worse, seed=1, groups=groups),
    ):
        assert paired.value > 0
        assert paired.high - paired.low < alone.high - alone.low


def test_a_difference_is_first_minus_second_where_less_is_better_too() -> None:
    target = np.array([1.0, 2.0, 4.0])
    first, second = (make_scored(target, (target + e)[:, np.newaxis]) for e in (1.0, 3.0))
    found = estimate_difference("mae", first, second, seed=1)
    assert (found.value, found.low, found.high) == (-2.0, -2.0, -2.0)


def test_many_rows_are_drawn_in_stretches_of_all_resamples() -> None:
    rows = generate_scored(9_001, seed=1)
    found = estimate_metrics(["accuracy"], rows, seed=1)["accuracy"]
    error = np.sqrt(found.value * (1 - found.value) / 9_001)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_rows_that_cannot_be_drawn_or_paired_are_refused() -> None:
    rows = generate_scored(20, seed=1)
    same = np.zeros(20, dtype=np.uint64)
    with pytest.raises(TooFewRowsError, match="two groups"):
        estimate_metrics(["accuracy"], rows, seed=1, groups=same)
    with pytest.raises(TooFewRowsError, match="two rows"):
        estimate_metrics(["accuracy"], score([1], [0.5]), seed=1)
    with pytest.raises(DocumentError, match="19 groups were named for 20 rows"):
        estimate_metrics(["accuracy"], rows, seed=1, groups=same[:19])
    with pytest.raises(DocumentError, match="different rows"):
        estimate_difference("accuracy", rows, generate_scored(20, seed=2), seed=1)
    one_class = score([1, 1], [0.2, 0.9])
    with pytest.raises(TooFewRowsError, match="roc_auc is undefined"):
        estimate_difference("roc_auc", one_class, one_class, seed=1)
