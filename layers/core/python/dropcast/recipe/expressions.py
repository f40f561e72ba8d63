"""Features as expressions over columns: a small tree of columns, constants and named operations.

An expression learns nothing from data. It is evaluated by ``features.columns`` over whole
columns and by ``scoring.rows`` over one request, from the same table of operations
(:data:`OPERATIONS`). Every value is a float64; a missing value is NaN, and an operation whose
result is undefined (``1/0``, ``log1p(-2)``) gives NaN in both evaluators.

>>> energy_per_minute = col("energy") / (col("duration_ms") / 60_000)
>>> sorted(list_columns(energy_per_minute))
['duration_ms', 'energy']
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Union

# Operation name -> number of arguments. Both evaluators have exactly these keys.
OPERATIONS: dict[str, int] = {
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "divide": 2,
    "negate": 1,
    "log1p": 1,
    "sin": 1,
    "cos": 1,
}


class Operators:
    """Python's operators and the named functions, each building a :class:`Call`."""

    def __add__(self, other: "Operand") -> "Call":
        return _call("add", self, other)

    def __radd__(self, other: "Operand") -> "Call":
        return _call("add", other, self)

    def __sub__(self, other: "Operand") -> "Call":
        return _call("subtract", self, other)

    def __rsub__(self, other: "Operand") -> "Call":
        return _call("subtract", other, self)

    def __mul__(self, other: "Operand") -> "Call":
        return _call("multiply", self, other)

    def __rmul__(self, other: "Operand") -> "Call":
        return _call("multiply", other, self)

    def __truediv__(self, other: "Operand") -> "Call":
        return _call("divide", self, other)

    def __rtruediv__(self, other: "Operand") -> "Call":
        return _call("divide", other, self)

    def __neg__(self) -> "Call":
        return _call("negate", self)

    def log1p(self) -> "Call":
        """ln(1 + x); NaN for x <= -1."""
        return _call("log1p", self)

    def sin(self) -> "Call":
        """Sine of radians."""
        return _call("sin", self)

    def cos(self) -> "Call":
        """Cosine of radians."""
        return _call("cos", self)


@dataclass(frozen=True)
class ColumnRef(Operators):
    """The value of a number, integer or boolean column (true is 1.0)."""

    tagged: ClassVar[bool] = True
    name: str


@dataclass(frozen=True)
class Constant(Operators):
    """A number."""

    tagged: ClassVar[bool] = True
    value: float


@dataclass(frozen=True)
class Call(Operators):
    """A named operation on expressions."""

    tagged: ClassVar[bool] = True
    operation: str
    arguments: tuple[Union["ColumnRef", "Constant", "Call"], ...]


Expression = ColumnRef | Constant | Call
Operand = Operators | int | float


@dataclass(frozen=True)
class Feature:
    """A named expression: one column of the feature table."""

    name: str
    expression: ColumnRef | Constant | Call


def col(name: str) -> ColumnRef:
    """Return the expression that is this column's value."""
    return ColumnRef(name)


def list_columns(expression: Expression) -> Iterator[str]:
    """Yield the names of the columns that an expression reads, repeats included."""
    match expression:
        case ColumnRef(name):
            yield name
        case Call(arguments=arguments):
            for argument in arguments:
                yield from list_columns(argument)
        case Constant():
            return


def _call(operation: str, *operands: Operand) -> Call:
    return Call(operation, tuple(_as_expression(o) for o in operands))


def _as_expression(operand: Operand) -> Expression:
    if isinstance(operand, ColumnRef | Constant | Call):
        return operand
    if isinstance(operand, int | float):
        return Constant(float(operand))
    raise TypeError(f"{operand!r} is neither an expression nor a number")
