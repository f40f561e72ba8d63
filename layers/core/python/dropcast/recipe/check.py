"""What can be wrong with a recipe, all of it found at once, each as a sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dropcast.contracts.errors import describe_unknown
from dropcast.contracts.keys import DATASET_PATTERN
from dropcast.recipe.columns import Column, normalise_header
from dropcast.recipe.expressions import OPERATIONS, Call, Expression, Feature, list_columns
from dropcast.recipe.training import MODELS, StratifiedSplit, TimeSplit

if TYPE_CHECKING:
    from dropcast.recipe.recipe import Recipe

_NUMERIC_KINDS = ("number", "integer", "boolean")


def find_problems(recipe: "Recipe") -> Iterator[str]:
    names = [c.name for c in recipe.columns]
    if not re.fullmatch(DATASET_PATTERN, recipe.dataset):
        yield f"dataset name must match {DATASET_PATTERN}"
    yield from _find_repeats("column", names)
    headers = [
        normalise_header(n) for c in recipe.columns for n in dict.fromkeys((c.name, *c.aliases))
    ]
    yield from _find_repeats("header", headers)
    yield from _find_repeats("feature", (f.name for f in recipe.features))
    for column in recipe.columns:
        yield from _find_column_problems(column)
    if recipe.target.column not in names:
        yield describe_unknown("target column", recipe.target.column, names)
    elif recipe.find_column(recipe.target.column).kind not in ("integer", "boolean"):
        yield f"target column '{recipe.target.column}' must be an integer or a boolean"
    for feature in recipe.features:
        yield from _find_feature_problems(recipe, feature)
    if not recipe.features:
        yield "no features"
    yield from _find_training_problems(recipe)


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
        try:
            ZoneInfo(column.timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            yield f"column '{column.name}': no timezone '{column.timezone}'"


def _find_feature_problems(recipe: "Recipe", feature: Feature) -> Iterator[str]:
    if feature.name.startswith("_"):
        yield f"feature '{feature.name}': names that begin with _ are kept for row identity"
    names = [c.name for c in recipe.columns]
    for name in dict.fromkeys(list_columns(feature.expression)):
        if name not in names:
            yield f"feature '{feature.name}': {describe_unknown('column', name, names)}"
        elif name == recipe.target.column:
            yield f"feature '{feature.name}' reads the target"
        elif recipe.find_column(name).kind not in _NUMERIC_KINDS:
            yield f"feature '{feature.name}': column '{name}' is not numeric"
        elif recipe.find_column(name).nullable:
            yield f"feature '{feature.name}': column '{name}' is nullable and nothing fills it"
    yield from _find_operation_problems(feature.name, feature.expression)


def _find_operation_problems(feature: str, expression: Expression) -> Iterator[str]:
    if not isinstance(expression, Call):
        return
    arity = OPERATIONS.get(expression.operation)
    if arity is None:
        yield f"feature '{feature}': " + describe_unknown(
            "operation", expression.operation, OPERATIONS
        )
    elif arity != len(expression.arguments):
        yield f"feature '{feature}': {expression.operation} takes {arity} arguments"
    for argument in expression.arguments:
        yield from _find_operation_problems(feature, argument)


def _find_training_problems(recipe: "Recipe") -> Iterator[str]:
    yield from _find_split_problems(recipe)
    if not recipe.candidates:
        yield "no candidates"
    for tried in recipe.candidates:
        known = MODELS.get(tried.model)
        if known is None:
            yield describe_unknown("model", tried.model, MODELS)
            continue
        for parameter in sorted(set(tried.parameters) - known):
            yield f"{tried.model}: " + describe_unknown("parameter", parameter, known)


def _find_split_problems(recipe: "Recipe") -> Iterator[str]:
    split = recipe.split
    if not 0 < split.test_fraction < 1:
        yield "split: test_fraction must lie between 0 and 1"
    if isinstance(split, StratifiedSplit):
        return
    names = [c.name for c in recipe.columns]
    if split.column not in names:
        yield "split: " + describe_unknown("column", split.column, names)
        return
    column = recipe.find_column(split.column)
    if column.nullable:
        yield f"split: column '{split.column}' must not be nullable"
    if isinstance(split, TimeSplit) and column.kind != "timestamp":
        yield f"split: column '{split.column}' is not a timestamp"
