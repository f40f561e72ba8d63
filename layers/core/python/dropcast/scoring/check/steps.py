"""The chain of steps: how wide each step's values are, and whether its arrays fit them.

Each check yields the problems of one step and gives its width on; see ``scoring.steps`` for what
the arrays mean. A chain without a problem can be run on any values.
"""

import math
from array import array
from collections.abc import Callable, Iterator
from itertools import pairwise

from dropcast.scoring.check.trees import (
    Arrays,
    ProblemError,
    require,
    require_category_sets,
    require_lengths,
    require_trees,
)
from dropcast.scoring.program import Program, find_arrays

MAX_WIDTH = 100_000
MAX_STEPS = 1_000
_TREES = {
    "roots": "i",
    "split_feature": "i",
    "threshold": "d",
    "left": "i",
    "right": "i",
    "missing_left": "B",
    "node_cover": "d",
    "leaf_cover": "d",
}
ARRAYS: dict[str, dict[str, str]] = {
    "fill": {"values": "d"},
    "one_hot": {"position": "i", "keys": "d", "missing": "i"},
    "look_up": {"position": "i", "keys": "d", "table": "d", "default": "d", "missing": "d"},
    "gather": {"inputs": "i"},
    "standard_scale": {"mean": "d", "deviation": "d"},
    "min_max_scale": {"factor": "d", "offset": "d"},
    "linear": {"coefficients": "d", "intercept": "d", "background": "d"},
    "svc": {
        "kernel": "B",
        "gamma": "d",
        "coef0": "d",
        "degree": "i",
        "intercept": "d",
        "vectors": "d",
        "dual": "d",
        "counts": "i",
    },
    "one_vs_one": {"classes": "i"},
    "forest": {**_TREES, "leaf_values": "d", "width": "i"},
    "boosted": {
        **_TREES,
        "category_set": "i",
        "category_sets": "B",
        "leaf_values": "d",
        "tree_output": "i",
        "baseline": "d",
    },
    "boosted32": {**_TREES, "leaf_values": "d", "tree_output": "i", "baseline": "d"},
    "constant": {"values": "d"},
    "sigmoid": {},
    "softmax": {},
    "calibrate_sigmoid": {"slope": "d", "offset": "d"},
    "calibrate_isotonic": {"starts": "i", "x": "d", "y": "d"},
}
# Numbers that may be infinite (a boosted tree may split the missing from all others) or missing.
_ANY_NUMBER = {
    ("boosted", "threshold"),
    ("boosted32", "threshold"),
    ("fill", "values"),
    ("look_up", "default"),
    ("look_up", "missing"),
}
MAX_CLASSES = 1_000


def find_chain_problems(program: Program) -> Iterator[str]:
    """Yield what is wrong with the steps: at most one problem, as all after it is unknown."""
    try:
        _follow_chain(program)
    except ProblemError as problem:
        yield str(problem)


def list_widths(program: Program) -> list[int]:
    """Return how many values each step of a sound program gives."""
    return _follow_chain(program)


def _follow_chain(program: Program) -> list[int]:
    width = len(program.features)
    require(bool(program.steps), "it has no steps")
    require(len(program.steps) <= MAX_STEPS, f"it has more than {MAX_STEPS:,} steps")
    expected: dict[str, str] = {}
    for index, step in enumerate(program.steps):
        expected |= {f"{index}.{name}": code for name, code in ARRAYS[step.kind].items()}
    found = {name: values.typecode for name, values in program.arrays.items()}
    require(found == expected, f"its arrays are {found}, expected {expected}")
    widths = []
    for index, step in enumerate(program.steps):
        arrays: Arrays = find_arrays(program, index)
        try:
            _require_finite(step.kind, arrays)
            width = _CHECKS[step.kind](arrays, width)
            require(0 < width <= MAX_WIDTH, f"gives {width:,} values")
        except ProblemError as problem:
            raise ProblemError(f"step {index}, {step.kind}: {problem}") from None
        widths.append(width)
    wanted = max(1, len(program.labels))
    require(width == wanted, f"its last step gives {width:,} values, expected {wanted}")
    return widths


def _require_finite(kind: str, arrays: Arrays) -> None:
    for name, values in arrays.items():
        if values.typecode == "d" and (kind, name) not in _ANY_NUMBER:
            require(all(map(math.isfinite, values)), f"'{name}' holds a number that is not finite")


def _require_keys(arrays: Arrays, width: int) -> None:
    require_lengths(arrays, position=1)
    require(0 <= arrays["position"][0] < width, "'position' lies outside the values")
    require(all(a < b for a, b in pairwise(arrays["keys"])), "'keys' do not ascend")


def _check_fill(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, values=width)
    require(not any(map(math.isinf, arrays["values"])), "'values' holds an infinite number")
    return width


def _check_one_hot(arrays: Arrays, width: int) -> int:
    _require_keys(arrays, width)
    require_lengths(arrays, missing=1)
    require(arrays["missing"][0] in (0, 1), "'missing' is neither 0 nor 1")
    return width - 1 + len(arrays["keys"]) + int(arrays["missing"][0])


