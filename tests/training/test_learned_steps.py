"""Balance, frequencies and selection: what is learned before the model."""

import numpy as np
import pytest

from dropcast.recipe import Balance
from dropcast.training.pipelines import FrequencyEncoder, InformationFilter
from dropcast.training.pipelines.balance import balance_rows


@pytest.mark.parametrize(
    ("balance", "counts"),
    [
        (Balance(oversample="smote", oversample_to=0.5), [90, 45]),
        (Balance(oversample="random", oversample_to=1.0), [90, 90]),
        (Balance(undersample_to=0.5), [20, 10]),
        (Balance(oversample="smote", oversample_to=0.5, undersample_to=0.9), [50, 45]),
        (Balance(oversample="random", oversample_to=0.05), [90, 10]),
    ],
)
def test_training_rows_are_balanced_to_the_asked_shares(
    balance: Balance, counts: list[int]
) -> None:
    generator = np.random.default_rng(0)
    values, target = generator.normal(size=(100, 2)), (np.arange(100) >= 90).astype(np.int64)
    _, balanced = balance_rows(values, target, balance=balance, seed=1)
    assert np.bincount(balanced).tolist() == counts


def test_a_frequency_is_the_share_of_the_training_rows() -> None:
    encoder = FrequencyEncoder().fit(np.array([[1.0], [1.0], [2.0], [np.nan]]))
    found = encoder.transform(np.array([[1.0], [2.0], [np.nan], [9.0]]))
    assert found.ravel().tolist() == [0.5, 0.25, 0.25, 0.0]


def test_what_tells_nothing_is_left_out_and_the_best_always_stays() -> None:
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, 500)
    informative = target + generator.normal(0, 0.3, 500)
    values = np.column_stack(
        [generator.normal(size=500), informative, generator.integers(0, 7, 500)]
    )
    kept = InformationFilter(0.1, 1, regression=False).fit(values, target).kept_
    assert kept.tolist() == [1]
    strict = InformationFilter(10.0, 1, regression=False).fit(values, target).kept_
    assert strict.tolist() == [1]
