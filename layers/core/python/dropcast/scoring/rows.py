"""The row scorer: a program becomes a function from one checked row to class probabilities.

Plain Python over flat lists. It repeats scikit-learn's arithmetic step by step: forests compare
in float32 and average leaf shares in tree order, boosting adds leaf values to the baseline in
order, and log-odds become probabilities by 1 / (1 + e^-x).
"""

import math
from array import array
from collections.abc import Callable, Sequence

from dropcast.contracts.errors import InvalidRequestError
from dropcast.scoring.expressions import Row, compile_features
from dropcast.scoring.program import Program

Scorer = Callable[[Row], list[float]]
ValueScorer = Callable[[Sequence[float]], list[float]]
_Node = tuple[int, float, int, int, int]


def build_scorer(program: Program) -> Scorer:
    """Return the function from one checked row to [P(first class), P(second class)].

    The function raises ``InvalidRequestError`` for a row that lacks a column the program reads
    or that cannot be scored (a feature is undefined and the model has no way for that).
    """
    compute = compile_features(program.features)
    score_values = build_value_scorer(program)

    def score(row: Row) -> list[float]:
        try:
            values = compute(row)
        except KeyError as error:
            name = str(error.args[0])
            raise InvalidRequestError(
                [{"row": None, "field": name, "problem": f"{name}: the model needs this column"}]
            ) from error
        return score_values(values)

    return score


def build_value_scorer(program: Program) -> ValueScorer:
    """Return the function from feature values (declared order, NaN is missing) to
    [P(first class), P(second class)]."""
    score = _BUILDERS[program.model](program)
    for step in reversed(program.steps):
        score = _WRAPPERS[step](program, score)
    return score


def compute_probability(log_odds: float) -> float:
    """Return 1 / (1 + e^-x) without overflow, to the bit of scipy's ``expit`` above -700.

    >>> compute_probability(0.0), compute_probability(-1e300), compute_probability(1e300)
    (0.5, 0.0, 1.0)
    """
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else math.exp(log_odds)


def _scale(program: Program, score: ValueScorer) -> ValueScorer:
    means = program.arrays["scale_mean"].tolist()
    deviations = program.arrays["scale_deviation"].tolist()

    def score_scaled(values: Sequence[float]) -> list[float]:
        return score([(x - m) / d for x, m, d in zip(values, means, deviations, strict=True)])

    return score_scaled


def _build_logistic_regression(program: Program) -> ValueScorer:
    coefficients = program.arrays["coefficients"].tolist()
    (intercept,) = program.arrays["intercept"].tolist()

    def score(values: Sequence[float]) -> list[float]:
        total = 0.0
        # Not sum(): from Python 3.12 on it rounds in another way than before.
        for value, coefficient in zip(values, coefficients, strict=True):
            total += value * coefficient
        log_odds = total + intercept
        if math.isnan(log_odds):
            sentence = "a feature is undefined for these values, so the row cannot be scored"
            raise InvalidRequestError([{"row": None, "field": None, "problem": sentence}])
        positive = compute_probability(log_odds)
        return [1 - positive, positive]

    return score


def _build_random_forest(program: Program) -> ValueScorer:
    nodes, roots = _list_nodes(program), program.arrays["roots"].tolist()
    first_probabilities = program.arrays["first_probability"].tolist()
    second_probabilities = program.arrays["second_probability"].tolist()

    def score(values: Sequence[float]) -> list[float]:
        first = second = 0.0
        # scikit-learn's forests see float32.
        for leaf in _find_leaves(nodes, roots, array("f", values).tolist()):
            first += first_probabilities[leaf]
            second += second_probabilities[leaf]
        return [first / len(roots), second / len(roots)]

    return score


def _build_hist_gradient_boosting(program: Program) -> ValueScorer:
    nodes, roots = _list_nodes(program), program.arrays["roots"].tolist()
    leaf_values = program.arrays["leaf_value"].tolist()
    (baseline,) = program.arrays["baseline"].tolist()

    def score(values: Sequence[float]) -> list[float]:
        log_odds = baseline
        for leaf in _find_leaves(nodes, roots, values):
            log_odds += leaf_values[leaf]
        positive = compute_probability(log_odds)
        return [1 - positive, positive]

    return score


def _list_nodes(program: Program) -> list[_Node]:
    """Return the inner nodes as (feature, threshold, left, right, missing goes left): one list
    access a level is what makes the walk fast."""
    names = ("split_feature", "threshold", "left", "right", "missing_left")
    return list(zip(*(program.arrays[name].tolist() for name in names), strict=True))


def _find_leaves(nodes: list[_Node], roots: list[int], values: Sequence[float]) -> list[int]:
    """Return the leaf that the values reach in every tree, in tree order."""
    if any(map(math.isnan, values)):
        return [_find_leaf_with_missing(nodes, root, values) for root in roots]
    leaves = []
    for root in roots:
        reference = root
        while reference >= 0:
            feature, threshold, left, right, _ = nodes[reference]
            reference = left if values[feature] <= threshold else right
        leaves.append(~reference)
    return leaves


def _find_leaf_with_missing(nodes: list[_Node], root: int, values: Sequence[float]) -> int:
    reference = root
    while reference >= 0:
        feature, threshold, left, right, missing_left = nodes[reference]
        value = values[feature]
        goes_left = missing_left if math.isnan(value) else value <= threshold
        reference = left if goes_left else right
    return ~reference


_BUILDERS: dict[str, Callable[[Program], ValueScorer]] = {
    "logistic_regression": _build_logistic_regression,
    "random_forest": _build_random_forest,
    "hist_gradient_boosting": _build_hist_gradient_boosting,
}
_WRAPPERS: dict[str, Callable[[Program, ValueScorer], ValueScorer]] = {"standard_scale": _scale}
