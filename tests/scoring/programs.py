"""Programs made by hand, small enough to score in one's head."""

import math
from array import array
from collections.abc import Sequence
from typing import Any

from dropcast.recipe import Feature, Task, col, number
from dropcast.scoring import FittedFrom, Program, Step
from dropcast.scoring.check import ARRAYS
from dropcast.scoring.program import StepKind

Numbers = Sequence[float]
Made = tuple[StepKind, dict[str, "array[Any]"]]

FITTED_FROM = FittedFrom(dataset_version="a" * 64, recipe_hash="b" * 64, references={})
# Tree 1: x0 <= 1 ? leaf 0 : (x1 <= 0.25 ? leaf 1 : leaf 2); tree 2: leaf 3 alone.
TREES: dict[str, Numbers] = {
    "roots": [0, ~3],
    "split_feature": [0, 1],
    "threshold": [1.0, 0.25],
    "left": [~0, ~1],
    "right": [1, ~2],
    "missing_left": [1, 0],
    "node_cover": [10, 6],
    "leaf_cover": [4, 2, 4, 10],
}
SVC: dict[str, Numbers] = {
    "gamma": [0.5],
    "coef0": [1.0],
    "degree": [3],
    "intercept": [0.25],
    "vectors": [1, 2, 3, 4],
    "dual": [2, -1],
    "counts": [1, 1],
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


def step(kind: StepKind, **numbers: Numbers) -> Made:
    """Return a step with its arrays in the type codes of its kind."""
    codes = ARRAYS[kind]
    if kind == "linear" and "background" not in numbers and "intercept" in numbers:
        width = len(numbers["coefficients"]) // len(numbers["intercept"])
        numbers["background"] = [0.0] * width
    if kind == "boosted" and "category_set" not in numbers:
        numbers |= {"category_set": [-1] * len(numbers["threshold"]), "category_sets": []}
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
        ignored=(),
        hidden=(),
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
