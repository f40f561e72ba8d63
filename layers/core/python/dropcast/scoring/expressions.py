"""The row evaluator: a feature's expression tree becomes one closure over a request's row.

Its arithmetic is ``recipe.operations``, which the column evaluator uses as well, so training and
serving see the same bits. An undefined result is NaN.
"""

from collections.abc import Callable, Mapping, Sequence

from dropcast.recipe import Call, ColumnRef, Constant, Expression, Feature
from dropcast.recipe.operations import OPERATIONS_ON_VALUES

ROW_OPERATIONS: dict[str, Callable[..., float]] = OPERATIONS_ON_VALUES

Value = float | int | bool
Row = Mapping[str, Value]


def compile_expression(expression: Expression) -> Callable[[Row], float]:
    """Return the function from a row to the expression's value.

    >>> from dropcast.recipe import col
    >>> compile_expression(1 + col("seconds") / 60)({"seconds": 90})
    2.5
    """
    match expression:
        case ColumnRef(name):
            return lambda row: float(row[name])
        case Constant(value):
            return lambda row: value  # noqa: ARG005 - every compiled node takes the row
        case Call(operation, arguments):
            return _compile_call(ROW_OPERATIONS[operation], [*map(compile_expression, arguments)])


def compile_features(features: Sequence[Feature]) -> Callable[[Row], list[float]]:
    """Return the function from a row to its feature values, in declared order.

    Adding 0.0 makes -0.0 and 0.0 one value, as the feature table does.
    """
    functions = [compile_expression(feature.expression) for feature in features]
    return lambda row: [function(row) + 0.0 for function in functions]


def _compile_call(
    operation: Callable[..., float], arguments: list[Callable[[Row], float]]
) -> Callable[[Row], float]:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda row: operation(only(row))
    left, right = arguments
    return lambda row: operation(left(row), right(row))
