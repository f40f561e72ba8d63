"""What each kind of step gives, worked by hand; agreement with the libraries is tested in
training."""

import math
from typing import get_args

import pytest

from dropcast.scoring import build_value_scorer, read_program, write_program
from dropcast.scoring.check import ARRAYS
from dropcast.scoring.links import compute_probability, sum_in_order
from dropcast.scoring.program import StepKind
from dropcast.scoring.steps import MAKERS
from tests.scoring.examples import EXAMPLES, make_example
from tests.scoring.programs import make_program, step


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_step_gives_what_was_worked_out_by_hand(name: str) -> None:
    score = build_value_scorer(read_program(write_program(make_example(name))))
    *_, cases = EXAMPLES[name]
    for values, expected in cases:
        assert score(values) == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True), values


def test_every_kind_of_step_is_made_checked_and_worked_out() -> None:
    kinds = set(get_args(StepKind))
    assert set(MAKERS) == set(ARRAYS) == kinds
    assert {kind for chain, *_ in EXAMPLES.values() for kind, _ in chain} == kinds


def test_a_step_of_degree_zero_is_one_everywhere() -> None:
    svc = step(
        "svc",
        kernel=[1],
        gamma=[1],
        coef0=[0],
        degree=[0],
        intercept=[0.5],
        vectors=[3],
        dual=[2],
        counts=[1, 0],
    )
    assert build_value_scorer(make_program(svc, width=1, outputs=1))([0.0]) == [2.5]


def test_a_chain_hands_each_step_what_the_one_before_gave() -> None:
    chain = (
        step("fill", values=[math.nan, 4]),
        step("one_hot", position=[0], keys=[7], missing=[1]),
        step("gather", inputs=[1, 0]),
        step("min_max_scale", factor=[2, 1], offset=[0, -3]),
        step("linear", coefficients=[1, 1], intercept=[-1]),
        step("sigmoid"),
    )
    score = build_value_scorer(make_program(*chain))
    # x1 is filled with 4; a known x0 is one-hot 1: 2 * 1 + (4 - 3) - 1 = 2
    assert score([7, math.nan])[1] == compute_probability(2.0)
    assert score([math.nan, 3]) == [1 - compute_probability(-1.0), compute_probability(-1.0)]


@pytest.mark.parametrize("log_odds", [-1e308, -800.0, -700.0, -3.0, 0.0, 3.0, 800.0, 1e308])
def test_a_probability_never_overflows(log_odds: float) -> None:
    assert 0 <= compute_probability(log_odds) <= 1
    assert compute_probability(log_odds) == pytest.approx(1 - compute_probability(-log_odds))


def test_a_sum_runs_from_the_left_in_float64() -> None:
    assert sum_in_order([1e16, 1.0, 1.0, -1e16]) == 0.0
