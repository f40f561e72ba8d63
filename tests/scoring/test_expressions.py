"""Expressions on the rows of a request: the arithmetic of the vocabulary, compiled once."""

import math

import pytest

from dropcast.recipe import Call, Constant, Expression, Feature, col, nearest_metres
from dropcast.recipe.operations import (
    OPERATIONS_ON_VALUES,
    OPERATIONS_WITH_SETTINGS,
    hash_text,
)
from dropcast.recipe.vocabulary import OPERATIONS, REFERENCE_OPERATIONS
from dropcast.scoring.expressions import Row, Value, compile_expression, compile_features

ROW: dict[str, Value] = {
    "a": 3,
    "b": 0.5,
    "flag": True,
    "text": " A;b ;",
    "none": None,
    "at": 1_714_568_400e6,
}
TABLES: dict[str, dict[str, tuple[float | str | None, ...]]] = {
    "towns": {"name": ("ulm",), "county": ("alb",), "size": (3.0,), "x": (0.0,), "y": (0.0,)}
}


def test_every_operation_of_the_vocabulary_has_its_arithmetic() -> None:
    windows = {name for name, operation in OPERATIONS.items() if operation.window}
    found = {*OPERATIONS_ON_VALUES, *OPERATIONS_WITH_SETTINGS, *REFERENCE_OPERATIONS, *windows}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (col("a") + 1, 4.0),
        (1 - col("a"), -2.0),
        (col("a") * col("b"), 1.5),
        (col("a") / col("b"), 6.0),
        (col("a") % 2, 1.0),
        (-col("a"), -3.0),
        (abs(-col("a")), 3.0),
        (col("a").log(), math.log(3)),
        (col("a").log1p(), math.log1p(3)),
        ((2 * col("b")).sin(), math.sin(1.0)),
        (col("flag").cos(), math.cos(1.0)),
        (Constant(2.5), 2.5),
        (col("a") > 2, 1.0),
        (col("a") >= 3, 1.0),
        (col("a") < 3, 0.0),
        (col("a") <= 3, 1.0),
        (col("a").equals(3), 1.0),
        (col("a").bucket(1, 3, 5), 2.0),
        (col("text"), " A;b ;"),
        (col("text").clean(), "a;b ;"),
        (col("text").first_item(), "A"),
        (col("text").after(";"), "b ;"),
        (col("text").after("?"), None),
        (col("text").count_items(), 2.0),
        (col("text").length(), 6.0),
        (col("text").clean().is_in("x", "a;b ;"), 1.0),
        (col("text").join(col("text"), "+"), " A;b ;+ A;b ;"),
        (col("text").join(col("none"), "+"), None),
        (col("none").clean(), None),
        # 2024-05-01T13:00:00Z, a Wednesday
        (col("at").minute(), 0.0),
        (col("at").hour(), 13.0),
        (col("at").hour("America/Chicago"), 8.0),
        (col("at").weekday(), 2.0),
        (col("at").day(), 1.0),
        (col("at").month(), 5.0),
        (col("at").year(), 2024.0),
        (col("name").look_up_number("towns", key="name", value="size"), 3.0),
        (col("name").look_up_text("towns", key="name", value="county"), "alb"),
        (col("none").look_up_text("towns", key="name", value="county"), None),
        (nearest_metres(Constant(0.0), Constant(0.0), "towns", columns=("x", "y")), 0.0),
    ],
)
def test_an_expression_is_evaluated_on_a_row(
    expression: Expression, expected: float | str | None
) -> None:
    assert compile_expression(expression, TABLES)([{**ROW, "name": "ulm"}], 0) == expected


@pytest.mark.parametrize(
    "expression",
    [
        col("a") / (col("a") - 3),
        col("a") % 0,
        (-col("a")).log1p(),
        (col("a") - 3).log(),
        col("a") * 1e308,
        (col("a") * 1e308).sin(),
        Call("subtract", (Constant(math.inf), Constant(math.inf))),
        Call("cos", (Constant(math.inf),)),
        col("none").length(),
        col("none").is_in("x"),
        col("text").look_up_number("towns", key="name", value="size"),
        Constant(1e300).hour(),
        col("a").lag(1),
        col("a").lead(1),
        col("a").rolling_mean(2),
        Constant(math.nan) > 1,
    ],
)
def test_an_undefined_result_is_missing(expression: Expression) -> None:
    found = compile_expression(expression, TABLES)([ROW], 0)
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (col("a").lag(2), 4.0),
        (col("a").returns(1), 0.5),
        (col("a").rolling_mean(3), 19 / 3),
        (col("a").rolling_std(2), math.sqrt(4.5)),
        (col("a").rolling_min(4), 2.0),
        (col("a").rolling_max(4), 9.0),
        (col("a").rolling_mean(2).lag(1), 5.0),
        # Changes +2, +2, +3: nothing but gains.
        (col("a").wilder_rsi(2, rows=4), 100.0),
        ((-col("a")).wilder_rsi(2, rows=4), 0.0),
    ],
)
def test_a_window_reads_the_rows_up_to_the_one_at_hand(
    expression: Expression, expected: float
) -> None:
    rows: list[Row] = [{"a": a} for a in (2, 4, 6, 9)]
    assert compile_expression(expression, {})(rows, 3) == pytest.approx(expected, rel=1e-15)


def test_a_missing_value_in_a_window_makes_it_missing() -> None:
    rows: list[Row] = [{"a": 1.0}, {"a": None}, {"a": 3.0}]
    mean = compile_expression(col("a").rolling_mean(2), {})
    assert [str(mean(rows, index)) for index in range(3)] == ["nan", "nan", "nan"]


@pytest.mark.parametrize("longitude", [180.0, 179.999, 170.1, 33.3])
def test_a_point_beyond_the_poles_has_a_distance_all_the_same(longitude: float) -> None:
    """Rounding may carry the square of half the chord below 0."""
    for tenth in range(900):
        latitude = tenth / 10
        points = {"points": {"x": (-latitude,), "y": (0.0,)}}
        nearest = nearest_metres(col("x"), col("y"), "points", columns=("x", "y"))
        row = {"x": 180.0 + latitude, "y": longitude}
        found = compile_expression(nearest, points)([row], 0)
        assert isinstance(found, float)
        assert found >= 0.0


def test_features_have_one_zero_and_texts_stand_as_their_hash() -> None:
    features = [Feature("a", -col("a")), Feature("b", col("b")), Feature("c", col("c"))]
    found = compile_features(features, {})([{"a": 0.0, "b": "blues", "c": None}])
    assert math.copysign(1, found[0]) == 1
    assert found[1] == hash_text("blues")
    assert math.isnan(found[2])
