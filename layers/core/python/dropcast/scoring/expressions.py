"""The row evaluator: a feature's expression tree becomes one closure over a request's rows.

Its arithmetic is ``recipe.operations``, ``recipe.windows`` and ``recipe.references``, which the
column evaluator uses as well, so training and serving see the same bits. An undefined number is
NaN, a missing text ``None``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from dropcast.recipe.columns import Column
from dropcast.recipe.expressions import Call, ColumnRef, Constant, Expression
from dropcast.recipe.features import Feature
from dropcast.recipe.operations import (
    OPERATIONS_ON_VALUES,
    OPERATIONS_WITH_SETTINGS,
    hash_text,
)
from dropcast.recipe.references import Cell, ReferenceColumns, make_reference_operation
from dropcast.recipe.vocabulary import OPERATIONS, REFERENCE_OPERATIONS

# What a checked row holds: numbers (an instant is microseconds since 1970 in UTC; a missing one
# is NaN) and texts (a missing one is None).
Value = float | int | bool | str | None
Row = Mapping[str, Value]
Compiled = Callable[[Sequence[Row], int], Cell]


def compile_expression(expression: Expression, references: ReferenceColumns) -> Compiled:
    """Return the function that computes an expression for one row.

    It goes from (rows of a series, oldest first; index of the row at hand) to the expression's
    value there, and raises ``KeyError`` for a row that lacks a column.

    >>> from dropcast.recipe import col
    >>> compile_expression(1 + col("seconds") / 60, {})([{"seconds": 90}], 0)
    2.5
    """
    if isinstance(expression, ColumnRef):
        return _compile_column(expression.name)
    if isinstance(expression, Constant):
        value = expression.value
        return lambda rows, index: value  # noqa: ARG005 - every compiled node takes both
    arguments = [compile_expression(a, references) for a in expression.arguments]
    if OPERATIONS[expression.operation].window:
        return _compile_window(expression, arguments[0])
    return _compile_call(_find_function(expression, references), arguments)


def compile_features(
    features: Sequence[Feature], references: ReferenceColumns, columns: Sequence[Column] = ()
) -> Callable[[Sequence[Row]], list[float]]:
    """Return the function that computes the features of one case, in declared order.

    It goes from a series' rows, oldest first (one row without a series), to the feature values of
    the last one. A text stands as its hash. Adding 0.0 makes -0.0 and 0.0 one value, as the feature
    table does. ``columns`` are what a checked row holds: features that are columns of numbers and
    nothing else are read all at once.
    """
    numbers = {column.name for column in columns if column.kind != "text"}
    names = [f.expression.name for f in features if isinstance(f.expression, ColumnRef)]
    if 1 < len(names) == len(features) and numbers.issuperset(names):
        return _compile_numbers(names)
    functions = [compile_expression(feature.expression, references) for feature in features]

    def compute(rows: Sequence[Row]) -> list[float]:
        last = len(rows) - 1
        return [as_feature(function(rows, last)) for function in functions]

    return compute


def _compile_numbers(names: Sequence[str]) -> Callable[[Sequence[Row]], list[float]]:
    read: Callable[[Row], tuple[float, ...]] = itemgetter(*names)
    return lambda rows: [value + 0.0 for value in read(rows[-1])]


def as_feature(value: Cell) -> float:
    """Return an expression's value as it stands in a feature table."""
    return value + 0.0 if isinstance(value, float) else hash_text(value)


def _compile_column(name: str) -> Compiled:
    def read(rows: Sequence[Row], index: int) -> Cell:
        value = rows[index][name]
        if value is None or isinstance(value, str | float):
            return value
        return float(value)

    return read


def _compile_call(function: Callable[..., Cell], arguments: list[Compiled]) -> Compiled:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda rows, index: function(only(rows, index))
    left, right = arguments
    return lambda rows, index: function(left(rows, index), right(rows, index))


def _compile_window(call: Call, argument: Compiled) -> Compiled:
    # Half a millisecond of a cold start, which a program without a window need not pay.
    from dropcast.recipe.windows import ON_VALUES, make_window  # noqa: PLC0415

    window = make_window(call.operation, call.settings)
    oldest, newest = max(window.offsets), min(window.offsets)

    def compute(rows: Sequence[Row], index: int) -> Cell:
        if index < oldest or index - newest >= len(rows):
            return math.nan
        values = [argument(rows, index - offset) for offset in window.offsets]
        if any(value is None or value != value for value in values):  # noqa: PLR0124 - NaN
            return math.nan
        result: float = window.compute(values, ON_VALUES)
        return result if math.isfinite(result) else math.nan

    return compute


def _find_function(call: Call, references: ReferenceColumns) -> Callable[..., Cell]:
    if call.operation in REFERENCE_OPERATIONS:
        return make_reference_operation(call.operation, call.settings, references)
    if call.operation in OPERATIONS_WITH_SETTINGS:
        return OPERATIONS_WITH_SETTINGS[call.operation](*call.settings)
    return OPERATIONS_ON_VALUES[call.operation]
