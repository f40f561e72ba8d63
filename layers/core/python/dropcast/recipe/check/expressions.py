"""Find what is wrong with an expression: names, kinds of values, settings and its cost."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dropcast.contracts.errors import describe_unknown
from dropcast.recipe.expression_trees import list_calls
from dropcast.recipe.expressions import Call, ColumnRef, Constant, Expression
from dropcast.recipe.features import find_kind
from dropcast.recipe.vocabulary import OPERATIONS, REFERENCE_OPERATIONS, Kind

if TYPE_CHECKING:
    from dropcast.recipe.check.declared import DeclaredNames

KIND_OF_COLUMN: Mapping[str, Kind] = {
    "number": "number",
    "integer": "number",
    "boolean": "number",
    "text": "text",
    "timestamp": "instant",
}
_MAX_WINDOW = 10_000
_ARTICLES: Mapping[Kind, str] = {
    "number": "a number",
    "text": "a text",
    "instant": "a timestamp",
}
# So many values take some tens of milliseconds of a prediction.
MAX_READS = 100_000


def find_value_kind(declared: "DeclaredNames", expression: Expression) -> Kind:
    """Return the kind of an expression's value."""
    return find_kind(expression, {c.name: KIND_OF_COLUMN[c.kind] for c in declared.columns})


def find_expression_problems(
    where: str, expression: Expression, declared: "DeclaredNames"
) -> Iterator[str]:
    """Yield what is wrong with an expression over the declared columns and reference tables."""
    if isinstance(expression, Constant):
        return
    if isinstance(expression, ColumnRef):
        names = [c.name for c in declared.columns]
        if expression.name not in names:
            yield f"{where}: {describe_unknown('column', expression.name, names)}"
        return
    operation = OPERATIONS.get(expression.operation)
    if operation is None:
        yield f"{where}: " + describe_unknown("operation", expression.operation, OPERATIONS)
        return
    nested = [p for a in expression.arguments for p in find_expression_problems(where, a, declared)]
    yield from nested
    if nested:
        return
    name = expression.operation
    if len(expression.arguments) != len(operation.takes):
        yield f"{where}: {name} takes {len(operation.takes)} arguments"
    else:
        for wanted, argument in zip(operation.takes, expression.arguments, strict=True):
            found = find_value_kind(declared, argument)
            if found != wanted:
                yield f"{where}: {name} takes {_ARTICLES[wanted]}, not {_ARTICLES[found]}"
    settings = list(find_setting_problems(expression))
    yield from (f"{where}: {name} {problem}" for problem in settings)
    if not settings and name in REFERENCE_OPERATIONS:
        yield from (f"{where}: {p}" for p in _find_reference_problems(expression, declared))


def find_setting_problems(call: Call) -> Iterator[str]:
    """Yield what is wrong with the settings of a call of a known operation."""
    operation = OPERATIONS[call.operation]
    fewest, given = len(operation.settings), len(call.settings)
    if given != fewest and not (operation.repeats and given > fewest):
        yield f"takes {fewest}{' or more' if operation.repeats else ''} settings"
        return
    for index, setting in enumerate(call.settings):
        wanted = operation.settings[min(index, fewest - 1)]
        if (wanted == "text") != isinstance(setting, str):
            yield f"takes a {wanted} as its setting, not {setting!r}"
            return
    numbers = [setting for setting in call.settings if isinstance(setting, float)]
    if operation.window:
        least = 2.0 if call.operation == "rolling_std" else 1.0
        if not all(n.is_integer() and least <= n <= _MAX_WINDOW for n in numbers):
            yield f"takes a whole number of rows from {least:.0f} to {_MAX_WINDOW:,}"
        elif call.operation == "wilder_rsi" and numbers[1] <= numbers[0]:
            yield "needs more rows than its period: give a greater rows"
    if operation.takes == ("instant",):
        yield from find_zone_problems(str(call.settings[0]))
    if call.operation == "bucket" and sorted(set(numbers)) != numbers:
        yield "takes its edges in ascending order and each of them once"
    if call.operation in ("first_item", "after", "count_items") and "" in call.settings:
        yield "needs a separator that is not empty"


def find_zone_problems(name: str) -> Iterator[str]:
    """Yield a sentence if there is no time zone of this name."""
    if name == "UTC":
        return
    # 4 ms of a cold start, which a program without a zone need not pay.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"has an unknown time zone '{name}'; give an IANA name, such as 'Europe/Madrid'"


def is_windowed(expression: Expression) -> bool:
    """Return whether an expression reads other rows of its series."""
    return any(
        call.operation in OPERATIONS and OPERATIONS[call.operation].window
        for call in list_calls(expression)
    )


def count_reads(expression: Expression) -> int:
    """Return how many columns and constants one value of a valid expression is computed from.

    A window computes its argument for each of its rows, and so do the windows in that argument.

    >>> from dropcast.recipe.expressions import col
    >>> count_reads(col("close").rolling_mean(10).rolling_max(5) - col("close").lag(3))
    51
    """
    if not isinstance(expression, Call):
        return 1
    inner = sum(map(count_reads, expression.arguments))
    window = OPERATIONS[expression.operation].window
    if not window or expression.operation in ("lag", "lead"):
        return inner
    return int(expression.settings[-1]) * inner


def _find_reference_problems(call: Call, declared: "DeclaredNames") -> Iterator[str]:
    table, *names = (str(setting) for setting in call.settings)
    tables = {reference.dataset: reference for reference in declared.references}
    if table not in tables:
        yield describe_unknown("reference table", table, tables)
        return
    kinds = {column.name: KIND_OF_COLUMN[column.kind] for column in tables[table].columns}
    wanted: dict[str, tuple[Kind, Kind]] = {
        "nearest_metres": ("number", "number"),
        "look_up_number": ("text", "number"),
        "look_up_text": ("text", "text"),
    }
    for name, kind in zip(names, wanted[call.operation], strict=True):
        if name not in kinds:
            yield f"{table}: " + describe_unknown("column", name, kinds)
        elif kinds[name] != kind:
            yield f"{table}: column '{name}' is not a {kind}"
