"""Find what is wrong with a recipe: its features, its target, its series and its windows."""

from collections.abc import Iterable, Iterator

from dropcast.contracts.errors import describe_unknown
from dropcast.contracts.limits import MAX_ROWS
from dropcast.recipe.check.declared import DeclaredRecipe
from dropcast.recipe.check.expressions import (
    MAX_READS,
    count_reads,
    find_expression_problems,
    find_value_kind,
    is_windowed,
)
from dropcast.recipe.check.table import find_repeats, find_table_problems
from dropcast.recipe.check.training import find_training_problems
from dropcast.recipe.expression_trees import find_reach, list_calls, list_columns
from dropcast.recipe.expressions import Call, ColumnRef, Expression
from dropcast.recipe.features import Feature


def find_recipe_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    """Yield what is wrong with a recipe."""
    yield from find_table_problems(recipe)
    yield from find_repeats("feature", (f.name for f in recipe.features))
    yield from find_repeats("reference table", (r.dataset for r in recipe.references))
    if not recipe.features:
        yield "no features: give one at least (features=...)"
    for feature in recipe.features:
        yield from _find_feature_problems(recipe, feature)
    yield from _find_target_problems(recipe)
    yield from _find_series_problems(recipe)
    yield from _find_window_problems(recipe)
    if recipe.key is not None:
        named = (*recipe.key.columns, *filter(None, (recipe.key.newest_by,)))
        yield from _find_unknown_columns("key", recipe, named)
    for part in recipe.slices:
        yield from find_expression_problems(f"slice '{part.name}'", part.expression, recipe)
    yield from find_training_problems(recipe)


def _find_unknown_columns(what: str, recipe: DeclaredRecipe, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each name that is no column."""
    known = [c.name for c in recipe.columns]
    yield from (f"{what}: {describe_unknown('column', n, known)}" for n in names if n not in known)


def _find_feature_problems(recipe: DeclaredRecipe, feature: Feature) -> Iterator[str]:
    where = f"feature '{feature.name}'"
    if feature.name.startswith("_"):
        yield (
            f"{where}: names that begin with _ are reserved for the columns that identify rows; "
            "choose another name"
        )
    problems = list(find_expression_problems(where, feature.expression, recipe))
    yield from problems
    if problems:
        return
    hidden = set(_list_hidden(recipe))
    yield from (
        f"{where} reads the target's column '{name}', which no request carries; remove it"
        for name in dict.fromkeys(list_columns(feature.expression))
        if name in hidden
    )
    if any(call.operation == "lead" for call in list_calls(feature.expression)):
        yield f"{where} looks ahead: only a target may read later rows (lead)"
    kind = find_value_kind(recipe, feature.expression)
    if kind == "instant":
        yield f"{where} is a timestamp: use its hour(), weekday(), month() or the like"
    if kind == "text" and feature.encoding is None:
        yield f"{where} is a text: say how it becomes numbers (encoding=...)"
    if feature.encoding is not None and feature.fill is not None:
        yield f"{where} has an encoding, which covers missing values: remove fill"
    if kind == "number" and feature.encoding is None and feature.fill is None:
        nullable = [
            name
            for name in dict.fromkeys(list_columns(feature.expression))
            if name in {c.name for c in recipe.columns} and recipe.find_column(name).nullable
        ]
        yield from (
            f"{where}: column '{name}' is nullable and nothing fills it: give fill='median', a "
            "number or an encoding"
            for name in nullable
        )


def _list_hidden(recipe: DeclaredRecipe) -> Iterator[str]:
    """Yield the columns whose value in the row itself gives the target away.

    These are the columns that the target reads, without those that it reads in later rows only.
    """
    yield from _list_present(recipe.target.expression)


def _list_present(expression: Expression) -> Iterator[str]:
    if isinstance(expression, ColumnRef):
        yield expression.name
    if isinstance(expression, Call) and expression.operation != "lead":
        reads_ahead = any(c.operation == "lead" for c in list_calls(expression))
        for argument in expression.arguments:
            # In lead(x) > x the column is known with the row: the later value is compared with it.
            if not (reads_ahead and isinstance(argument, ColumnRef)):
                yield from _list_present(argument)


def _find_target_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    target = recipe.target
    problems = list(find_expression_problems("target", target.expression, recipe))
    yield from problems
    if not problems and find_value_kind(recipe, target.expression) != "number":
        yield "target: expression must be a number (the index of a class, or the quantity)"
    if len(target.labels) == 1 or len(set(target.labels)) < len(target.labels):
        yield "target: a classification needs two labels or more, all of them different"
    if target.relative_to is not None:
        problems = list(find_expression_problems("target: relative_to", target.relative_to, recipe))
        yield from problems
        if not problems and find_value_kind(recipe, target.relative_to) != "number":
            yield "target: relative_to must be a number"
        if any(call.operation == "lead" for call in list_calls(target.relative_to)):
            yield "target: relative_to looks ahead: it must be known with the row, without lead"
        if target.labels:
            yield "target: relative_to is for a regression; remove it or the labels"


def _find_series_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    expressions = [*recipe.list_served(), recipe.target.expression]
    if recipe.series is None:
        if any(map(is_windowed, expressions)):
            yield "lags and windows need a series: say what orders the rows (series=...)"
        return
    named = (recipe.series.time, *recipe.series.keys)
    unknown = list(_find_unknown_columns("series", recipe, named))
    yield from unknown
    if not unknown:
        if recipe.find_column(recipe.series.time).kind != "timestamp":
            yield f"series: column '{recipe.series.time}' is not a timestamp"
        if recipe.find_column(recipe.series.time).nullable:
            yield f"series: column '{recipe.series.time}' must not be nullable"
    if not 0 <= recipe.series.shortest_step_seconds <= recipe.series.longest_step_seconds:
        yield "series: shortest_step_seconds must not be negative, nor above longest_step_seconds"


def _find_window_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    """Yield why no request carries enough rows for a prediction, or why one takes too long."""
    valid = [e for e in recipe.list_served() if not list(find_expression_problems("", e, recipe))]
    needed = 1 + max(map(find_reach, valid), default=0)
    if needed > MAX_ROWS:
        yield (
            f"features: a prediction needs {needed:,} rows of the series, and a request carries "
            f"{MAX_ROWS:,} at most: use shorter lags and windows"
        )
    reads = sum(map(count_reads, valid))
    if reads > MAX_READS:
        yield (
            f"features: nested windows read {reads:,} values for one prediction, and "
            f"{MAX_READS:,} are allowed: use shorter windows, or nest fewer"
        )
