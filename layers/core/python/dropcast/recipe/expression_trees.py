"""What an expression reads: columns, operations, reference tables and earlier rows."""

from collections.abc import Iterator

from dropcast.recipe.expressions import Call, ColumnRef, Expression
from dropcast.recipe.vocabulary import REFERENCE_OPERATIONS


def list_columns(expression: Expression) -> Iterator[str]:
    """Yield the names of the columns that an expression reads, repeats included."""
    if isinstance(expression, ColumnRef):
        yield expression.name
    for call in list_calls(expression):
        yield from (a.name for a in call.arguments if isinstance(a, ColumnRef))


def list_calls(expression: Expression) -> Iterator[Call]:
    """Yield the calls of an expression, outermost first."""
    if isinstance(expression, Call):
        yield expression
        for argument in expression.arguments:
            yield from list_calls(argument)


def list_references(expression: Expression) -> Iterator[tuple[str, str, str]]:
    """Yield (table, column, column) of every use of a reference table."""
    for call in list_calls(expression):
        if call.operation in REFERENCE_OPERATIONS:
            table, first, second = (str(setting) for setting in call.settings)
            yield table, first, second


def find_reach(expression: Expression) -> int:
    """Return how many earlier rows of the series an expression reads."""
    if not isinstance(expression, Call):
        return 0
    inner = max((find_reach(argument) for argument in expression.arguments), default=0)
    return inner + _count_earlier(expression)


def _count_earlier(call: Call) -> int:
    if call.operation == "lag":
        return int(call.settings[0])
    if call.operation == "wilder_rsi":
        return int(call.settings[1]) - 1
    if call.operation.startswith("rolling_"):
        return int(call.settings[0]) - 1
    return 0
