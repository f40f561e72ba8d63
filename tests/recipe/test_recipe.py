"""What a recipe derives from its fields: JSON, the columns it reads, the rows it needs."""

import dataclasses
import json

import pytest

from dropcast.contracts.errors import DocumentError, ReferenceTableError, UnknownDatasetError
from dropcast.recipe import Expression, Recipe, ReferenceTable, Source, Target, col, number
from dropcast.recipe.expression_trees import find_reach, list_columns
from dropcast.recipes import RECIPES, find_recipe, find_table, list_references
from tests.recipe.prices import PRICES

SONGS = RECIPES["spotify_preference"]


@pytest.mark.parametrize("recipe", [*RECIPES.values(), PRICES], ids=lambda r: r.dataset)
def test_a_recipe_comes_back_from_json_as_itself(recipe: Recipe) -> None:
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again == recipe
    assert again.training_hash == recipe.training_hash


def test_a_document_of_another_release_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"unknown fields \['model'\]"):
        Recipe.from_json({**SONGS.to_json(), "model": "forest"})


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda r: r.dataset)
def test_no_column_is_both_an_input_and_the_targets_alone(recipe: Recipe) -> None:
    inputs = {column.name for column in recipe.input_columns}
    assert not inputs & recipe.target_columns
    assert set(list_columns(recipe.target.expression)) <= inputs | recipe.target_columns


@pytest.mark.parametrize(
    ("dataset", "target_columns", "rows_needed"),
    [
        ("bitcoin", set(), 31),
        ("chicago_arrests", {"arrest"}, 1),
        ("spotify_events", {"popularity"}, 1),
        ("spotify_popularity", {"popularity"}, 1),
        ("spotify_preference", {"target"}, 1),
    ],
)
def test_what_a_request_must_not_carry_and_how_many_rows_it_needs(
    dataset: str, target_columns: set[str], rows_needed: int
) -> None:
    assert RECIPES[dataset].target_columns == target_columns
    assert RECIPES[dataset].rows_needed == rows_needed


def test_a_series_needs_its_time_its_keys_and_relative_to() -> None:
    assert [column.name for column in PRICES.input_columns] == ["at", "market", "close"]
    assert PRICES.target_columns == frozenset()
    assert PRICES.target.task == "regression"


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (col("a"), 0),
        (col("a").lag(2), 2),
        (col("a").lead(2), 0),
        (col("a").rolling_mean(10), 9),
        (col("a").returns(1).rolling_std(10).lag(3), 13),
        (col("a").wilder_rsi(14, rows=31) + col("a").lag(40), 40),
    ],
)
def test_windows_within_windows_reach_further_back(expression: Expression, rows: int) -> None:
    assert find_reach(expression) == rows


def test_the_rows_needed_are_those_of_the_farthest_window_served() -> None:
    target = Target(expression=col("close").lead(1), relative_to=col("close").rolling_mean(9))
    assert dataclasses.replace(PRICES, target=target).rows_needed == 9


def test_the_columns_hash_moves_with_what_decides_how_a_file_is_read() -> None:
    other_title = dataclasses.replace(SONGS, title="Other")
    assert other_title.columns_hash == SONGS.columns_hash
    more = dataclasses.replace(SONGS, columns=(*SONGS.columns, number("extra")))
    other_source = dataclasses.replace(SONGS, source=Source(missing=("?",)))
    assert len({r.columns_hash for r in (SONGS, more, other_source)}) == 3


def test_the_uses_of_reference_tables_are_listed_once() -> None:
    uses = RECIPES["chicago_arrests"].reference_uses
    assert uses == (("police_stations", "latitude", "longitude"),)


def test_an_unknown_dataset_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(UnknownDatasetError, match="did you mean 'spotify_preference'"):
        find_recipe("spotify_preferences")
    with pytest.raises(
        ReferenceTableError, match="'police_stations' is a reference table"
    ) as refused:
        find_recipe("police_stations")
    assert "it is read for chicago_arrests; datasets with a model: bitcoin" in str(refused.value)
    with pytest.raises(UnknownDatasetError, match="did you mean 'police_stations'"):
        find_table("police_station")


def test_a_reference_table_is_dropped_like_a_dataset() -> None:
    table = find_table("police_stations")
    assert isinstance(table, ReferenceTable)
    assert list_references() == {"police_stations": table}
    assert find_table("bitcoin") is RECIPES["bitcoin"]
