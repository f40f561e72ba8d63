"""Support vector classifiers, as libsvm decides between each two classes (Chang and Lin 2011)."""

import math
from collections.abc import Callable
from itertools import accumulate, combinations, pairwise

from dropcast.scoring.links import Function, Values
from dropcast.scoring.trees import Lists


def dot(left: Values, right: Values) -> float:
    """Return the scalar product, added from the left.

    ``sum`` rounds in another way from Python 3.12 on.
    """
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += a * b
    return total


def make_svc(arrays: Lists) -> Function:
    """Return the function from values to a decision for each pair of classes."""
    compute = _make_kernel(arrays)
    duals, flat, intercepts = arrays["dual"], arrays["vectors"], arrays["intercept"]
    spans = list(pairwise(accumulate(arrays["counts"], initial=0)))
    count, classes = spans[-1][1], len(spans)
    width = len(flat) // count
    vectors = [flat[i * width : (i + 1) * width] for i in range(count)]
    # The line of ``dual`` that a class's vectors have against another class.
    lines = [duals[i * count : (i + 1) * count] for i in range(classes - 1)]
    pairs = [
        (intercept, lines[second - 1], spans[first], lines[first], spans[second])
        for (first, second), intercept in zip(
            combinations(range(classes), 2), intercepts, strict=True
        )
    ]

    def decide(values: Values) -> list[float]:
        near = [compute(values, vector) for vector in vectors]
        decisions = []
        for intercept, line, (start, end), other_line, (other_start, other_end) in pairs:
            total = 0.0
            for i in range(start, end):
                total += line[i] * near[i]
            for i in range(other_start, other_end):
                total += other_line[i] * near[i]
            decisions.append(total + intercept)
        return decisions

    return decide


def _make_kernel(arrays: Lists) -> Callable[[Values, Values], float]:
    (kernel,), (gamma,), (coef0,), (degree,) = (
        arrays[name] for name in ("kernel", "gamma", "coef0", "degree")
    )

    def polynomial(values: Values, vector: Values) -> float:
        base = gamma * dot(values, vector) + coef0
        power = 1.0
        for _ in range(degree):
            power *= base
        return float(power)

    def radial(values: Values, vector: Values) -> float:
        distance = 0.0
        for a, b in zip(values, vector, strict=True):
            distance += (a - b) * (a - b)
        return math.exp(-gamma * distance)

    return (dot, polynomial, radial)[kernel]


def make_one_vs_one(arrays: Lists) -> Function:
    """Return the function from the pairs' decisions to the votes of each class."""
    (classes,) = arrays["classes"]
    pairs = list(combinations(range(classes), 2))

    def vote(decisions: Values) -> list[float]:
        votes, sure = [0.0] * classes, [0.0] * classes
        for decision, (first, second) in zip(decisions, pairs, strict=True):
            votes[second if decision < 0 else first] += 1
            sure[first] += decision
            sure[second] -= decision
        # Less than half a vote, whatever the decisions are.
        return [v + s / (3 * (abs(s) + 1)) for v, s in zip(votes, sure, strict=True)]

    return vote
