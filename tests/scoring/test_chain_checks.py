"""Every check of a step's arrays has a program that it refuses."""

import math
from array import array
from dataclasses import replace
from typing import Any

import pytest

from dropcast.contracts.errors import ProgramError
from dropcast.scoring import Program, Step, read_program, write_program
from dropcast.scoring.check.steps import MAX_WIDTH
from tests.scoring.examples import make_example
from tests.scoring.programs import BOOSTED, Made, make_forest, make_program, step

INF = math.inf
FOREST = "forest of two"
HOT = "one_hot where missing is a category"
TWO = "calibrate_isotonic of two"


def change(program: Program, name: str, values: list[float]) -> Program:
    """Return the program with other numbers in an array of its first step."""
    code: Any = program.arrays[f"0.{name}"].typecode
    numbers: Any = values if code == "d" else [int(value) for value in values]
    return replace(program, arrays={**program.arrays, f"0.{name}": array(code, numbers)})


@pytest.mark.parametrize(
    ("example", "name", "values", "sentence"),
    [
        ("fill", "values", [1], "'values' has 1 items, expected 2"),
        ("fill", "values", [1, INF], "holds an infinite number"),
        (HOT, "position", [3], "'position' lies outside"),
        (HOT, "position", [-1], "'position' lies outside"),
        (HOT, "position", [1, 1], "'position' has 2 items"),
        (HOT, "keys", [5, 2], "'keys' do not ascend"),
        (HOT, "keys", [2, 2], "'keys' do not ascend"),
        (HOT, "keys", [2, math.nan], "not finite"),
        (HOT, "missing", [2], "neither 0 nor 1"),
        (HOT, "missing", [], "'missing' has 0 items"),
        (HOT, "keys", [2], "its last step gives 4 values, expected 5"),
        ("look_up", "position", [2], "'position' lies outside"),
        ("look_up", "keys", [5, 2], "'keys' do not ascend"),
        ("look_up", "default", [], "'default' is empty"),
        ("look_up", "table", [1, 2, 3], "'table' has 3 items, expected 4"),
        ("look_up", "missing", [7], "'missing' has 1 items, expected 2"),
        ("look_up", "missing", [7, INF], "'missing' holds an infinite number"),
        ("look_up", "default", [INF, 7], "'default' holds an infinite number"),
        ("gather", "inputs", [0, 1, 3], "points outside the values"),
        ("gather", "inputs", [0, 1, -1], "points outside the values"),
        ("gather", "inputs", [], "gives 0 values"),
        ("standard_scale", "mean", [1], "'mean' has 1 items"),
        ("standard_scale", "deviation", [1, 0], "not positive"),
        ("standard_scale", "deviation", [1, -1], "not positive"),
        ("standard_scale", "deviation", [1, INF], "not finite"),
        ("min_max_scale", "factor", [1], "'factor' has 1 items"),
        ("min_max_scale", "offset", [1, 2, 3], "'offset' has 3 items"),
        ("linear", "coefficients", [1, 2, 3], "'coefficients' has 3 items, expected 6"),
        ("linear", "intercept", [], "'coefficients' has 6 items, expected 0"),
        ("linear", "background", [1], "'background' has 1 items, expected 2"),
        ("svc, radial", "kernel", [3], "its kernel is not known"),
        ("svc, radial", "kernel", [], "'kernel' has 0 items"),
        ("svc, radial", "gamma", [-1], "its gamma is negative"),
        ("svc, radial", "coef0", [1, 2], "'coef0' has 2 items"),
        ("svc, radial", "degree", [10], "its degree is not between 0 and 9"),
        ("svc, radial", "degree", [-1], "its degree is not between 0 and 9"),
        ("svc, radial", "dual", [], "'dual' has 0 items, expected 2"),
        ("svc, radial", "counts", [0, 0], "it has no vectors"),
        ("svc, radial", "counts", [3, -1], "negative number of vectors"),
        ("svc, radial", "counts", [2], "number of classes is out of bounds"),
        ("svc of three classes", "intercept", [1], "'intercept' has 1 items, expected 3"),
        ("one_vs_one", "classes", [4], "takes a value for each pair"),
        ("one_vs_one", "classes", [1], "number of classes is out of bounds"),
        ("svc, radial", "vectors", [1, 2, 3], "'vectors' has 3 items, expected 4"),
        ("svc, radial", "intercept", [math.nan], "not finite"),
        (FOREST, "width", [0], "'width' is out of bounds"),
        (FOREST, "width", [-2], "'width' is out of bounds"),
        (FOREST, "width", [MAX_WIDTH + 1], "'width' is out of bounds"),
        (FOREST, "width", [], "'width' has 0 items"),
        (FOREST, "leaf_values", [1, 2, 3], "not a whole number of leaves"),
        (FOREST, "leaf_values", [1, 2], "'leaf_cover' has 4 items, expected 1"),
        (FOREST, "leaf_values", [math.nan] * 8, "not finite"),
        (FOREST, "roots", [], "no trees"),
        (FOREST, "roots", [0, 2], "'roots' points outside the trees"),
        (FOREST, "roots", [0, ~4], "'roots' points outside the trees"),
        (FOREST, "left", [~4, ~1], "'left' points outside the trees"),
        (FOREST, "right", [2, ~2], "'right' points outside the trees"),
        (FOREST, "right", [0, ~2], "does not come after its parent"),
        (FOREST, "left", [~0, 1], "does not come after its parent"),
        (FOREST, "roots", [0, 0], "an inner node has two parents"),
        (FOREST, "roots", [0, 1], "an inner node has two parents"),
        (FOREST, "left", [1, ~1], "an inner node has two parents"),
        (FOREST, "right", [1], "'right' has 1 items, expected 2"),
        (FOREST, "split_feature", [0, 2], "a feature that is not there"),
        (FOREST, "split_feature", [0, -1], "a feature that is not there"),
        (FOREST, "split_feature", [0], "'split_feature' has 1 items, expected 2"),
        (FOREST, "threshold", [1, INF], "not finite"),
        (FOREST, "missing_left", [1, 2], "neither 0 nor 1"),
        ("boosted", "threshold", [1, math.nan], "a threshold is not a number"),
        ("boosted32", "threshold", [1, math.nan], "a threshold is not a number"),
        ("boosted", "tree_output", [0], "'tree_output' has 1 items, expected 2"),
        ("boosted", "tree_output", [0, 1], "'tree_output' is out of bounds"),
        ("boosted", "tree_output", [0, -1], "'tree_output' is out of bounds"),
        ("boosted", "baseline", [], "'tree_output' is out of bounds"),
        ("boosted", "leaf_values", [1, 2, 3], "'leaf_cover' has 4 items, expected 3"),
        ("boosted32", "leaf_values", [1, 2, 3, 0.1], "holds a number that is no float32"),
        ("boosted32", "leaf_values", [1, 2, 3, 1e300], "holds a number that is no float32"),
        ("boosted32", "baseline", [0.1], "'baseline' holds a number that is no float32"),
        ("boosted", "category_set", [-1, 0], "'category_set' points outside the sets"),
        ("boosted", "category_set", [-2, -1], "'category_set' points outside the sets"),
        ("boosted", "category_sets", [0] * 31, "not a whole number of sets"),
        (FOREST, "node_cover", [1], "'node_cover' has 1 items, expected 2"),
        (FOREST, "leaf_cover", [1, 2, 3, -4], "'leaf_cover' holds a negative number"),
        (FOREST, "leaf_cover", [1, 2, 3, INF], "not finite"),
        ("constant", "values", [], "gives 0 values"),
        ("constant", "values", [1] * (MAX_WIDTH + 1), "gives 100,001 values"),
        ("constant", "values", [1, INF], "not finite"),
        ("calibrate_sigmoid of two", "slope", [], "'slope' has 0 items"),
        ("calibrate_sigmoid of three", "offset", [1], "'offset' has 1 items"),
        (TWO, "starts", [0, 3, 3], "'starts' has 3 items, expected 2"),
        (TWO, "starts", [1, 3], "do not cut the points"),
        (TWO, "starts", [0, 2], "do not cut the points"),
        ("calibrate_isotonic of three", "starts", [0, 2, 2, 5], "do not cut the points"),
        (TWO, "x", [0, 2, 1], "'x' do not ascend"),
        (TWO, "x", [0, 1], "'y' has 3 items, expected 2"),
        (TWO, "y", [0, 0.5, 1.5], "no probability"),
        (TWO, "y", [-0.5, 0.5, 1], "no probability"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    example: str, name: str, values: list[float], sentence: str
) -> None:
    program = make_example(f"{example} sums in float32" if example == "boosted32" else example)
    assert write_program(program)
    with pytest.raises(ProgramError, match=sentence):
        write_program(change(program, name, values))


@pytest.mark.parametrize(
    ("chain", "sentence"),
    [
        ((), "it has no steps"),
        ((step("sigmoid"),), "step 0, sigmoid: takes one value"),
        ((step("gather", inputs=[0, 1, 1]),), "gives 3 values, expected 2"),
        ((step("gather", inputs=[0]), step("fill", values=[1, 2])), "step 1, fill: 'values' has 2"),
        ((step("linear", coefficients=[1, 2]),), "expected {"),
        ((step("softmax", extra=[1.0]),), "expected {"),
    ],
)
def test_steps_that_do_not_fit_each_other_are_refused(
    chain: tuple[Made, ...], sentence: str
) -> None:
    with pytest.raises(ProgramError, match=sentence):
        write_program(make_program(*chain))


def test_an_array_of_another_type_or_of_no_step_is_refused() -> None:
    program = make_forest()
    for name, values in (("0.width", array("d", [2])), ("1.width", array("i", [2]))):
        with pytest.raises(ProgramError, match=r"expected \{"):
            write_program(replace(program, arrays={**program.arrays, name: values}))


def test_a_boosted_tree_may_split_by_missing_alone() -> None:
    chain = step("boosted", **{**BOOSTED, "threshold": [INF, -INF]})
    program = make_program(chain, outputs=1)
    assert read_program(write_program(program)) == program


def test_a_chain_longer_than_any_pipeline_is_refused() -> None:
    program = make_program()
    with pytest.raises(ProgramError, match="more than 1,000 steps"):
        write_program(replace(program, steps=(Step(kind="softmax"),) * 1001))
    assert write_program(replace(program, steps=(Step(kind="softmax"),) * 1000))
