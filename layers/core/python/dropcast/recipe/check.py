"""What can be wrong with a table's columns, all of it found at once, each as a sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dropcast.contracts.errors import describe_unknown
from dropcast.contracts.keys import DATASET_PATTERN, RESERVED_DATASETS
from dropcast.contracts.limits import MAX_ROWS
from dropcast.recipe.check_expressions import (
    MAX_READS,
    count_reads,
    find_expression_problems,
    find_zone_problems,
    is_windowed,
    list_kinds,
)
from dropcast.recipe.check_training import find_training_problems
from dropcast.recipe.columns import Column, normalise_header
from dropcast.recipe.expressions import (
    Call,
    ColumnRef,
    Expression,
    find_reach,
    list_calls,
    list_columns,
)
from dropcast.recipe.features import Feature
from dropcast.recipe.source import find_source_problems
from dropcast.recipe.vocabulary import OPERATIONS

if TYPE_CHECKING:
    from dropcast.recipe.recipe import Recipe, Table


def find_table_problems(table: "Table") -> Iterator[str]:
    """Yield what is wrong with the name and the columns of a dataset."""
    if not re.fullmatch(DATASET_PATTERN, table.dataset):
        yield f"dataset name must match {DATASET_PATTERN}"
    if table.dataset in RESERVED_DATASETS:
        yield (
            f"dataset name '{table.dataset}' is Dropcast's own: a path of the API, or where drops "
            "of no dataset are kept; take another"
        )
    yield from _find_repeats("column", (c.name for c in table.columns))
    headers = [
        normalise_header(n) for c in table.columns for n in dict.fromkeys((c.name, *c.aliases))
    ]
    yield from _find_repeats("header", headers)
    for column in table.columns:
        yield from _find_column_problems(column)
    yield from find_source_problems(table.source, [c.name for c in table.columns])


def find_problems(recipe: "Recipe") -> Iterator[str]:
    """Yield what is wrong with a recipe."""
    yield from find_table_problems(recipe)
    yield from _find_repeats("feature", (f.name for f in recipe.features))
    yield from _find_repeats("reference table", (r.dataset for r in recipe.references))
    if not recipe.features:
        yield "no features"
    for feature in recipe.features:
        yield from _find_feature_problems(recipe, feature)
    yield from _find_target_problems(recipe)
    yield from _find_series_problems(recipe)
    yield from _find_window_problems(recipe)
    if recipe.key is not None:
        named = (*recipe.key.columns, *filter(None, (recipe.key.newest_by,)))
        yield from find_unknown_columns("key", recipe, named)
    for piece in recipe.slices:
        yield from find_expression_problems(f"slice '{piece.name}'", piece.expression, recipe)
    yield from find_training_problems(recipe)


def find_unknown_columns(what: str, recipe: "Recipe", names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each name that is no column."""
    known = [c.name for c in recipe.columns]
    yield from (f"{what}: {describe_unknown('column', n, known)}" for n in names if n not in known)


def _find_repeats(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} '{name}' is declared {count} times"


def _find_column_problems(column: Column) -> Iterator[str]:
    if normalise_header(column.name) != column.name or column.name == "rows":
        yield f"column '{column.name}' must be lower_snake_case and not 'rows'"
    if (
        column.minimum is not None
        and column.maximum is not None
        and column.minimum > column.maximum
    ):
        yield f"column '{column.name}': minimum is above maximum"
    if not column.required and not column.nullable:
        yield f"column '{column.name}': a column that a file may lack must be nullable"
    if column.kind == "timestamp":
        if not column.formats:
            yield f"column '{column.name}': a timestamp declares its formats"
        for problem in find_zone_problems(column.timezone or "UTC"):
            yield f"column '{column.name}' {problem}"


