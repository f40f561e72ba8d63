"""The row scorer: from rows through features and steps to a prediction."""

import math
from dataclasses import replace

import pytest

from dropcast.contracts.errors import InvalidRequestError
from dropcast.recipe import Feature, col, number
from dropcast.recipe.operations import hash_text
from dropcast.scoring import build_scorer, build_value_scorer
from dropcast.scoring.links import compute_probability
from tests.scoring.programs import make_forest, make_logistic, make_program, step

PRICES = make_program(step("linear", coefficients=[1.0], intercept=[0.0]), width=1, outputs=1)


def test_a_logistic_regression_scales_sums_and_squashes() -> None:
    # (3 - 1) / 2 = 1; (0.75 - 0.5) / 0.25 = 1; 1 - 2 + 0.5 = -0.5
    found = build_scorer(make_logistic())([{"x0": 3, "x1": 0.75}])
    assert found == [1 - compute_probability(-0.5), compute_probability(-0.5)]


def test_a_program_is_answered_from_the_last_row_of_a_series() -> None:
    program = replace(
        PRICES, features=(Feature("change", col("x0") - col("x0").lag(1)),), rows_needed=2
    )
    assert build_scorer(program)([{"x0": 1.0}, {"x0": 3.0}, {"x0": 7.0}]) == [4.0]


def test_an_answer_relative_to_a_quantity_is_in_its_unit() -> None:
    program = replace(PRICES, relative_to=col("x0") * 100)
    assert build_scorer(program)([{"x0": 0.5}]) == [50 * math.exp(0.5)]


def test_a_relative_answer_that_no_float_holds_is_bounded() -> None:
    program = replace(PRICES, relative_to=col("x0"))
    (found,) = build_scorer(program)([{"x0": 1000.0}])
    assert math.isfinite(found)


@pytest.mark.parametrize("base", [0.0, -1.0, math.nan])
def test_an_answer_relative_to_nothing_positive_is_refused(base: float) -> None:
    program = replace(PRICES, relative_to=col("x0"))
    with pytest.raises(InvalidRequestError) as caught:
        build_scorer(program)([{"x0": base}])
    assert "must be above 0" in str(caught.value.problems[0]["problem"])


def test_a_text_feature_is_looked_up_by_its_hash() -> None:
    from_text = make_program(
        step(
            "look_up", position=[0], keys=[hash_text("blues")], table=[1], default=[0], missing=[-1]
        ),
        width=1,
        outputs=1,
    )
    features = (Feature("genre", col("x0"), encoding="ordinal"),)
    score = build_scorer(replace(from_text, features=features))
    assert [score([{"x0": value}]) for value in ("blues", None, "jazz")] == [[1.0], [-1.0], [0.0]]


def test_a_row_that_lacks_a_column_is_a_problem_of_the_request() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        build_scorer(make_forest())([{"x0": 60}])
    (problem,) = caught.value.problems
    assert problem["field"] == "x1"


def test_every_undefined_feature_that_nothing_fills_is_reported() -> None:
    features = (Feature("inverse", 1 / col("x0")), Feature("root", col("x1").log()))
    program = replace(make_forest(), features=features)
    with pytest.raises(InvalidRequestError) as caught:
        build_scorer(program)([{"x0": 0, "x1": 0}])
    assert [problem["field"] for problem in caught.value.problems] == ["inverse", "root"]


def test_an_undefined_feature_that_is_filled_goes_on_as_missing() -> None:
    features = (Feature("inverse", 1 / col("x0"), fill=0.5), Feature("x1", col("x1")))
    program = replace(make_forest(), features=features)
    # Missing goes left at the first node.
    assert build_scorer(program)([{"x0": 0, "x1": 0}]) == [0.875, 0.125]


def test_a_reference_table_travels_with_the_program() -> None:
    features = (Feature("size", col("x0").look_up_number("towns", key="name", value="size")),)
    towns: dict[str, tuple[float | str | None, ...]] = {
        "name": ("ulm", "bonn", "ulm", None),
        "size": (3.0, None, 4.0, 5.0),
    }
    program = replace(PRICES, features=features, references={"towns": towns})
    assert build_scorer(program)([{"x0": "ulm"}]) == [3.0]
    with pytest.raises(InvalidRequestError):
        build_scorer(program)([{"x0": "bonn"}])


def test_scoring_values_leaves_out_what_the_answer_is_relative_to() -> None:
    program = replace(PRICES, relative_to=col("x0"), columns=(number("x0"),))
    assert build_value_scorer(program)([2.0]) == [2.0]
