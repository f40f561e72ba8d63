"""The batch scorer: a program becomes a function over whole columns of numpy.

It does the row scorer's arithmetic in the row scorer's order (sums from the left, ``math.exp``
for links and kernels), so both give the same bits. Rows go through in blocks, so memory does not
grow with their number.
"""

import math
from collections.abc import Callable
from itertools import accumulate, combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from dropcast.scoring.batch.trees import (
    BatchFunction,
    make_boosted,
    make_boosted32,
    make_forest,
)
from dropcast.scoring.batch.walks import Arrays, Floats
from dropcast.scoring.check import list_widths
from dropcast.scoring.links import compute_probability
from dropcast.scoring.program import Program, find_arrays

BLOCK_ROWS = 8192
_MOST_BLOCK_BYTES = 64 * 1024 * 1024


def build_batch_scorer(program: Program) -> BatchFunction:
    """Return the function from feature values (n, f), NaN where missing, to predictions (n, k).

    It gives what the row scorer's ``build_value_scorer`` gives for each row.
    """
    functions = [
        BATCH_MAKERS[step.kind](_read_arrays(program, index))
        for index, step in enumerate(program.steps)
    ]
    width, together = max(1, len(program.labels)), count_block_rows(program)

    def score(values: Floats) -> Floats:
        found = np.empty((len(values), width))
        for start in range(0, len(values), together):
            block = np.asarray(values[start : start + together], dtype=np.float64)
            with np.errstate(all="ignore"):
                for function in functions:
                    block = function(block)
            found[start : start + together] = block
        return found

    return score


