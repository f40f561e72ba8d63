"""Why a program predicts as it does: exact Shapley values of its features.

What is explained is the model's own score, before its link and its calibration: log-odds for a
logistic regression or boosted trees, a probability for a forest, a number for a regression (of
a relative target the logarithm of its ratio). The base and the contributions add up to that score.
Linear models start from the training rows' means, trees from the shares of training rows (see
``scoring.explain.trees``). A column that a feature was encoded to counts for the feature.
"""

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from dropcast.contracts.errors import InvalidRequestError
from dropcast.contracts.serialization.frozen import dataclass
from dropcast.scoring.explain.trees import Path, add_shapley_values, count_work, list_paths
from dropcast.scoring.expressions import Row, compile_features
from dropcast.scoring.program import Program, find_arrays
from dropcast.scoring.steps import MAKERS
from dropcast.scoring.svc import dot
from dropcast.scoring.trees import Lists

Arrays = dict[str, "array[Any]"]
# About as many multiplications, half a second, a row: ten fit into the time of a request.
MOST_WORK = 5_000_000
_BEFORE_THE_MODEL = ("fill", "gather", "one_hot", "look_up", "standard_scale", "min_max_scale")
_CALIBRATIONS = ("calibrate_sigmoid", "calibrate_isotonic")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """``of``: what is explained; ``score`` is ``base`` plus all ``contributions``, by feature."""

    of: str
    base: float
    contributions: dict[str, float]
    score: float


# From feature values and the class that is predicted (0 for a regression).
Explainer = Callable[[Sequence[float], int], Explanation]
CaseExplainer = Callable[[Sequence[Row], Sequence[float]], Explanation]
# From a model's inputs, the output to explain and its contributions to add to: the base.
_Model = Callable[[list[float], int, list[float]], float]


def build_explainer(program: Program) -> Explainer:
    """Return the function that explains a prediction.

    Of two classes it is always the second that is explained, of several the predicted one.

    Raises ``InvalidRequestError`` for a model that has no exact explanation, or too large a one;
    so does the function for values whose contributions are no finite numbers.
    """
    place = _find_model(program)
    kind, after = program.steps[place].kind, program.steps[place + 1 :]
    _require_fit(program, place)
    if "roots" in find_arrays(program, place):
        _require_little_work(find_arrays(program, place))
    lists = [_list_arrays(program, index) for index in range(place + 1)]
    steps = [MAKERS[program.steps[i].kind](lists[i]) for i in range(place)]
    owners = _find_owners(program, lists[:place])
    explain_model = _MODELS[kind](lists[place])
    calibrated = bool(after) and after[-1].kind in _CALIBRATIONS
    labels, names = program.labels, [feature.name for feature in program.features]

    def explain(values: Sequence[float], predicted: int) -> Explanation:
        inputs = list(values)
        for step in steps:
            inputs = step(inputs)
        explained = 1 if len(labels) == 2 else predicted
        output = explained if (kind == "forest" and labels) or len(labels) > 2 else 0
        found = [0.0] * len(inputs)
        base = explain_model(inputs, output, found)
        contributions = dict.fromkeys(names, 0.0)
        for owner, contribution in zip(owners, found, strict=True):
            contributions[names[owner]] += contribution
        score = base + sum(contributions.values())
        if not all(map(math.isfinite, (base, score, *contributions.values()))):
            raise _refuse("the values are too far off: a contribution is no finite number")
        return Explanation(
            of=_describe(program, kind, explained) + (", before calibration" if calibrated else ""),
            base=base,
            contributions=contributions,
            score=score,
        )

    return explain


def build_case_explainer(program: Program) -> CaseExplainer:
    """Return the function that explains a case, as the row scorer takes it, and its prediction.

    For a program that has no explanation it refuses every case.
    """
    compute = compile_features(program.features, program.references)
    try:
        explain = build_explainer(program)
    except InvalidRequestError as error:
        # Found out once: it may take as long as a prediction.
        problems = error.problems

        def refuse(rows: Sequence[Row], prediction: Sequence[float]) -> Explanation:  # noqa: ARG001
            raise InvalidRequestError(problems)

        return refuse

    def explain_case(rows: Sequence[Row], prediction: Sequence[float]) -> Explanation:
        return explain(compute(rows), max(range(len(prediction)), key=prediction.__getitem__))

    return explain_case


def _describe(program: Program, kind: str, explained: int) -> str:
    if not program.labels:
        if program.relative_to is not None:
            return "logarithm of the prediction's ratio to what it is relative to"
        return f"prediction in {program.unit}" if program.unit else "prediction"
    what = "probability" if kind == "forest" else "log-odds"
    return f"{what} of '{program.labels[explained]}'"


def _find_model(program: Program) -> int:
    kinds = [step.kind for step in program.steps]
    place = next((i for i, kind in enumerate(kinds) if kind not in _BEFORE_THE_MODEL), 0)
    if kinds[place] not in _MODELS:
        raise _refuse(f"a model of '{kinds[place]}' has no exact explanation")
    return place


