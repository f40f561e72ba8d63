"""The column evaluator: an expression over whole columns, bit for bit what one row gives.

See ``recipe.operations`` for what each operation means and why only + - * / go through numpy.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dropcast.recipe import ColumnRef, Constant, Expression
from dropcast.recipe.operations import OPERATIONS_ON_VALUES

Floats = NDArray[np.float64]


def _with_ufunc(ufunc: Callable[..., Floats]) -> Callable[..., Floats]:
    def apply(*arguments: Floats) -> Floats:
        with np.errstate(all="ignore"):
            result = ufunc(*arguments)
        result[~np.isfinite(result)] = np.nan
        return result

    return apply


def _with_each_value(operation: str) -> Callable[..., Floats]:
    function = OPERATIONS_ON_VALUES[operation]

    def apply(values: Floats) -> Floats:
        return np.fromiter(map(function, values.tolist()), dtype=np.float64, count=len(values))

    return apply


OPERATIONS_ON_COLUMNS: dict[str, Callable[..., Floats]] = {
    "add": _with_ufunc(np.add),
    "subtract": _with_ufunc(np.subtract),
    "multiply": _with_ufunc(np.multiply),
    "divide": _with_ufunc(np.divide),
    "negate": _with_ufunc(np.negative),
    "log1p": _with_each_value("log1p"),
    "sin": _with_each_value("sin"),
    "cos": _with_each_value("cos"),
}


def evaluate_columns(expression: Expression, columns: Mapping[str, Floats], rows: int) -> Floats:
    """Return the expression's value for every row, shape (rows,), NaN where it is missing.

    >>> from dropcast.recipe import col
    >>> evaluate_columns(col("a") / 4 + 1, {"a": np.array([2.0, np.nan])}, 2)
    array([1.5, nan])
    """
    if isinstance(expression, ColumnRef):
        return columns[expression.name]
    if isinstance(expression, Constant):
        return np.full(rows, expression.value)
    arguments = [evaluate_columns(a, columns, rows) for a in expression.arguments]
    return OPERATIONS_ON_COLUMNS[expression.operation](*arguments)