def _find_feature_problems(recipe: "Recipe", feature: Feature) -> Iterator[str]:
    where = f"feature '{feature.name}'"
    if feature.name.startswith("_"):
        yield f"{where}: names that begin with _ are kept for row identity"
    problems = list(find_expression_problems(where, feature.expression, recipe))
    yield from problems
    if problems:
        return
    hidden = set(_list_hidden(recipe))
    yield from (
        f"{where} reads the target's column '{name}'"
        for name in dict.fromkeys(list_columns(feature.expression))
        if name in hidden
    )
    if any(call.operation == "lead" for call in list_calls(feature.expression)):
        yield f"{where} looks ahead: only a target may"
    kind = list_kinds(recipe, feature.expression)
    if kind == "instant":
        yield f"{where} is an instant; take its hour, weekday, month, ..."
    if kind == "text" and feature.encoding is None:
        yield f"{where} is a text: say how it is encoded (encoding=...)"
    if feature.encoding is not None and feature.fill is not None:
        yield f"{where} has an encoding, which knows missing values: it takes no fill"
    if kind == "number" and feature.encoding is None and feature.fill is None:
        nullable = [
            name
            for name in dict.fromkeys(list_columns(feature.expression))
            if name in {c.name for c in recipe.columns} and recipe.find_column(name).nullable
        ]
        yield from (
            f"{where}: column '{name}' is nullable and nothing fills it" for name in nullable
        )


def _list_hidden(recipe: "Recipe") -> Iterator[str]:
    """Yield the columns that tell the target at the row itself: those it reads, but not those it
    reads only further on in the series."""
    yield from _list_present(recipe.target.expression)


def _list_present(expression: Expression) -> Iterator[str]:
    if isinstance(expression, ColumnRef):
        yield expression.name
    if isinstance(expression, Call) and expression.operation != "lead":
        reads_ahead = any(c.operation == "lead" for c in list_calls(expression))
        for argument in expression.arguments:
            # In lead(x) > x the column is known at the row: it is what the answer is set against.
            if not (reads_ahead and isinstance(argument, ColumnRef)):
                yield from _list_present(argument)


def _find_target_problems(recipe: "Recipe") -> Iterator[str]:
    target = recipe.target
    problems = list(find_expression_problems("target", target.expression, recipe))
    yield from problems
    if not problems and list_kinds(recipe, target.expression) != "number":
        yield "target: its expression must be a number (a class's index, or the quantity)"
    if len(target.labels) == 1 or len(set(target.labels)) < len(target.labels):
        yield "target: a classification needs two labels at least, each its own"
    if target.relative_to is not None:
        problems = list(
            find_expression_problems("target's relative_to", target.relative_to, recipe)
        )
        yield from problems
        if not problems and list_kinds(recipe, target.relative_to) != "number":
            yield "target's relative_to: must be a number"
        if any(call.operation == "lead" for call in list_calls(target.relative_to)):
            yield "target's relative_to looks ahead: it must be known with the row"
        if target.labels:
            yield "target: relative_to is for a regression"


def _find_series_problems(recipe: "Recipe") -> Iterator[str]:
    expressions = [*recipe.list_served(), recipe.target.expression]
    windowed = any(
        call.operation in OPERATIONS for e in expressions for call in list_calls(e)
    ) and any(is_windowed(e) for e in expressions)
    if recipe.series is None:
        if windowed:
            yield "lags and windows need a series: say what orders the rows (series=...)"
        return
    named = (recipe.series.time, *recipe.series.keys)
    unknown = list(find_unknown_columns("series", recipe, named))
    yield from unknown
    if not unknown:
        if recipe.find_column(recipe.series.time).kind != "timestamp":
            yield f"series: column '{recipe.series.time}' is not a timestamp"
        if recipe.find_column(recipe.series.time).nullable:
            yield f"series: column '{recipe.series.time}' must not be nullable"
    if not 0 <= recipe.series.shortest_step_seconds <= recipe.series.longest_step_seconds:
        yield "series: the shortest step must not be above the longest"


def _find_window_problems(recipe: "Recipe") -> Iterator[str]:
    """Yield why no request can carry the rows that an answer needs, or why it takes too long."""
    sound = [e for e in recipe.list_served() if not list(find_expression_problems("", e, recipe))]
    needed = 1 + max(map(find_reach, sound), default=0)
    if needed > MAX_ROWS:
        yield (
            f"features: an answer needs {needed:,} rows of the series, and a request carries "
            f"{MAX_ROWS:,} at most: take shorter lags and windows"
        )
    reads = sum(map(count_reads, sound))
    if reads > MAX_READS:
        yield (
            f"features: windows, one within another, read {reads:,} values for one answer, and at "
            f"most {MAX_READS:,} are read: take shorter windows, or fewer within one another"
        )
