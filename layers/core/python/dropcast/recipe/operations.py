"""What each operation means for one value: the single source of an expression's arithmetic.

``scoring`` calls these for a request. ``features`` calls numpy where IEEE 754 fixes every bit of
the answer (+ - * /) and these, element by element, where it does not (``log1p``, ``sin``,
``cos``: numpy's vector versions may differ in the last bit from the C library's). So training
and serving see the same bits by construction.

A result that is not finite is missing: NaN.

>>> OPERATIONS_ON_VALUES["divide"](1.0, 0.0)
nan
>>> OPERATIONS_ON_VALUES["log1p"](0.0)
0.0
"""

import math
from collections.abc import Callable


def _or_missing(result: float) -> float:
    return result if math.isfinite(result) else math.nan


def add(left: float, right: float) -> float:
    return _or_missing(left + right)


def subtract(left: float, right: float) -> float:
    return _or_missing(left - right)


def multiply(left: float, right: float) -> float:
    return _or_missing(left * right)


def divide(left: float, right: float) -> float:
    return _or_missing(left / right) if right else math.nan


def negate(value: float) -> float:
    return _or_missing(-value)


def log1p(value: float) -> float:
    return _or_missing(math.log1p(value)) if value > -1.0 else math.nan


def sin(value: float) -> float:
    return math.sin(value) if math.isfinite(value) else math.nan


def cos(value: float) -> float:
    return math.cos(value) if math.isfinite(value) else math.nan


OPERATIONS_ON_VALUES: dict[str, Callable[..., float]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "negate": negate,
    "log1p": log1p,
    "sin": sin,
    "cos": cos,
}
