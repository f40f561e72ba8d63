"""The column evaluator: an expression over whole columns, bit for bit what one row gives.

See ``recipe.operations`` for what each operation means and why only + - * / and comparisons go
through numpy. A text column is its distinct texts and a code per row, so that a text operation
runs once per distinct text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropcast.recipe import Call, ColumnRef, Constant, Expression
from dropcast.recipe.operations import (
    OPERATIONS_ON_VALUES,
    OPERATIONS_WITH_SETTINGS,
    hash_text,
)
from dropcast.recipe.references import Cell, ReferenceColumns, make_reference_operation
from dropcast.recipe.vocabulary import OPERATIONS, REFERENCE_OPERATIONS
from dropcast.recipe.windows import Arithmetic, make_window

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """A column of texts, row i being ``values[codes[i]]``; ``codes`` has shape (rows,)."""

    values: tuple[str | None, ...]
    codes: Codes

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)


Values = Floats | Texts


@dataclass(frozen=True, kw_only=True)
class ColumnTable:
    """The columns that expressions read, and where rows stand in their series.

    ``columns``     numbers and instants (float64, NaN is missing) and texts, each of n rows
    ``position``    int64 (n,): a row's place in its unbroken run of the series, from 0
    ``remaining``   int64 (n,): how many rows follow it in that run
    ``references``  the reference tables' columns
    """

    columns: Mapping[str, Values]
    rows: int
    references: ReferenceColumns
    position: Codes | None = None
    remaining: Codes | None = None


def make_texts(values: "pd.Series[str]") -> Texts:
    """Return a text column with each distinct text once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    return Texts(
        values=(*(str(text) for text in distinct), None),
        # The sentinel -1 is the last value: None.
        codes=np.asarray(codes, dtype=np.int64) % (len(distinct) + 1),
    )


def make_feature(values: Values) -> Floats:
    """Return an expression's values as they stand in a feature table.

    Texts stand as their hashes, and -0.0 and 0.0 as one value, so that they are one row.
    """
    if isinstance(values, Texts):
        return np.array([hash_text(text) for text in values.values])[values.codes]
    return values + 0.0


def evaluate_columns(expression: Expression, table: ColumnTable) -> Values:
    """Return the expression's value for every row.

    >>> from dropcast.recipe import col
    >>> table = ColumnTable(columns={"a": np.array([2.0, np.nan])}, rows=2, references={})
    >>> evaluate_columns(col("a") / 4 + 1, table)
    array([1.5, nan])
    """
    if isinstance(expression, ColumnRef):
        return table.columns[expression.name]
    if isinstance(expression, Constant):
        return np.full(table.rows, expression.value)
    arguments = [evaluate_columns(a, table) for a in expression.arguments]
    return _apply_call(expression, arguments, table)


def _apply_call(call: Call, arguments: list[Values], table: ColumnTable) -> Values:
    name = call.operation
    if OPERATIONS[name].window:
        return _apply_window(call, arguments[0], table)
    if name in _UFUNCS:
        return _apply_ufunc(_UFUNCS[name], arguments)
    if name in _COMPARISONS:
        return _apply_comparison(_COMPARISONS[name], arguments)
    function = _find_function(call, table.references)
    if any(isinstance(argument, Texts) for argument in arguments):
        return _apply_to_texts(function, arguments, OPERATIONS[name].gives == "text")
    return _apply_to_values(function, arguments)


def _find_function(call: Call, references: ReferenceColumns) -> Callable[..., Cell]:
    if call.operation in REFERENCE_OPERATIONS:
        return make_reference_operation(call.operation, call.settings, references)
    if call.operation in OPERATIONS_WITH_SETTINGS:
        return OPERATIONS_WITH_SETTINGS[call.operation](*call.settings)
    return OPERATIONS_ON_VALUES[call.operation]


_UFUNCS: dict[str, Callable[..., Floats]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negate": np.negative,
    "absolute": np.absolute,
}
_COMPARISONS: dict[str, Callable[..., NDArray[np.bool_]]] = {
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "equal": np.equal,
}


def _apply_ufunc(ufunc: Callable[..., Floats], arguments: list[Values]) -> Floats:
    with np.errstate(all="ignore"):
        return _without_infinity(ufunc(*arguments))


def _apply_comparison(ufunc: Callable[..., NDArray[np.bool_]], arguments: list[Values]) -> Floats:
    left, right = (np.asarray(argument) for argument in arguments)
    holds = ufunc(left, right).astype(np.float64)
    holds[np.isnan(left) | np.isnan(right)] = np.nan
    return holds


def _apply_to_values(function: Callable[..., Cell], arguments: list[Values]) -> Floats:
    """Apply to each row; of one argument to each distinct value only."""
    if len(arguments) == 1:
        distinct, inverse = np.unique(np.asarray(arguments[0]), return_inverse=True)
        results = map(function, distinct.tolist())
        return np.fromiter(results, dtype=np.float64, count=len(distinct))[inverse]
    lists = [np.asarray(argument).tolist() for argument in arguments]
    return np.fromiter(map(function, *lists), dtype=np.float64, count=len(lists[0]))


def _apply_to_texts(
    function: Callable[..., Cell], arguments: list[Values], gives_text: bool
) -> Values:
    """Apply to each distinct text, or pair of texts."""
    texts = [argument for argument in arguments if isinstance(argument, Texts)]
    codes = texts[0].codes
    for more in texts[1:]:
        codes = codes * len(more.values) + more.codes
    distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rows = [[t.values[c] for c in t.codes[first].tolist()] for t in texts]
    results = list(map(function, *rows))
    if gives_text:
        return Texts(values=tuple(results), codes=inverse.astype(np.int64))  # type: ignore[arg-type] # the operation's table says so
    return np.array(results, dtype=np.float64).reshape(len(distinct))[inverse]


_ON_COLUMNS = Arithmetic(divide=np.divide, sqrt=np.sqrt, minimum=np.minimum, maximum=np.maximum)


def _apply_window(call: Call, argument: Values, table: ColumnTable) -> Floats:
    assert table.position is not None
    assert table.remaining is not None
    window = make_window(call.operation, call.settings)
    values = np.asarray(argument)
    shifted = [_shift(values, offset) for offset in window.offsets]
    with np.errstate(all="ignore"):
        result = np.array(window.compute(shifted, _ON_COLUMNS), dtype=np.float64)
    # A result may hide a missing value (of a minimum, say): look for them once more.
    for column in shifted:
        result[np.isnan(column)] = np.nan
    oldest, newest = max(window.offsets), min(window.offsets)
    result[(table.position < oldest) | (table.remaining < -newest)] = np.nan
    return _without_infinity(result)


def _shift(values: Floats, offset: int) -> Floats:
    """Return the values of ``offset`` rows before; what lies outside is missing."""
    shifted = np.full(len(values), np.nan)
    if abs(offset) >= len(values):
        return shifted
    if offset > 0:
        shifted[offset:] = values[:-offset]
    elif offset < 0:
        shifted[:offset] = values[-offset:]
    else:
        shifted[:] = values
    return shifted


def _without_infinity(values: Floats) -> Floats:
    values[~np.isfinite(values)] = np.nan
    return values
