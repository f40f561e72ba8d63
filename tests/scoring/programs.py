"""Programs made by hand, small enough to score in one's head."""

import math
from array import array
from collections.abc import Sequence
from typing import Any

from dropcast.recipe import Feature, Task, col, number
from dropcast.scoring import FittedFrom, Program, Step
from dropcast.scoring.check_steps import ARRAYS
from dropcast.scoring.program import StepKind

Numbers = Sequence[float]
Made = tuple[StepKind, dict[str, "array[Any]"]]
# A chain, how many features it takes, how many values it gives, and worked cases.
Example = tuple[tuple[Made, ...], int, int, list[tuple[list[float], list[float]]]]

FITTED_FROM = FittedFrom(dataset_version="a" * 64, recipe_hash="b" * 64, references={})
# Tree 1: x0 <= 1 ? leaf 0 : (x1 <= 0.25 ? leaf 1 : leaf 2); tree 2: leaf 3 alone.
TREES: dict[str, Numbers] = {
    "roots": [0, ~3],
    "split_feature": [0, 1],
    "threshold": [1.0, 0.25],
    "left": [~0, ~1],
    "right": [1, ~2],
    "missing_left": [1, 0],
}
SVC: dict[str, Numbers] = {
    "gamma": [0.5],
    "coef0": [1.0],
    "degree": [3],
    "intercept": [0.25],
    "vectors": [1, 2, 3, 4],
    "dual": [2, -1],
}
BOOSTED: dict[str, Numbers] = {
    **TREES,
    "leaf_values": [-1.0, 0.5, 2.0, 0.25],
    "tree_output": [0, 0],
    "baseline": [0.125],
}
LOOK_UP: dict[str, Numbers] = {
    "position": [0],
    "keys": [2, 5],
    "table": [1, 2, 3, 4],
    "default": [0.5, 0.25],
    "missing": [7, 8],
}
ISOTONIC: dict[str, Numbers] = {"starts": [0, 3], "x": [0, 1, 2], "y": [0, 0.5, 1]}
NAN = math.nan
THIRD = 1 / 3


def step(kind: StepKind, **numbers: Numbers) -> Made:
    """Return a step with its arrays in the type codes of its kind."""
    codes = ARRAYS[kind]
    return kind, {
        name: array(codes.get(name, "d"), _fit(codes.get(name, "d"), values))
        for name, values in numbers.items()
    }


def _fit(code: str, values: Numbers) -> list[Any]:
    return list(values) if code == "d" else [int(value) for value in values]


def make_program(*chain: Made, width: int = 2, outputs: int = 2) -> Program:
    """Return a program of ``width`` features ``x0``, ``x1``, ..., each a column as it is, that
    gives ``outputs`` values: one is a regression's, more are classes' probabilities."""
    names = [f"x{i}" for i in range(width)]
    tasks: dict[int, Task] = {1: "regression", 2: "binary"}
    return Program(
        dataset="songs",
        columns=tuple(number(name, nullable=True) for name in names),
        features=tuple(Feature(name, col(name), fill=0.0) for name in names),
        task=tasks.get(outputs, "multiclass"),
        labels=tuple(f"class {i}" for i in range(outputs)) if outputs > 1 else (),
        unit=None,
        relative_to=None,
        series=None,
        rows_needed=1,
        references={},
        steps=tuple(Step(kind=kind) for kind, _ in chain),
        fitted_from=FITTED_FROM,
        arrays={
            f"{index}.{name}": values[:]
            for index, (_, arrays) in enumerate(chain)
            for name, values in arrays.items()
        },
    )


def make_logistic() -> Program:
    """(x - mean) / deviation, then -2 x1 + x0 + 0.5 as log-odds."""
    return make_program(
        step("standard_scale", mean=[1.0, 0.5], deviation=[2.0, 0.25]),
        step("linear", coefficients=[1.0, -2.0], intercept=[0.5]),
        step("sigmoid"),
    )


def make_forest() -> Program:
    return make_program(
        step("forest", **TREES, width=[2], leaf_values=[1, 0, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25])
    )