def _check_look_up(arrays: Arrays, width: int) -> int:
    _require_keys(arrays, width)
    added = len(arrays["default"])
    require(added > 0, "'default' is empty")
    require_lengths(arrays, missing=added, table=added * len(arrays["keys"]))
    for name in ("default", "missing"):
        require(not any(map(math.isinf, arrays[name])), f"'{name}' holds an infinite number")
    return width - 1 + added


def _check_gather(arrays: Arrays, width: int) -> int:
    require(all(0 <= i < width for i in arrays["inputs"]), "'inputs' points outside the values")
    return len(arrays["inputs"])


def _check_standard_scale(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, mean=width, deviation=width)
    require(min(arrays["deviation"]) > 0, "a deviation to scale by is not positive")
    return width


def _check_min_max_scale(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, factor=width, offset=width)
    return width


def _check_linear(arrays: Arrays, width: int) -> int:
    outputs = len(arrays["intercept"])
    require_lengths(arrays, coefficients=outputs * width, background=width)
    return outputs


def _check_svc(arrays: Arrays, width: int) -> int:
    classes, counts = len(arrays["counts"]), arrays["counts"]
    require(2 <= classes <= MAX_CLASSES, "its number of classes is out of bounds")
    require(min(counts) >= 0, "a class has a negative number of vectors")
    vectors, pairs = sum(counts), classes * (classes - 1) // 2
    require(vectors > 0, "it has no vectors")
    require_lengths(arrays, kernel=1, gamma=1, coef0=1, degree=1, intercept=pairs)
    require_lengths(arrays, vectors=vectors * width, dual=vectors * (classes - 1))
    require(arrays["kernel"][0] <= 2, "its kernel is not known")
    require(0 <= arrays["degree"][0] <= 9, "its degree is not between 0 and 9")
    require(arrays["gamma"][0] >= 0, "its gamma is negative")
    return pairs


def _check_one_vs_one(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, classes=1)
    classes = int(arrays["classes"][0])
    require(2 <= classes <= MAX_CLASSES, "its number of classes is out of bounds")
    require(width == classes * (classes - 1) // 2, "takes a value for each pair of classes")
    return classes


def _check_forest(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, width=1)
    outputs = arrays["width"][0]
    require(0 < outputs <= MAX_WIDTH, "'width' is out of bounds")
    leaves, rest = divmod(len(arrays["leaf_values"]), outputs)
    require(rest == 0, "'leaf_values' are not a whole number of leaves")
    require_trees(arrays, width, leaves)
    return int(outputs)


def _check_boosted(arrays: Arrays, width: int) -> int:
    outputs = len(arrays["baseline"])
    require_trees(arrays, width, len(arrays["leaf_values"]))
    if "category_set" in arrays:
        require_category_sets(arrays)
    require_lengths(arrays, tree_output=len(arrays["roots"]))
    require(all(0 <= o < outputs for o in arrays["tree_output"]), "'tree_output' is out of bounds")
    return outputs


def _check_boosted32(arrays: Arrays, width: int) -> int:
    for name in ("leaf_values", "baseline"):
        # Of other numbers it would matter whether they are rounded before they are added or after.
        exact = array("d", array("f", arrays[name])) == arrays[name]
        require(exact, f"'{name}' holds a number that is no float32")
    return _check_boosted(arrays, width)


def _check_constant(arrays: Arrays, width: int) -> int:
    del width
    return len(arrays["values"])


def _check_sigmoid(arrays: Arrays, width: int) -> int:
    del arrays
    require(width == 1, "takes one value")
    return 2


def _check_softmax(arrays: Arrays, width: int) -> int:
    del arrays
    return width


def _check_calibrate_sigmoid(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, slope=width, offset=width)
    return max(2, width)


def _check_calibrate_isotonic(arrays: Arrays, width: int) -> int:
    require_lengths(arrays, starts=width + 1, y=len(arrays["x"]))
    starts = arrays["starts"]
    require(
        starts[0] == 0
        and starts[-1] == len(arrays["x"])
        and all(a < b for a, b in pairwise(starts)),
        "'starts' do not cut the points",
    )
    for start, end in pairwise(starts):
        ascending = all(a < b for a, b in pairwise(arrays["x"][start:end]))
        require(ascending, "'x' do not ascend")
    require(0 <= min(arrays["y"]) <= max(arrays["y"]) <= 1, "'y' holds what is no probability")
    return max(2, width)


_CHECKS: dict[str, Callable[[Arrays, int], int]] = {
    "fill": _check_fill,
    "one_hot": _check_one_hot,
    "look_up": _check_look_up,
    "gather": _check_gather,
    "standard_scale": _check_standard_scale,
    "min_max_scale": _check_min_max_scale,
    "linear": _check_linear,
    "svc": _check_svc,
    "one_vs_one": _check_one_vs_one,
    "forest": _check_forest,
    "boosted": _check_boosted,
    "boosted32": _check_boosted32,
    "constant": _check_constant,
    "sigmoid": _check_sigmoid,
    "softmax": _check_softmax,
    "calibrate_sigmoid": _check_calibrate_sigmoid,
    "calibrate_isotonic": _check_calibrate_isotonic,
}
