"""Expressions on one row: the same values as the table of operations, compiled once."""

import math

import pytest

from dropcast.recipe import Call, Constant, Expression, Feature, col
from dropcast.recipe.expressions import OPERATIONS
from dropcast.scoring.expressions import ROW_OPERATIONS, compile_expression, compile_features


def test_the_row_has_exactly_the_operations_of_the_vocabulary() -> None:
    assert set(ROW_OPERATIONS) == set(OPERATIONS)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (col("a") + 1, 4.0),
        (1 - col("a"), -2.0),
        (col("a") * col("b"), 1.5),
        (col("a") / col("b"), 6.0),
        (-col("a"), -3.0),
        (col("a").log1p(), math.log1p(3)),
        ((2 * col("b")).sin(), math.sin(1.0)),
        (col("flag").cos(), math.cos(1.0)),
        (Constant(2.5), 2.5),
    ],
)
def test_an_expression_is_evaluated_on_a_row(expression: Expression, expected: float) -> None:
    assert compile_expression(expression)({"a": 3, "b": 0.5, "flag": True}) == expected


@pytest.mark.parametrize(
    "expression",
    [
        col("a") / (col("a") - 3),
        (-col("a")).log1p(),
        col("a") * 1e308,
        (col("a") * 1e308).sin(),
        Call("subtract", (Constant(math.inf), Constant(math.inf))),
        Call("cos", (Constant(math.inf),)),
    ],
)
def test_an_undefined_result_is_missing(expression: Expression) -> None:
    assert math.isnan(compile_expression(expression)({"a": 3}))


def test_features_have_one_zero() -> None:
    (found,) = compile_features([Feature("a", -col("a"))])({"a": 0.0})
    assert math.copysign(1, found) == 1
