import dataclasses
import json

import pytest

from dropcast.contracts.errors import RecipeError, UnknownDatasetError
from dropcast.recipe import (
    Call,
    Feature,
    GroupSplit,
    Recipe,
    TimeSplit,
    candidate,
    col,
    number,
    text,
    timestamp,
)
from dropcast.recipes import RECIPES, find_recipe

RECIPE = RECIPES["spotify_preference"]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda r: r.dataset)
def test_a_recipe_comes_back_from_json_as_itself(recipe: Recipe) -> None:
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again == recipe
    assert again.hash == recipe.hash


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda r: r.dataset)
def test_the_target_is_never_an_input(recipe: Recipe) -> None:
    assert recipe.target.column not in [c.name for c in recipe.input_columns]


def test_the_schema_hash_moves_with_the_columns_and_the_hash_with_anything() -> None:
    other_title = dataclasses.replace(RECIPE, title="Other")
    assert other_title.hash != RECIPE.hash
    assert other_title.schema_hash == RECIPE.schema_hash
    more = dataclasses.replace(RECIPE, columns=(*RECIPE.columns, number("extra")))
    assert more.schema_hash != RECIPE.schema_hash


def test_an_unknown_dataset_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(UnknownDatasetError, match="did you mean 'spotify_preference'"):
        find_recipe("spotify_preferences")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dataset": "Bad Name"}, "dataset name must match"),
        ({"columns": (*RECIPE.columns, number("energy"))}, "column 'energy' is declared 2 times"),
        (
            {"columns": (*RECIPE.columns, number("length", aliases=("Duration",)))},
            "header 'duration' is declared 2 times",
        ),
        ({"columns": (*RECIPE.columns, number("rows"))}, "must be lower_snake_case and not 'rows'"),
        ({"columns": (*RECIPE.columns, number("x", minimum=2, maximum=1))}, "minimum is above"),
        ({"columns": (*RECIPE.columns, text("x", required=False))}, "must be nullable"),
        (
            {"columns": (*RECIPE.columns, timestamp("t", formats=("%Y",), timezone="Mars/X"))},
            "no timezone 'Mars/X'",
        ),
        ({"columns": (*RECIPE.columns, timestamp("t", formats=()))}, "declares its formats"),
        ({"target": dataclasses.replace(RECIPE.target, column="tarjet")}, "did you mean 'target'"),
        ({"target": dataclasses.replace(RECIPE.target, column="energy")}, "must be an integer"),
        ({"features": ()}, "no features"),
        ({"features": (Feature("x", col("target")),)}, "feature 'x' reads the target"),
        ({"features": (Feature("x", col("enrgy")),)}, "did you mean 'energy'"),
        ({"features": (Feature("x", col("artist")),)}, "column 'artist' is not numeric"),
        ({"features": (Feature("_x", col("energy")),)}, "begin with _"),
        ({"features": (Feature("x", Call("sine", (col("energy"),))),)}, "did you mean 'sin'"),
        ({"features": (Feature("x", Call("add", (col("energy"),))),)}, "add takes 2 arguments"),
        ({"split": GroupSplit(column="artist", test_fraction=0.3, seed=1)}, "not be nullable"),
        ({"split": TimeSplit(column="energy", test_fraction=0.3)}, "is not a timestamp"),
        ({"split": dataclasses.replace(RECIPE.split, test_fraction=1.5)}, "between 0 and 1"),
        ({"candidates": ()}, "no candidates"),
        ({"candidates": (candidate("random_forrest"),)}, "did you mean 'random_forest'"),
        ({"candidates": (candidate("random_forest", trees=3),)}, "no parameter 'trees'"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(
    change: dict[str, object], sentence: str
) -> None:
    document = {f.name: getattr(RECIPE, f.name) for f in dataclasses.fields(RECIPE)}
    with pytest.raises(RecipeError, match=sentence):
        Recipe(**{**document, **change})


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(RecipeError, match=r"(?s)no features.*no candidates"):
        dataclasses.replace(RECIPE, features=(), candidates=())