def count_block_rows(program: Program) -> int:
    """Return how many rows go through together.

    What one step holds of them, a float64 for each of its values, trees or vectors, takes 64 MiB at
    most.
    """
    widest = max(len(program.features), *list_widths(program))
    for index in range(len(program.steps)):
        arrays = find_arrays(program, index)
        widest = max(widest, len(arrays.get("roots", ())), sum(arrays.get("counts", ())))
    return max(1, min(BLOCK_ROWS, _MOST_BLOCK_BYTES // (8 * widest)))


def _read_arrays(program: Program, index: int) -> Arrays:
    return {name: np.asarray(values) for name, values in find_arrays(program, index).items()}


def _make_fill(arrays: Arrays) -> BatchFunction:
    fills = arrays["values"]
    return lambda values: np.where(np.isnan(values), fills, values)


def _find_keys(keys: Floats, values: Floats) -> NDArray[np.intp]:
    """Return each value's place among ascending keys, -1 where it is not one."""
    if not len(keys):
        return np.full(len(values), -1)
    places = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return np.where(keys[places] == values, places, -1)


def _make_one_hot(arrays: Arrays) -> BatchFunction:
    position, missing, keys = int(arrays["position"][0]), int(arrays["missing"][0]), arrays["keys"]

    def expand(values: Floats) -> Floats:
        column = values[:, position]
        places = _find_keys(keys, column)
        if missing:
            places = np.where(np.isnan(column), len(keys), places)
        marks = np.zeros((len(values), len(keys) + missing))
        known = np.flatnonzero(places >= 0)
        marks[known, places[known]] = 1.0
        return np.hstack([np.delete(values, position, axis=1), marks])

    return expand


def _make_look_up(arrays: Arrays) -> BatchFunction:
    position, keys, default = int(arrays["position"][0]), arrays["keys"], arrays["default"]
    # A value that is no key is at place -1, the last line.
    lines = np.vstack([arrays["table"].reshape(len(keys), len(default)), default])

    def expand(values: Floats) -> Floats:
        column = values[:, position]
        found = lines[_find_keys(keys, column)]
        found[np.isnan(column)] = arrays["missing"]
        return np.hstack([np.delete(values, position, axis=1), found])

    return expand


def _make_gather(arrays: Arrays) -> BatchFunction:
    inputs = arrays["inputs"]
    return lambda values: values[:, inputs]


def _make_standard_scale(arrays: Arrays) -> BatchFunction:
    mean, deviation = arrays["mean"], arrays["deviation"]
    return lambda values: (values - mean) / deviation


def _make_min_max_scale(arrays: Arrays) -> BatchFunction:
    factor, offset = arrays["factor"], arrays["offset"]
    return lambda values: values * factor + offset


def _dot(values: Floats, line: Floats) -> Floats:
    """Return the scalar products with a line, added from the left as the row scorer does."""
    total = np.zeros(len(values))
    for column, factor in zip(values.T, line, strict=True):
        total += column * factor
    return total


def _make_linear(arrays: Arrays) -> BatchFunction:
    intercepts = arrays["intercept"]
    lines = arrays["coefficients"].reshape(len(intercepts), -1)
    return lambda values: np.column_stack(
        [_dot(values, line) + c for line, c in zip(lines, intercepts, strict=True)]
    )


def _make_svc(arrays: Arrays) -> BatchFunction:
    counts = arrays["counts"].tolist()
    spans, classes = list(pairwise(accumulate(counts, initial=0))), len(counts)
    vectors = arrays["vectors"].reshape(sum(counts), -1)
    lines = arrays["dual"].reshape(classes - 1, -1)
    intercepts, near_by = arrays["intercept"], _make_kernel(arrays)

    def decide(values: Floats) -> Floats:
        near = [near_by(values, vector) for vector in vectors]
        decisions = []
        for (first, second), intercept in zip(
            combinations(range(classes), 2), intercepts, strict=True
        ):
            total = np.zeros(len(values))
            for own, other in ((first, second - 1), (second, first)):
                for i in range(*spans[own]):
                    total += lines[other, i] * near[i]
            decisions.append(total + intercept)
        return np.column_stack(decisions)

    return decide


def _make_kernel(arrays: Arrays) -> Callable[[Floats, Floats], Floats]:
    kernel, gamma, coef0, degree = (
        arrays[name][0].item() for name in ("kernel", "gamma", "coef0", "degree")
    )

    def polynomial(values: Floats, vector: Floats) -> Floats:
        base = gamma * _dot(values, vector) + coef0
        power = np.ones(len(values))
        for _ in range(degree):
            power = power * base
        return power

    def radial(values: Floats, vector: Floats) -> Floats:
        distance = np.zeros(len(values))
        for column, other in zip(values.T, vector, strict=True):
            distance += (column - other) * (column - other)
        # numpy's own differs from the row scorer's in the last bit.
        return np.array([math.exp(x) for x in (-gamma * distance).tolist()])

    return (_dot, polynomial, radial)[kernel]


def _make_one_vs_one(arrays: Arrays) -> BatchFunction:
    classes = int(arrays["classes"][0])

    def vote(decisions: Floats) -> Floats:
        votes, sure = np.zeros((2, len(decisions), classes))
        for decision, (first, second) in zip(
            decisions.T, combinations(range(classes), 2), strict=True
        ):
            votes[:, first] += ~(decision < 0)
            votes[:, second] += decision < 0
            sure[:, first] += decision
            sure[:, second] -= decision
        return np.asarray(votes + sure / (3 * (np.abs(sure) + 1)))

    return vote


def _make_constant(arrays: Arrays) -> BatchFunction:
    constant = arrays["values"]
    return lambda values: np.tile(constant, (len(values), 1))


def _compute_probabilities(log_odds: Floats) -> Floats:
    return np.array([compute_probability(x) for x in log_odds.tolist()])


def _make_sigmoid(arrays: Arrays) -> BatchFunction:
    del arrays

    def link(values: Floats) -> Floats:
        positive = _compute_probabilities(values[:, 0])
        return np.column_stack([1 - positive, positive])

    return link


def _make_softmax(arrays: Arrays) -> BatchFunction:
    del arrays

    def link(values: Floats) -> Floats:
        shifted = values - values.max(axis=1, keepdims=True)
        powers = np.array([[math.exp(x) for x in row] for row in shifted.tolist()])
        totals = np.array([math.fsum(row) for row in powers.tolist()])
        return np.asarray(powers / totals[:, np.newaxis])

    return link


def _share(found: Floats) -> Floats:
    if found.shape[1] == 1:
        return np.hstack([1 - found, found])
    total = np.zeros(len(found))
    for column in found.T:
        total += column
    even = np.full(found.shape, 1 / found.shape[1])
    return np.where(total[:, np.newaxis] == 0, even, found / total[:, np.newaxis])


def _make_calibrate_sigmoid(arrays: Arrays) -> BatchFunction:
    pairs = list(zip(arrays["slope"], arrays["offset"], strict=True))
    return lambda values: _share(
        np.column_stack(
            [
                _compute_probabilities(-(a * column + b))
                for column, (a, b) in zip(values.T, pairs, strict=True)
            ]
        )
    )


def _make_calibrate_isotonic(arrays: Arrays) -> BatchFunction:
    spans = list(pairwise(arrays["starts"].tolist()))
    lines = [(arrays["x"][start:end], arrays["y"][start:end]) for start, end in spans]
    return lambda values: _share(
        np.column_stack(
            [_interpolate(column, *line) for column, line in zip(values.T, lines, strict=True)]
        )
    )


def _interpolate(values: Floats, points: Floats, heights: Floats) -> Floats:
    if len(points) == 1:
        return np.where(np.isnan(values), np.nan, heights[0])
    after = np.clip(np.searchsorted(points, values, side="right"), 1, len(points) - 1)
    low, high = points[after - 1], points[after]
    slope = (heights[after] - heights[after - 1]) / (high - low)
    found = slope * (values - low) + heights[after - 1]
    found = np.where(values <= points[0], heights[0], found)
    return np.where(values >= points[-1], heights[-1], found)


BATCH_MAKERS: dict[str, Callable[[Arrays], BatchFunction]] = {
    "fill": _make_fill,
    "one_hot": _make_one_hot,
    "look_up": _make_look_up,
    "gather": _make_gather,
    "standard_scale": _make_standard_scale,
    "min_max_scale": _make_min_max_scale,
    "linear": _make_linear,
    "svc": _make_svc,
    "one_vs_one": _make_one_vs_one,
    "forest": make_forest,
    "boosted": make_boosted,
    "boosted32": make_boosted32,
    "constant": _make_constant,
    "sigmoid": _make_sigmoid,
    "softmax": _make_softmax,
    "calibrate_sigmoid": _make_calibrate_sigmoid,
    "calibrate_isotonic": _make_calibrate_isotonic,
}
