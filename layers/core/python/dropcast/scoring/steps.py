"""What each kind of step does to one row: plain Python over flat lists.

It repeats the arithmetic of the library that fitted the step: forests compare in float32 and
average leaf values in tree order, boosting adds leaf values to the baseline in order (XGBoost in
float32), and log-odds become probabilities by 1 / (1 + e^-x).

Arrays by kind (w values come in):

``fill``             values d[w]: stands in for a missing value; NaN: nothing does
``one_hot``          position i[1], keys d[m] ascending, missing i[1]: the value at the position
                     goes out, m (+ 1) values 0 or 1 are appended; a missing value is the last one
                     where ``missing`` is 1, and none where it is 0; so is an unknown one
``look_up``          position i[1], keys d[m] ascending, table d[m * v], default d[v] for an unknown
                     value, missing d[v]: the value goes out, v values are appended
``gather``           inputs i[v]: these values, in this order
``standard_scale``   mean d[w], deviation d[w]: (x - mean) / deviation
``min_max_scale``    factor d[w], offset d[w]: x * factor + offset
``linear``           coefficients d[k * w], intercept d[k]
``svc``              kernel B[1] (0 linear, 1 polynomial, 2 radial), gamma, coef0, intercept d[1],
                     degree i[1], vectors d[s * w], dual d[s]: one decision value
``forest``           trees, leaf_values d[l * k], width i[1]: the mean over the trees
``boosted``          trees, tree_output i[t], leaf_values d[l], baseline d[k]: sums
``boosted32``        the same, in float32 throughout
``constant``         values d[k]
``sigmoid``          (no arrays) one log-odds -> both classes' probabilities
``softmax``          (no arrays)
``calibrate_sigmoid``   slope d[m], offset d[m] (Platt 1999); m is 1 for two classes, else one each
``calibrate_isotonic``  starts i[m + 1], x d[], y d[]: linear between the points

Trees (t trees, n inner nodes, l leaves over all trees): ``roots`` i[t], one reference a tree: an
inner node (>= 0) or the leaf ~reference (< 0); ``split_feature`` i[n]; ``threshold`` d[n]: x <=
threshold goes left; ``left``, ``right`` i[n]; ``missing_left`` B[n]: 1 if a missing value does.
"""

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable

from dropcast.scoring.links import (
    Function,
    Lists,
    Values,
    make_calibrate_isotonic,
    make_calibrate_sigmoid,
    make_sigmoid,
    make_softmax,
)
from dropcast.scoring.trees import find_leaves, list_nodes


def find_key(keys: list[float], value: float) -> int:
    """Return the place of a value among ascending keys, -1 where it is not one."""
    place = bisect_left(keys, value)
    return place if place < len(keys) and keys[place] == value else -1


def _make_fill(arrays: Lists) -> Function:
    fills = arrays["values"]

    def fill(values: Values) -> list[float]:
        return [f if x != x else x for x, f in zip(values, fills, strict=True)]  # noqa: PLR0124 - NaN

    return fill


def _make_one_hot(arrays: Lists) -> Function:
    (position,), (missing,), keys = arrays["position"], arrays["missing"], arrays["keys"]
    width = len(keys) + missing

    def expand(values: Values) -> list[float]:
        value = values[position]
        marks = [0.0] * width
        place = (width - 1 if missing else -1) if math.isnan(value) else find_key(keys, value)
        if place >= 0:
            marks[place] = 1.0
        return [*values[:position], *values[position + 1 :], *marks]

    return expand


def _make_look_up(arrays: Lists) -> Function:
    (position,), keys, table = arrays["position"], arrays["keys"], arrays["table"]
    default, missing = arrays["default"], arrays["missing"]
    width = len(default)
    lines = [table[i * width : (i + 1) * width] for i in range(len(keys))]

    def expand(values: Values) -> list[float]:
        value = values[position]
        if math.isnan(value):
            found = missing
        else:
            place = find_key(keys, value)
            found = lines[place] if place >= 0 else default
        return [*values[:position], *values[position + 1 :], *found]

    return expand


def _make_gather(arrays: Lists) -> Function:
    inputs = arrays["inputs"]
    return lambda values: [values[i] for i in inputs]


def _make_standard_scale(arrays: Lists) -> Function:
    pairs = list(zip(arrays["mean"], arrays["deviation"], strict=True))
    return lambda values: [(x - m) / d for x, (m, d) in zip(values, pairs, strict=True)]


def _make_min_max_scale(arrays: Lists) -> Function:
    pairs = list(zip(arrays["factor"], arrays["offset"], strict=True))
    return lambda values: [x * f + o for x, (f, o) in zip(values, pairs, strict=True)]


def _dot(left: Values, right: Values) -> float:
    # Not sum(): from Python 3.12 on it rounds in another way than before.
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += a * b
    return total


