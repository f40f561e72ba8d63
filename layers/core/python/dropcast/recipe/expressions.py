"""Write features as expressions: small trees of columns, constants and named operations.

An expression learns nothing from data. It is evaluated by ``features.columns`` over whole
columns and by ``scoring.expressions`` over one request, from one table of operations
(``recipe.vocabulary``) and with the same arithmetic (``recipe.operations``).

A value is a number (float64; NaN is missing), a text (``None`` is missing) or a timestamp (float64
microseconds since 1970 in UTC). An operation whose result is undefined (``1/0``, ``log1p(-2)``)
gives a missing value in both evaluators.

>>> (col("energy") / 60_000).operation
'divide'
"""

from typing import ClassVar

from dropcast.contracts.serialization.frozen import dataclass

Argument = float | str


class Operators:
    """Python's operators and the named operations, each of which makes a :class:`Call`.

    Examples
    --------
    >>> price = col("price")
    >>> (price / price.lag(1) - 1).operation
    'subtract'
    """

    def __add__(self, other: "Operand") -> "Call":
        """Return self + other."""
        return _call("add", self, other)

    def __radd__(self, other: "Operand") -> "Call":
        """Return other + self."""
        return _call("add", other, self)

    def __sub__(self, other: "Operand") -> "Call":
        """Return self - other."""
        return _call("subtract", self, other)

    def __rsub__(self, other: "Operand") -> "Call":
        """Return other - self."""
        return _call("subtract", other, self)

    def __mul__(self, other: "Operand") -> "Call":
        """Return self * other."""
        return _call("multiply", self, other)

    def __rmul__(self, other: "Operand") -> "Call":
        """Return other * self."""
        return _call("multiply", other, self)

    def __truediv__(self, other: "Operand") -> "Call":
        """Return self / other."""
        return _call("divide", self, other)

    def __rtruediv__(self, other: "Operand") -> "Call":
        """Return other / self."""
        return _call("divide", other, self)

    def __mod__(self, other: "Operand") -> "Call":
        """Return self % other."""
        return _call("modulo", self, other)

    def __neg__(self) -> "Call":
        """Return -self."""
        return _call("negate", self)

    def __abs__(self) -> "Call":
        """Return the magnitude of self."""
        return _call("absolute", self)

    def __lt__(self, other: "Operand") -> "Call":
        """Return 1 where self < other, else 0."""
        return _call("less", self, other)

    def __le__(self, other: "Operand") -> "Call":
        """Return 1 where self <= other, else 0."""
        return _call("less_equal", self, other)

    def __gt__(self, other: "Operand") -> "Call":
        """Return 1 where self > other, else 0."""
        return _call("greater", self, other)

    def __ge__(self, other: "Operand") -> "Call":
        """Return 1 where self >= other, else 0."""
        return _call("greater_equal", self, other)

    def equals(self, other: "Operand") -> "Call":
        """Return 1 where both numbers are equal, else 0 (``==`` compares the expressions)."""
        return _call("equal", self, other)

    def log(self) -> "Call":
        """Return ln(x), missing for x <= 0."""
        return _call("log", self)

    def log1p(self) -> "Call":
        """Return ln(1 + x), missing for x <= -1."""
        return _call("log1p", self)

    def sin(self) -> "Call":
        """Return the sine of radians."""
        return _call("sin", self)

    def cos(self) -> "Call":
        """Return the cosine of radians."""
        return _call("cos", self)

    def bucket(self, *edges: float) -> "Call":
        """Return how many of the ascending edges are at or below the value."""
        return _call("bucket", self, settings=edges)

    def minute(self, timezone: str = "UTC") -> "Call":
        """Return the minute of the hour, 0 to 59, by the clock of an IANA zone."""
        return _call("minute", self, settings=(timezone,))

    def hour(self, timezone: str = "UTC") -> "Call":
        """Return the hour of the day, 0 to 23."""
        return _call("hour", self, settings=(timezone,))

    def weekday(self, timezone: str = "UTC") -> "Call":
        """Return the day of the week, Monday is 0."""
        return _call("weekday", self, settings=(timezone,))

    def day(self, timezone: str = "UTC") -> "Call":
        """Return the day of the month, 1 to 31."""
        return _call("day", self, settings=(timezone,))

    def month(self, timezone: str = "UTC") -> "Call":
        """Return the month, 1 to 12."""
        return _call("month", self, settings=(timezone,))

    def year(self, timezone: str = "UTC") -> "Call":
        """Return the year."""
        return _call("year", self, settings=(timezone,))

    def clean(self) -> "Call":
        """Return the text in lower case with single blanks and none at its ends."""
        return _call("clean", self)

    def first_item(self, separator: str = ";") -> "Call":
        """Return what stands before the first separator, without blanks around it."""
        return _call("first_item", self, settings=(separator,))

    def after(self, separator: str) -> "Call":
        """Return what stands after the first separator, missing where there is none."""
        return _call("after", self, settings=(separator,))

    def join(self, other: "Operators", separator: str = " | ") -> "Call":
        """Return both texts as one, missing where either of them is."""
        return _call("join", self, other, settings=(separator,))

    def count_items(self, separator: str = ";") -> "Call":
        """Return how many items that are not blank a separated list has."""
        return _call("count_items", self, settings=(separator,))

    def length(self) -> "Call":
        """Return the number of characters."""
        return _call("length", self)

    def is_in(self, *texts: str) -> "Call":
        """Return 1 where the text is one of these, else 0."""
        return _call("is_in", self, settings=texts)

    def look_up_number(self, table: str, *, key: str, value: str) -> "Call":
        """Return the number in column ``value`` of the reference row whose ``key`` is the text."""
        return _call("look_up_number", self, settings=(table, key, value))

    def look_up_text(self, table: str, *, key: str, value: str) -> "Call":
        """Return the text in column ``value`` of the reference row whose ``key`` is the text."""
        return _call("look_up_text", self, settings=(table, key, value))

    def lag(self, rows: int) -> "Call":
        """Return the value that many rows earlier in the series."""
        return _call("lag", self, settings=(rows,))

    def lead(self, rows: int) -> "Call":
        """Return the value that many rows later, which only a target may read."""
        return _call("lead", self, settings=(rows,))

    def returns(self, rows: int = 1) -> "Call":
        """Return the relative change since that many rows earlier: x / lag(x) - 1."""
        return self / self.lag(rows) - 1

    def rolling_mean(self, rows: int) -> "Call":
        """Return the mean of the last ``rows`` values, this one included."""
        return _call("rolling_mean", self, settings=(rows,))

    def rolling_std(self, rows: int) -> "Call":
        """Return the sample standard deviation (n - 1) of the last ``rows`` values."""
        return _call("rolling_std", self, settings=(rows,))

    def rolling_min(self, rows: int) -> "Call":
        """Return the least of the last ``rows`` values."""
        return _call("rolling_min", self, settings=(rows,))

    def rolling_max(self, rows: int) -> "Call":
        """Return the greatest of the last ``rows`` values."""
        return _call("rolling_max", self, settings=(rows,))

    def wilder_rsi(self, period: int, *, rows: int) -> "Call":
        """Return Wilder's relative strength index, 0 to 100, over the last ``rows`` rows.

        The first ``period`` changes are averaged, and the others are smoothed by 1/period (Wilder
        1978). It starts anew in every window, so that a request and a table agree.
        """
        return _call("wilder_rsi", self, settings=(period, rows))