EXAMPLES: dict[str, Example] = {
    "fill": (
        (step("fill", values=[NAN, 7]),),
        2,
        2,
        [([1, NAN], [1, 7]), ([NAN, 2], [NAN, 2]), ([NAN, NAN], [NAN, 7])],
    ),
    "one_hot where missing is a category": (
        (step("one_hot", position=[1], keys=[2, 5], missing=[1]),),
        3,
        5,
        [
            ([9, 2, 8], [9, 8, 1, 0, 0]),
            ([9, 5, 8], [9, 8, 0, 1, 0]),
            ([9, NAN, 8], [9, 8, 0, 0, 1]),
            ([9, 3, 8], [9, 8, 0, 0, 0]),
            ([9, 6, 8], [9, 8, 0, 0, 0]),
        ],
    ),
    "one_hot where missing is none": (
        (step("one_hot", position=[0], keys=[2, 5], missing=[0]),),
        2,
        3,
        [([5, 8], [8, 0, 1]), ([NAN, 8], [8, 0, 0]), ([1, 8], [8, 0, 0])],
    ),
    "one_hot of nothing but missing": (
        (step("one_hot", position=[0], keys=[], missing=[1]),),
        1,
        1,
        [([NAN], [1]), ([4], [0])],
    ),
    "look_up": (
        (step("look_up", **LOOK_UP),),
        2,
        3,
        [
            ([2, 9], [9, 1, 2]),
            ([5, 9], [9, 3, 4]),
            ([3, 9], [9, 0.5, 0.25]),
            ([math.inf, 9], [9, 0.5, 0.25]),
            ([NAN, 9], [9, 7, 8]),
        ],
    ),
    "look_up without keys": (
        (step("look_up", position=[0], keys=[], table=[], default=[3], missing=[4]),),
        1,
        1,
        [([1], [3]), ([NAN], [4])],
    ),
    "gather": ((step("gather", inputs=[2, 0, 2]),), 3, 3, [([1, 2, 3], [3, 1, 3])]),
    "standard_scale": (
        (step("standard_scale", mean=[1, 2], deviation=[2, 4]),),
        2,
        2,
        [([3, 4], [1, 0.5]), ([1, -2], [0, -1])],
    ),
    "min_max_scale": (
        (step("min_max_scale", factor=[0.5, 2], offset=[1, -1]),),
        2,
        2,
        [([2, 3], [2, 5])],
    ),
    "linear": (
        (step("linear", coefficients=[1, 2, 3, 4, 5, 6], intercept=[0.5, 0, -1]),),
        2,
        3,
        [([1, 10], [21.5, 43, 64]), ([0, 0], [0.5, 0, -1])],
    ),
    # Dot products with the vectors: 3 and 7; squared distances: 1 and 13.
    "svc, linear": ((step("svc", kernel=[0], **SVC),), 2, 1, [([1, 1], [6 - 7 + 0.25])]),
    "svc, polynomial": (
        (step("svc", kernel=[1], **SVC),),
        2,
        1,
        [([1, 1], [2 * 2.5**3 - 4.5**3 + 0.25])],
    ),
    "svc, radial": (
        (step("svc", kernel=[2], **SVC),),
        2,
        1,
        [([1, 1], [2 * math.exp(-0.5) - math.exp(-6.5) + 0.25])],
    ),
    "forest of one": (
        (step("forest", **TREES, width=[1], leaf_values=[1, 2, 4, 8]),),
        2,
        1,
        # 1 + 2^-40 is 1 in float32.
        [([1, 0], [4.5]), ([1 + 2**-40, 0], [4.5]), ([2, 0.25], [5]), ([2, 1], [6])],
    ),
    "forest of two": (
        (step("forest", **TREES, width=[2], leaf_values=[1, 0, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25]),),
        2,
        2,
        [
            ([1, 0], [0.875, 0.125]),
            ([2, 0.25], [0.5, 0.5]),
            ([2, 1], [0.625, 0.375]),
            ([NAN, 0], [0.875, 0.125]),
            ([2, NAN], [0.625, 0.375]),
        ],
    ),
    "forest of three": (
        (step("forest", **TREES, width=[3], leaf_values=[1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.5, 0]),),
        2,
        3,
        [([1, 0], [0.75, 0.25, 0]), ([2, 0], [0.25, 0.75, 0]), ([2, 1], [0.25, 0.25, 0.5])],
    ),
    "boosted": (
        (step("boosted", **BOOSTED),),
        2,
        1,
        [
            ([1, 0], [0.125 - 1 + 0.25]),
            ([1 + 2**-40, 0], [0.125 + 0.5 + 0.25]),
            ([2, 1], [0.125 + 2 + 0.25]),
            ([NAN, 1], [0.125 - 1 + 0.25]),
            ([2, NAN], [0.125 + 2 + 0.25]),
        ],
    ),
    "boosted, three outputs": (
        (step("boosted", **{**BOOSTED, "baseline": [0, 0.5, 1], "tree_output": [2, 0]}),),
        2,
        3,
        [([1, 0], [0.25, 0.5, 0]), ([2, 1], [0.25, 0.5, 3])],
    ),
    # In float32 one is lost beside 2^24; in float64 it is not.
    "boosted32 sums in float32": (
        (step("boosted32", **{**BOOSTED, "leaf_values": [2**24, 0, 0.1, 1], "baseline": [1]}),),
        2,
        1,
        [([1, 0], [2**24]), ([1 + 2**-40, 0], [2**24]), ([2, 0], [2])],
    ),
    "boosted sums in float64": (
        (step("boosted", **{**BOOSTED, "leaf_values": [2**24, 0, 0.1, 1], "baseline": [1]}),),
        2,
        1,
        [([1, 0], [2**24 + 2])],
    ),
    "boosted32, three outputs": (
        (step("boosted32", **{**BOOSTED, "baseline": [0, 0.5, 1], "tree_output": [2, 0]}),),
        2,
        3,
        [([1, 0], [0.25, 0.5, 0]), ([2, NAN], [0.25, 0.5, 3])],
    ),
    "constant": ((step("constant", values=[0.25, 0.75]),), 2, 2, [([1, NAN], [0.25, 0.75])]),
    "sigmoid": (
        (step("sigmoid"),),
        1,
        2,
        [([0], [0.5, 0.5]), ([1e300], [0, 1]), ([-1e300], [1, 0])],
    ),
    "softmax": (
        (step("softmax"),),
        3,
        3,
        [
            ([0, 0, -1e300], [0.5, 0.5, 0]),
            ([1e300, 0, 0], [1, 0, 0]),
            ([5, 5, 5], [THIRD, THIRD, THIRD]),
        ],
    ),
    "calibrate_sigmoid of two": (
        (step("calibrate_sigmoid", slope=[-2], offset=[1]),),
        1,
        2,
        [([0.5], [0.5, 0.5]), ([1e300], [0, 1])],
    ),
    "calibrate_sigmoid of three": (
        (step("calibrate_sigmoid", slope=[-1, -1, -1], offset=[0, 0, 0]),),
        3,
        3,
        [([0, 0, 1e300], [0.25, 0.25, 0.5]), ([-1e300] * 3, [THIRD] * 3)],
    ),
    "calibrate_isotonic of two": (
        (step("calibrate_isotonic", **ISOTONIC),),
        1,
        2,
        [
            ([0.5], [0.75, 0.25]),
            ([1], [0.5, 0.5]),
            ([-9], [1, 0]),
            ([9], [0, 1]),
            ([NAN], [NAN, NAN]),
        ],
    ),
    "calibrate_isotonic of three": (
        (
            step(
                "calibrate_isotonic",
                starts=[0, 2, 3, 5],
                x=[0, 1, 7, 0, 4],
                y=[0, 1, 0.5, 0, 0.5],
            ),
        ),
        3,
        3,
        [([1, 0, 9], [0.5, 0.25, 0.25]), ([0, 0, 0], [0, 1, 0])],
    ),
}


def make_example(name: str) -> Program:
    chain, width, outputs, _ = EXAMPLES[name]
    return make_program(*chain, width=width, outputs=outputs)
