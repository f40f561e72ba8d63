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
``svc``              kernel B[1] (0 linear, 1 polynomial, 2 radial), gamma d[1], coef0 d[1],
                     degree i[1], vectors d[s * w], class by class, counts i[k] of them,
                     dual d[(k - 1) * s], intercept d[k * (k - 1) / 2]: a decision for each pair
                     of classes
``one_vs_one``       classes i[1]: the pairs' decisions -> votes of each class, and within equal
                     votes how sure the pairs were
``forest``           trees, leaf_values d[l * k], width i[1]: the mean over the trees
``boosted``          trees, tree_output i[t], leaf_values d[l], baseline d[k]: sums
``boosted32``        the same, in float32 throughout
``constant``         values d[k]
``sigmoid``          (no arrays) one log-odds -> both classes' probabilities
``softmax``          (no arrays)
``calibrate_sigmoid``   slope d[m], offset d[m] (Platt 1999); m is 1 for two classes, else one each
``calibrate_isotonic``  starts i[m + 1], x d[], y d[]: linear between the points

``linear`` has besides: background d[w], the values' mean over the training rows; it is what an
explanation starts from.

Trees (t trees, n inner nodes, l leaves over all trees): ``roots`` i[t], one reference a tree: an
inner node (>= 0) or the leaf ~reference (< 0); ``split_feature`` i[n]; ``threshold`` d[n]: x <=
threshold goes left; ``left``, ``right`` i[n]; ``missing_left`` B[n]: 1 if a missing value does.
``node_cover`` d[n], ``leaf_cover`` d[l]: how much of the training rows came by; explanations weigh
by it. ``boosted`` has besides ``category_set`` i[n]: -1, or which of ``category_sets`` B[32 * c]
(bits of the categories 0 to 255) goes left instead; any other value goes as a missing one.
"""

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable
from operator import add, mul, sub, truediv

from dropcast.scoring.links import (
    Function,
    Values,
    make_calibrate_isotonic,
    make_calibrate_sigmoid,
    make_sigmoid,
    make_softmax,
)
from dropcast.scoring.svc import dot, make_one_vs_one, make_svc
from dropcast.scoring.trees import Lists, make_walk


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
    means, deviations = arrays["mean"], arrays["deviation"]
    return lambda values: list(map(truediv, map(sub, values, means), deviations))


def _make_min_max_scale(arrays: Lists) -> Function:
    factors, offsets = arrays["factor"], arrays["offset"]
    return lambda values: list(map(add, map(mul, values, factors), offsets))


def _make_linear(arrays: Lists) -> Function:
    intercepts = arrays["intercept"]
    width = len(arrays["coefficients"]) // len(intercepts)
    flat = arrays["coefficients"]
    lines = [(flat[i * width : (i + 1) * width], c) for i, c in enumerate(intercepts)]
    return lambda values: [dot(values, line) + c for line, c in lines]


def make_scaled_linear(scale: Lists, linear: Lists) -> Function:
    """Return ``standard_scale`` and a ``linear`` of one output in one loop.

    It is the same arithmetic at half the time.
    """
    (intercept,) = linear["intercept"]
    means, deviations = scale["mean"], scale["deviation"]
    factors = list(zip(means, deviations, linear["coefficients"], strict=True))

    def weigh(values: Values) -> list[float]:
        total = 0.0
        for x, (mean, deviation, coefficient) in zip(values, factors, strict=True):
            total += (x - mean) / deviation * coefficient
        return [total + intercept]

    return weigh


def _make_forest(arrays: Lists) -> Function:
    walk, (width,) = make_walk(arrays), arrays["width"]
    flat, trees = arrays["leaf_values"], len(arrays["roots"])
    if width == 1:

        def average(values: Values) -> list[float]:
            total = 0.0
            for leaf in walk(array("f", values).tolist()):
                total += flat[leaf]
            return [total / trees]

        return average
    leaves = [tuple(flat[i : i + width]) for i in range(0, len(flat), width)]
    if width == 2:

        def average_two(values: Values) -> list[float]:
            first = second = 0.0
            # scikit-learn's forests see float32.
            for leaf in walk(array("f", values).tolist()):
                a, b = leaves[leaf]
                first += a
                second += b
            return [first / trees, second / trees]

        return average_two

    def average_all(values: Values) -> list[float]:
        totals = [0.0] * width
        for leaf in walk(array("f", values).tolist()):
            totals = [t + v for t, v in zip(totals, leaves[leaf], strict=True)]
        return [total / trees for total in totals]

    return average_all


def _make_boosted(arrays: Lists) -> Function:
    walk = make_walk(arrays)
    leaf_values, baseline = arrays["leaf_values"], arrays["baseline"]
    outputs = arrays["tree_output"]
    if len(baseline) == 1:
        (start,) = baseline

        def add_up(values: Values) -> list[float]:
            total = start
            for leaf in walk(values):
                total += leaf_values[leaf]
            return [total]

        return add_up

    def add_each(values: Values) -> list[float]:
        totals = list(baseline)
        for leaf, output in zip(walk(values), outputs, strict=True):
            totals[output] += leaf_values[leaf]
        return totals

    return add_each


def _make_boosted32(arrays: Lists) -> Function:
    # A sum in float64 of two float32 numbers, rounded to float32, is their float32 sum.
    walk = make_walk(arrays)
    leaf_values, outputs = arrays["leaf_values"], arrays["tree_output"]
    baseline = array("f", arrays["baseline"])

    def add_up(values: Values) -> list[float]:
        totals = baseline[:]
        leaves = walk(array("f", values).tolist())
        for leaf, output in zip(leaves, outputs, strict=True):
            totals[output] += leaf_values[leaf]
        return totals.tolist()

    return add_up


def _make_constant(arrays: Lists) -> Function:
    constant = arrays["values"]
    return lambda values: list(constant)  # noqa: ARG005 - every step takes the row


MAKERS: dict[str, Callable[[Lists], Function]] = {
    "fill": _make_fill,
    "one_hot": _make_one_hot,
    "look_up": _make_look_up,
    "gather": _make_gather,
    "standard_scale": _make_standard_scale,
    "min_max_scale": _make_min_max_scale,
    "linear": _make_linear,
    "svc": make_svc,
    "one_vs_one": make_one_vs_one,
    "forest": _make_forest,
    "boosted": _make_boosted,
    "boosted32": _make_boosted32,
    "constant": _make_constant,
    "sigmoid": make_sigmoid,
    "softmax": make_softmax,
    "calibrate_sigmoid": make_calibrate_sigmoid,
    "calibrate_isotonic": make_calibrate_isotonic,
}
