"""Laws of every recipe's features: no look-ahead, served as trained, the target never one."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dropcast.features.columns import evaluate_columns, make_feature
from dropcast.features.frames import make_column_table
from dropcast.recipe import Recipe, TimeSplit
from dropcast.recipe.expression_trees import list_calls, list_columns
from dropcast.scoring import check_rows
from dropcast.scoring.expressions import compile_features
from tests.universal.samples import (
    assemble_sample,
    list_recipes,
    read_references,
    read_request,
    read_sample,
    same_bits,
)

RECIPES = pytest.mark.parametrize("recipe", list_recipes(), ids=lambda r: r.dataset)
_ROWS_SERVED = 40
# Fewer different texts are categories.
_LEAST_ENTITIES = 50


def evaluate(frame: pd.DataFrame, recipe: Recipe) -> Any:
    table = make_column_table(frame, recipe, read_references(recipe))
    columns = [make_feature(evaluate_columns(f.expression, table)) for f in recipe.features]
    return np.column_stack(columns)


def spell_request(row: Mapping[Any, Any], recipe: Recipe) -> dict[str, Any]:
    """Return a checked row as a client would send it."""
    spelled = {}
    for column in recipe.input_columns:
        value = row[column.name]
        if pd.isna(value):
            continue
        if column.kind == "timestamp":
            epoch = "epoch_seconds" in column.formats
            value = value.timestamp() if epoch else value.isoformat()
        spelled[column.name] = value.item() if hasattr(value, "item") else value
    return dict(json.loads(json.dumps(spelled)))


@RECIPES
def test_the_recipe_comes_back_from_json_as_itself(recipe: Recipe) -> None:
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again == recipe
    assert again.training_hash == recipe.training_hash


@RECIPES
def test_no_feature_looks_ahead(recipe: Recipe) -> None:
    """Features of rows 1..k alone equal rows 1..k of all rows."""
    frame = assemble_sample(recipe)
    whole = evaluate(frame, recipe)
    for share in (0.1, 0.5, 0.9):
        rows = int(len(frame) * share)
        assert same_bits(evaluate(frame.iloc[:rows], recipe), whole[:rows])


@RECIPES
def test_the_target_is_never_a_feature(recipe: Recipe) -> None:
    frame = assemble_sample(recipe)
    hidden = recipe.target_columns
    read = {name for f in recipe.features for name in list_columns(f.expression)}
    assert not hidden & read
    assert not any(c.operation == "lead" for f in recipe.features for c in list_calls(f.expression))
    blank = frame.assign(**{name: frame[name].iloc[::-1].to_numpy() for name in hidden})
    assert same_bits(evaluate(blank, recipe), evaluate(frame, recipe))


@pytest.mark.parametrize(
    "recipe",
    [r for r in list_recipes() if not isinstance(r.split_rule, TimeSplit)],
    ids=lambda r: r.dataset,
)
def test_what_comes_again_is_named_as_an_entity(recipe: Recipe) -> None:
    """A split by row puts rows of one customer on both sides; that is said, never forgotten."""
    frame = read_sample(recipe)
    for column in recipe.columns:
        if column.kind == "text" and not column.categories and column.name in frame:
            values = frame[column.name].dropna()
            rows_each = values.value_counts()
            comes_again = len(rows_each) >= _LEAST_ENTITIES and len(values) >= 2 * len(rows_each)
            spread = comes_again and rows_each.iloc[0] <= 0.2 * len(values)
            assert not spread or column.name in recipe.entities, column.name


@RECIPES
def test_a_row_served_equals_the_row_in_the_table(recipe: Recipe) -> None:
    frame = assemble_sample(recipe)
    whole = evaluate(frame, recipe)
    compute = compile_features(recipe.features, read_references(recipe))
    table = make_column_table(frame, recipe, read_references(recipe))
    needed = recipe.rows_needed
    places = np.arange(len(frame))
    if table.position is not None:
        places = places[table.position >= needed - 1]
    for place in places[:: max(1, len(places) // _ROWS_SERVED)].tolist():
        rows = frame.iloc[place - needed + 1 : place + 1].to_dict("records")
        body = {"rows": [spell_request(row, recipe) for row in rows]}
        (case,) = check_rows(body, schema=recipe.request_schema, max_rows=1000)
        assert same_bits(compute(case), whole[place])


@RECIPES
def test_the_sample_request_gets_a_prediction(recipe: Recipe) -> None:
    cases = check_rows(read_request(recipe.dataset), schema=recipe.request_schema, max_rows=1000)
    compute = compile_features(recipe.features, read_references(recipe))
    for case in cases:
        values = dict(zip((f.name for f in recipe.features), compute(case), strict=True))
        undefined = [
            f.name
            for f in recipe.features
            if f.fill is None and f.encoding is None and not np.isfinite(values[f.name])
        ]
        assert not undefined