@dataclass(frozen=True)
class ColumnRef(Operators):
    """The value of a column, where a boolean is 1 or 0."""

    tagged: ClassVar[bool] = True
    name: str


@dataclass(frozen=True)
class Constant(Operators):
    """A number."""

    tagged: ClassVar[bool] = True
    value: float


@dataclass(frozen=True)
class Call(Operators):
    """A named operation on expressions, with its settings."""

    tagged: ClassVar[bool] = True
    operation: str
    arguments: "tuple[ColumnRef | Constant | Call, ...]"
    settings: tuple[float | str, ...] = ()


# The types are written out where all three are known: Python would have to compile a type in
# quotes, and the first text that a process compiles takes 2 ms (docs/adr/0014).
Call.__annotations__["arguments"] = tuple[ColumnRef | Constant | Call, ...]
Expression = ColumnRef | Constant | Call
Operand = Operators | int | float


def col(name: str) -> ColumnRef:
    """Return the expression that is this column's value.

    >>> (col("energy") * 2).arguments
    (ColumnRef(name='energy'), Constant(value=2.0))
    """
    return ColumnRef(name)


def nearest_metres(
    latitude: Operators, longitude: Operators, table: str, *, columns: tuple[str, str]
) -> Call:
    """Return the great-circle distance in metres to the nearest point of a reference table.

    ``latitude`` and ``longitude`` are in degrees, and ``columns`` are those of the table. The
    distance is the haversine on a sphere with the earth's mean radius (IUGG), 6,371,008.8 m.
    """
    return _call("nearest_metres", latitude, longitude, settings=(table, *columns))


def _call(operation: str, *operands: Operand, settings: tuple[Argument, ...] = ()) -> Call:
    return Call(
        operation,
        tuple(_as_expression(o) for o in operands),
        tuple(s if isinstance(s, str) else float(s) for s in settings),
    )


def _as_expression(operand: Operand) -> Expression:
    if isinstance(operand, ColumnRef | Constant | Call):
        return operand
    if isinstance(operand, int | float):
        return Constant(float(operand))
    raise TypeError(f"{operand!r} is neither an expression nor a number")
