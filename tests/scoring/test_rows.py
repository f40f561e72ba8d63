"""The row scorer on programs made by hand; agreement with scikit-learn is tested in training."""

import math

import pytest

from dropcast.contracts.errors import InvalidRequestError
from dropcast.scoring import build_scorer, build_value_scorer
from dropcast.scoring.rows import compute_probability
from tests.scoring.programs import make_boosting, make_forest, make_logistic


def test_a_logistic_regression_scales_sums_and_squashes() -> None:
    # minutes 3 -> (3 - 1) / 2 = 1; energy 0.75 -> (0.75 - 0.5) / 0.25 = 1; 1 - 2 + 0.5 = -0.5
    found = build_scorer(make_logistic())({"seconds": 180, "energy": 0.75})
    assert found == [1 - 1 / (1 + math.exp(0.5)), 1 / (1 + math.exp(0.5))]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"seconds": 60, "energy": 0.0}, [(1.0 + 0.75) / 2, (0.0 + 0.25) / 2]),
        ({"seconds": 61, "energy": 0.25}, [(0.25 + 0.75) / 2, (0.75 + 0.25) / 2]),
        ({"seconds": 61, "energy": 0.26}, [(0.5 + 0.75) / 2, (0.5 + 0.25) / 2]),
    ],
)
def test_a_forest_averages_the_shares_of_its_leaves(
    row: dict[str, float], expected: list[float]
) -> None:
    assert build_scorer(make_forest())(row) == expected


def test_a_forest_compares_in_float32_and_boosting_in_float64() -> None:
    barely_above = [1.0 + 2**-40, 0.0]
    assert build_value_scorer(make_forest())(barely_above) == [0.875, 0.125]
    assert build_value_scorer(make_boosting())(barely_above)[1] == compute_probability(0.875)


def test_boosting_adds_its_leaves_to_the_baseline() -> None:
    found = build_scorer(make_boosting())({"seconds": 120, "energy": 1.0})
    assert found[1] == compute_probability(0.125 + 2.0 + 0.25)
    assert found[0] == 1 - found[1]


def test_a_missing_value_goes_where_its_node_says() -> None:
    score = build_value_scorer(make_boosting())
    assert score([math.nan, 0.0])[1] == compute_probability(0.125 - 1.0 + 0.25)
    assert score([2.0, math.nan])[1] == compute_probability(0.125 + 2.0 + 0.25)


def test_a_row_that_lacks_a_column_is_a_problem_of_the_request() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        build_scorer(make_forest())({"seconds": 60})
    assert caught.value.problems[0]["field"] == "energy"


def test_a_logistic_regression_refuses_an_undefined_feature() -> None:
    with pytest.raises(InvalidRequestError):
        build_value_scorer(make_logistic())([math.nan, 0.5])


@pytest.mark.parametrize("log_odds", [-1e308, -800.0, -700.0, -3.0, 0.0, 3.0, 800.0, 1e308])
def test_a_probability_never_overflows(log_odds: float) -> None:
    assert 0 <= compute_probability(log_odds) <= 1
    assert compute_probability(log_odds) == pytest.approx(1 - compute_probability(-log_odds))