def _require_fit(program: Program, place: int) -> None:
    """Refuse what no compiler makes: the prediction would not come from its model's score."""
    kind, arrays = program.steps[place].kind, find_arrays(program, place)
    after = [step.kind for step in program.steps[place + 1 :]]
    classes = len(program.labels)
    outputs = arrays["width"][0] if kind == "forest" else len(arrays[_OUTPUTS[kind]])
    fits = outputs == (max(1, classes) if kind == "forest" or classes != 2 else 1)
    fits = fits and after in _list_endings(kind, classes)
    if fits and "gather" in after:
        fits = find_arrays(program, place + 1)["inputs"].tolist() == [1]
    if not fits:
        ends = ", ".join([kind, *after])
        raise _refuse(
            f"a model that ends in {ends}, with {outputs:,} outputs for {classes:,} labels, has "
            "no exact explanation"
        )


def _list_endings(kind: str, classes: int) -> list[list[str]]:
    """Return the kinds of the steps that may follow a model's scores."""
    calibrations = [[calibration] for calibration in _CALIBRATIONS]
    if not classes:
        return [[]]
    if kind != "forest":
        return [["sigmoid"] if classes == 2 else ["softmax"], *calibrations, []]
    # Of two probabilities the second is calibrated.
    return [[], *(["gather", *c] if classes == 2 else c for c in calibrations)]


def _require_little_work(arrays: Arrays) -> None:
    work = count_work(arrays, MOST_WORK)
    if work > MOST_WORK:
        raise _refuse(
            f"this model has {len(arrays['leaf_cover']):,} leaves; an explanation would take "
            f"{work:,} steps, and at most {MOST_WORK:,} are taken"
        )


def _find_owners(program: Program, lists: Sequence[Lists]) -> list[int]:
    """Return which feature each of the model's inputs comes from."""
    owners = list(range(len(program.features)))
    for step, arrays in zip(program.steps, lists, strict=False):
        if step.kind == "gather":
            owners = [owners[i] for i in arrays["inputs"]]
        elif step.kind in ("one_hot", "look_up"):
            owner = owners.pop(arrays["position"][0])
            width = len(arrays["keys"]) + arrays["missing"][0] if step.kind == "one_hot" else None
            owners += [owner] * (len(arrays["default"]) if width is None else width)
    return owners


def _list_arrays(program: Program, index: int) -> Lists:
    return {name: values.tolist() for name, values in find_arrays(program, index).items()}


def _explain_linear(arrays: Lists) -> _Model:
    intercepts, background = arrays["intercept"], arrays["background"]
    width = len(background)
    lines = [arrays["coefficients"][i * width : (i + 1) * width] for i in range(len(intercepts))]

    def explain(inputs: list[float], output: int, contributions: list[float]) -> float:
        line = lines[output]
        for place, (x, mean, factor) in enumerate(zip(inputs, background, line, strict=True)):
            contributions[place] += factor * (x - mean)
        return dot(line, background) + float(intercepts[output])

    return explain


def _explain_constant(arrays: Lists) -> _Model:
    return lambda inputs, output, contributions: float(arrays["values"][output])  # noqa: ARG005


def _explain_trees(arrays: Lists, weigh: Callable[[Path, int], float]) -> _Model:
    """Explain trees; ``weigh`` gives the value of a path's leaf for an output."""
    paths = list_paths(arrays)

    def explain(inputs: list[float], output: int, contributions: list[float]) -> float:
        weights = [weigh(path, output) for path in paths]
        return add_shapley_values(paths, weights, inputs, contributions)

    return explain


def _explain_forest(arrays: Lists) -> _Model:
    (width,), trees, leaf_values = arrays["width"], len(arrays["roots"]), arrays["leaf_values"]
    explain = _explain_trees(
        arrays, lambda path, output: leaf_values[path.leaf * width + output] / trees
    )
    return lambda inputs, output, contributions: explain(_to_float32(inputs), output, contributions)


def _explain_boosted(arrays: Lists) -> _Model:
    outputs, leaf_values, baseline = (
        arrays[name] for name in ("tree_output", "leaf_values", "baseline")
    )
    explain = _explain_trees(
        arrays,
        lambda path, output: leaf_values[path.leaf] if outputs[path.tree] == output else 0.0,
    )
    return lambda inputs, output, contributions: (
        baseline[output] + explain(inputs, output, contributions)
    )


def _explain_boosted32(arrays: Lists) -> _Model:
    explain = _explain_boosted(arrays)
    return lambda inputs, output, contributions: explain(_to_float32(inputs), output, contributions)


def _to_float32(values: Sequence[float]) -> list[float]:
    return array("f", values).tolist()


def _refuse(problem: str) -> InvalidRequestError:
    return InvalidRequestError(
        [{"row": None, "field": "explain", "problem": f"explain: {problem}; leave 'explain' out"}]
    )


_MODELS: dict[str, Callable[[Lists], _Model]] = {
    "linear": _explain_linear,
    "constant": _explain_constant,
    "forest": _explain_forest,
    "boosted": _explain_boosted,
    "boosted32": _explain_boosted32,
}
# Which array has as many items as the model has outputs; a forest says how many in ``width``.
_OUTPUTS = {
    "linear": "intercept",
    "constant": "values",
    "boosted": "baseline",
    "boosted32": "baseline",
}