def _make_linear(arrays: Lists) -> Function:
    intercepts = arrays["intercept"]
    width = len(arrays["coefficients"]) // len(intercepts)
    flat = arrays["coefficients"]
    lines = [(flat[i * width : (i + 1) * width], c) for i, c in enumerate(intercepts)]
    return lambda values: [_dot(values, line) + c for line, c in lines]


def _make_svc(arrays: Lists) -> Function:
    (kernel,), (gamma,), (coef0,), (degree,), (intercept,) = (
        arrays[name] for name in ("kernel", "gamma", "coef0", "degree", "intercept")
    )
    duals, flat = arrays["dual"], arrays["vectors"]
    width = len(flat) // len(duals)
    vectors = [flat[i * width : (i + 1) * width] for i in range(len(duals))]

    def linear(values: Values, vector: Values) -> float:
        return _dot(values, vector)

    def polynomial(values: Values, vector: Values) -> float:
        base = gamma * _dot(values, vector) + coef0
        power = 1.0
        for _ in range(degree):
            power *= base
        return power

    def radial(values: Values, vector: Values) -> float:
        distance = 0.0
        for a, b in zip(values, vector, strict=True):
            distance += (a - b) * (a - b)
        return math.exp(-gamma * distance)

    compute = (linear, polynomial, radial)[kernel]

    def decide(values: Values) -> list[float]:
        total = 0.0
        for dual, vector in zip(duals, vectors, strict=True):
            total += dual * compute(values, vector)
        return [total + intercept]

    return decide


def _make_forest(arrays: Lists) -> Function:
    nodes, roots, (width,) = list_nodes(arrays), arrays["roots"], arrays["width"]
    flat, trees = arrays["leaf_values"], len(arrays["roots"])
    if width == 1:

        def average(values: Values) -> list[float]:
            total = 0.0
            for leaf in find_leaves(nodes, roots, array("f", values).tolist()):
                total += flat[leaf]
            return [total / trees]

        return average
    leaves = [tuple(flat[i : i + width]) for i in range(0, len(flat), width)]
    if width == 2:

        def average_two(values: Values) -> list[float]:
            first = second = 0.0
            # scikit-learn's forests see float32.
            for leaf in find_leaves(nodes, roots, array("f", values).tolist()):
                a, b = leaves[leaf]
                first += a
                second += b
            return [first / trees, second / trees]

        return average_two

    def average_all(values: Values) -> list[float]:
        totals = [0.0] * width
        for leaf in find_leaves(nodes, roots, array("f", values).tolist()):
            totals = [t + v for t, v in zip(totals, leaves[leaf], strict=True)]
        return [total / trees for total in totals]

    return average_all


def _make_boosted(arrays: Lists) -> Function:
    nodes, roots = list_nodes(arrays), arrays["roots"]
    leaf_values, baseline = arrays["leaf_values"], arrays["baseline"]
    outputs = arrays["tree_output"]
    if len(baseline) == 1:
        (start,) = baseline

        def add(values: Values) -> list[float]:
            total = start
            for leaf in find_leaves(nodes, roots, values):
                total += leaf_values[leaf]
            return [total]

        return add

    def add_each(values: Values) -> list[float]:
        totals = list(baseline)
        for leaf, output in zip(find_leaves(nodes, roots, values), outputs, strict=True):
            totals[output] += leaf_values[leaf]
        return totals

    return add_each


def _make_boosted32(arrays: Lists) -> Function:
    """A sum in float64 of two float32 numbers, rounded to float32, is their float32 sum."""
    nodes, roots = list_nodes(arrays), arrays["roots"]
    leaf_values, outputs = arrays["leaf_values"], arrays["tree_output"]
    baseline = array("f", arrays["baseline"])

    def add(values: Values) -> list[float]:
        totals = baseline[:]
        leaves = find_leaves(nodes, roots, array("f", values).tolist())
        for leaf, output in zip(leaves, outputs, strict=True):
            totals[output] += leaf_values[leaf]
        return totals.tolist()

    return add


def _make_constant(arrays: Lists) -> Function:
    answer = arrays["values"]
    return lambda values: list(answer)  # noqa: ARG005 - every step takes the row


MAKERS: dict[str, Callable[[Lists], Function]] = {
    "fill": _make_fill,
    "one_hot": _make_one_hot,
    "look_up": _make_look_up,
    "gather": _make_gather,
    "standard_scale": _make_standard_scale,
    "min_max_scale": _make_min_max_scale,
    "linear": _make_linear,
    "svc": _make_svc,
    "forest": _make_forest,
    "boosted": _make_boosted,
    "boosted32": _make_boosted32,
    "constant": _make_constant,
    "sigmoid": make_sigmoid,
    "softmax": make_softmax,
    "calibrate_sigmoid": make_calibrate_sigmoid,
    "calibrate_isotonic": make_calibrate_isotonic,
}
