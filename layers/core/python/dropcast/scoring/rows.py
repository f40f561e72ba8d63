"""The row scorer: a program becomes a function from one case to its prediction.

A case is a checked row, or the last rows of a series; a prediction is class probabilities or a
number.
"""

import math
from collections.abc import Callable, Sequence

from dropcast.contracts.errors import InvalidRequestError
from dropcast.recipe import Feature
from dropcast.scoring.expressions import Row, compile_expression, compile_features
from dropcast.scoring.links import Function
from dropcast.scoring.program import Program, find_arrays
from dropcast.scoring.steps import MAKERS, make_scaled_linear
from dropcast.scoring.trees import Lists

Scorer = Callable[[Sequence[Row]], list[float]]
ValueScorer = Callable[[Sequence[float]], list[float]]
# The exponential of more is no float64.
MOST_EXPONENT = 700.0
NOT_FINITE = "the values are too far off: the prediction is no finite number"
NO_BASE = (
    "the prediction is relative to a quantity that must be above 0, and in these rows it is not"
)


def build_scorer(program: Program) -> Scorer:
    """Return the function from a case to its prediction.

    A prediction is the probabilities of the program's labels, or [number] in the target's unit.

    The function raises ``InvalidRequestError`` for a case that lacks a column the program reads,
    whose features are not defined where the model needs them, or whose values are so far off that
    the prediction is no finite number.
    """
    compute = compile_features(program.features, program.references, program.columns)
    score_values = build_value_scorer(program)
    finish = _build_finish(program)
    needed = list_needed(program)

    def score(rows: Sequence[Row]) -> list[float]:
        try:
            values = compute(rows)
        except KeyError as error:
            name = str(error.args[0])
            raise _refuse(name, f"{name}: the model needs this column") from error
        # One sum stands for all: only where it is not finite does it matter which value is not.
        if not math.isfinite(sum(values)):
            undefined = [feature for index, feature in needed if not math.isfinite(values[index])]
            if undefined:
                raise _refuse_undefined(undefined)
        prediction = finish(rows, score_values(values))
        if not all(map(math.isfinite, prediction)):
            raise _refuse(None, NOT_FINITE)
        return prediction

    return score


def list_needed(program: Program) -> list[tuple[int, Feature]]:
    """Return the features that nothing stands in for, each with its place."""
    return [
        (index, feature)
        for index, feature in enumerate(program.features)
        if feature.fill is None and feature.encoding is None
    ]


def explain_undefined(feature: Feature) -> str:
    """Return why there is no prediction for a row whose needed feature has no value."""
    return f"feature '{feature.name}' is undefined for these values"


def build_value_scorer(program: Program) -> ValueScorer:
    """Return the function from feature values (declared order, NaN is missing) to the last step's.

    Those are class probabilities, or [number] before it is made relative to anything.
    """
    first, *others = _make_functions(program)

    def score(values: Sequence[float]) -> list[float]:
        found = first(values)
        for function in others:
            found = function(found)
        return found

    return score


def _make_functions(program: Program) -> list[Function]:
    """Return a function a step; a linear model of one output takes the scaling before it along."""
    functions: list[Function] = []
    kinds = [step.kind for step in program.steps]
    for index, kind in enumerate(kinds):
        arrays = _list_arrays(program, index)
        if kinds[index - 1 : index + 1] == ["standard_scale", "linear"] and (
            len(arrays["intercept"]) == 1
        ):
            functions[-1] = make_scaled_linear(_list_arrays(program, index - 1), arrays)
        else:
            functions.append(MAKERS[kind](arrays))
    return functions


def _list_arrays(program: Program, index: int) -> Lists:
    return {name: values.tolist() for name, values in find_arrays(program, index).items()}


def _build_finish(program: Program) -> Callable[[Sequence[Row], list[float]], list[float]]:
    if program.relative_to is None:
        return lambda rows, found: found  # noqa: ARG005 - both ways take both
    compute_base = compile_expression(program.relative_to, program.references)

    def finish(rows: Sequence[Row], found: list[float]) -> list[float]:
        base = compute_base(rows, len(rows) - 1)
        if not (isinstance(base, float) and math.isfinite(base) and base > 0):
            raise _refuse(None, NO_BASE)
        return [base * math.exp(min(value, MOST_EXPONENT)) for value in found]

    return finish


def _refuse_undefined(features: list[Feature]) -> InvalidRequestError:
    return InvalidRequestError(
        {
            "row": None,
            "field": feature.name,
            "problem": explain_undefined(feature),
        }
        for feature in features
    )


def _refuse(field: str | None, sentence: str) -> InvalidRequestError:
    return InvalidRequestError([{"row": None, "field": field, "problem": sentence}])
