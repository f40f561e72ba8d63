"""What a program must hold so that a scorer can trust it: known names, right lengths, every index
in bounds, trees that end.

Arrays of the steps and models (n features, m inner nodes, l leaves over all trees):

``scale_mean``, ``scale_deviation``   d, n: the feature becomes (x - mean) / deviation
``coefficients`` d, n; ``intercept`` d, 1: of the positive class's log-odds
``roots`` i: one reference a tree; a reference is an inner node (>= 0) or the leaf ~reference (< 0)
``split_feature`` i, m; ``threshold`` d, m: x <= threshold goes left
``left``, ``right`` i, m: references; an inner child comes after its parent
``missing_left`` B, m: 1 if a missing value goes left
``first_probability``, ``second_probability`` d, l: a forest leaf's share of each class
``leaf_value`` d, l; ``baseline`` d, 1: log-odds of boosting
"""

import math
import operator
import re
from array import array
from collections.abc import Iterator
from itertools import count
from typing import Any

from dropcast.contracts.errors import ProgramError
from dropcast.contracts.keys import DATASET_PATTERN
from dropcast.recipe.expressions import OPERATIONS, Call, ColumnRef, Expression
from dropcast.scoring.program import Program

MAX_EXPRESSION_DEPTH = 64
_TREES = {
    "roots": "i",
    "split_feature": "i",
    "threshold": "d",
    "left": "i",
    "right": "i",
    "missing_left": "B",
}
ARRAYS: dict[str, dict[str, str]] = {
    "standard_scale": {"scale_mean": "d", "scale_deviation": "d"},
    "logistic_regression": {"coefficients": "d", "intercept": "d"},
    "random_forest": {**_TREES, "first_probability": "d", "second_probability": "d"},
    "hist_gradient_boosting": {**_TREES, "leaf_value": "d", "baseline": "d"},
}
_NUMERIC_KINDS = ("number", "integer", "boolean")


def check_program(program: Program) -> None:
    """Raise ``ProgramError`` with every problem that is found."""
    problems = list(_find_head_problems(program)) or list(_find_array_problems(program))
    if problems:
        raise ProgramError("the scoring program cannot be used: " + "; ".join(problems[:20]))


def _find_head_problems(program: Program) -> Iterator[str]:
    if not re.fullmatch(DATASET_PATTERN, program.dataset):
        yield "its dataset's name is not one"
    if not program.features:
        yield "it has no features"
    if len(set(program.steps)) < len(program.steps):
        yield "a step stands twice"
    if program.classes[0] == program.classes[1] or program.labels[0] == program.labels[1]:
        yield "its two classes are one"
    if len({f.name for f in program.features}) < len(program.features):
        yield "two features have one name"
    kinds = {column.name: column.kind for column in program.columns}
    if len(kinds) < len(program.columns):
        yield "two columns have one name"
    for feature in program.features:
        for problem in _find_expression_problems(feature.expression, kinds, 1):
            yield f"feature '{feature.name}': {problem}"


def _find_expression_problems(
    expression: Expression, kinds: dict[str, Any], depth: int
) -> Iterator[str]:
    if depth > MAX_EXPRESSION_DEPTH:
        yield f"nested deeper than {MAX_EXPRESSION_DEPTH}"
    elif isinstance(expression, ColumnRef):
        if kinds.get(expression.name) not in _NUMERIC_KINDS:
            yield f"no numeric column '{expression.name}'"
    elif isinstance(expression, Call):
        if OPERATIONS.get(expression.operation) != len(expression.arguments):
            yield f"no operation '{expression.operation}' of {len(expression.arguments)} arguments"
        for argument in expression.arguments:
            yield from _find_expression_problems(argument, kinds, depth + 1)


def _find_array_problems(program: Program) -> Iterator[str]:
    expected: dict[str, str] = {}
    for part in (*program.steps, program.model):
        expected |= ARRAYS[part]
    found = {name: values.typecode for name, values in program.arrays.items()}
    if found != expected:
        yield f"its arrays are {found}, expected {expected}"
        return
    arrays, features = program.arrays, len(program.features)
    lengths = _list_lengths(program)
    yield from (
        f"array '{name}' has {len(arrays[name])} items, expected {length}"
        for name, length in lengths.items()
        if len(arrays[name]) != length
    )
    yield from (
        f"array '{name}' holds a number that is not finite"
        for name, typecode in expected.items()
        # A boosted tree may split the missing from all others: its threshold is infinite.
        if typecode == "d" and name != "threshold" and not all(map(math.isfinite, arrays[name]))
    )
    if "standard_scale" in program.steps and min(arrays["scale_deviation"], default=1.0) <= 0:
        yield "a deviation to scale by is not positive"
    if "roots" in arrays and all(len(arrays[name]) == n for name, n in lengths.items()):
        yield from _find_tree_problems(program, features)


def _list_lengths(program: Program) -> dict[str, int]:
    """Return how long each array must be, as far as the others tell."""
    arrays, features = program.arrays, len(program.features)
    if program.model == "logistic_regression":
        lengths = {"coefficients": features, "intercept": 1}
    else:
        names = ("split_feature", "left", "right", "missing_left")
        lengths = dict.fromkeys(names, len(arrays["threshold"]))
    if program.model == "random_forest":
        lengths["second_probability"] = len(arrays["first_probability"])
    if program.model == "hist_gradient_boosting":
        lengths["baseline"] = 1
    if "standard_scale" in program.steps:
        lengths |= {"scale_mean": features, "scale_deviation": features}
    return lengths


def _find_tree_problems(program: Program, features: int) -> Iterator[str]:
    arrays = program.arrays
    leaf_array = "leaf_value" if "leaf_value" in arrays else "first_probability"
    nodes, leaves = len(arrays["threshold"]), len(arrays[leaf_array])
    if not arrays["roots"]:
        yield "it has no trees"
    for name in ("roots", "left", "right"):
        references = arrays[name]
        if references and not -leaves <= min(references) <= max(references) < nodes:
            yield f"array '{name}' points outside the trees"
    for name in ("left", "right"):
        if not all(map(operator.gt, _as_unsigned(arrays[name]), count())):
            yield f"array '{name}' holds a child that does not come after its parent"
    used = arrays["split_feature"]
    if used and not 0 <= min(used) <= max(used) < features:
        yield "a tree splits by a feature that is not there"
    if any(map(math.isnan, arrays["threshold"])):
        yield "a threshold is not a number"
    if max(arrays["missing_left"], default=0) > 1:
        yield "array 'missing_left' holds other values than 0 and 1"
    yield from _find_probability_problems(program)


def _find_probability_problems(program: Program) -> Iterator[str]:
    for name in ("first_probability", "second_probability"):
        values = program.arrays.get(name)
        if values and not 0 <= min(values) <= max(values) <= 1:
            yield f"array '{name}' holds a number that is no probability"


def _as_unsigned(references: "array[int]") -> "array[int]":
    """Return the references with leaves (negative) above every node, to compare all at once."""
    unsigned = array("I")
    unsigned.frombytes(references.tobytes())
    return unsigned
