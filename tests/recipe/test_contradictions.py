"""Every contradiction of a recipe has a sentence."""

import dataclasses
from typing import Any

import pytest

from dropcast.contracts.errors import RecipeError
from dropcast.recipe import (
    Call,
    Column,
    Expression,
    Feature,
    Key,
    Recipe,
    ReferenceTable,
    Series,
    Slice,
    Target,
    col,
    nearest_metres,
    number,
    text,
    timestamp,
)
from dropcast.recipes import RECIPES
from tests.recipe.prices import PRICES, TOWNS
from tests.recipe.refusals import refuse

SONGS = RECIPES["spotify_preference"]
EVENTS = RECIPES["spotify_events"]
CLOSE = col("close")
DAY = 86_400


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (number("energy"), "column 'energy' is declared 2 times"),
        (number("length", aliases=("Duration",)), "header 'duration' is declared 2 times"),
        (number("rows"), "must be lower_snake_case and not 'rows'"),
        (number("Loud Ness"), "must be lower_snake_case"),
        (number("x", minimum=2, maximum=1), "minimum is above maximum"),
        (text("x", required=False), "required=False needs nullable=True"),
        (timestamp("t", formats=("%Y",), timezone="Mars/X"), "an unknown time zone 'Mars/X'"),
        (timestamp("t", formats=("%Y",), timezone="America"), "an unknown time zone 'America'"),
        (timestamp("t", formats=()), "needs formats"),
    ],
)
def test_a_column_that_contradicts_the_others_or_itself_is_refused(
    column: Column, sentence: str
) -> None:
    refuse(SONGS, sentence, columns=(*SONGS.columns, column))


def test_a_reference_table_is_checked_as_a_recipes_columns_are() -> None:
    with pytest.raises(RecipeError, match="reference table 'Towns': dataset name must match"):
        dataclasses.replace(TOWNS, dataset="Towns")
    with pytest.raises(RecipeError, match="column 'x' is declared 2 times"):
        ReferenceTable(dataset="t", title="", summary="", columns=(number("x"), number("x")))


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (col("clos"), "did you mean 'close'"),
        (col("clos") + 1, "did you mean 'close'"),
        (Call("sine", (CLOSE,)), "did you mean 'sin'"),
        (Call("add", (CLOSE,)), "add takes 2 arguments"),
        (col("market") + 1, "add takes a number, not a text"),
        (CLOSE.clean(), "clean takes a text, not a number"),
        (col("market").hour(), "hour takes a timestamp, not a text"),
        (Call("sin", (CLOSE,), (1.0,)), "sin takes 0 settings"),
        (CLOSE.bucket(), "bucket takes 1 or more settings"),
        (Call("bucket", (CLOSE,), ("a",)), "takes a number as its setting, not 'a'"),
        (Call("after", (col("market"),), (1.0,)), "takes a text as its setting, not 1.0"),
        (CLOSE.bucket(2, 1), "ascending order"),
        (CLOSE.bucket(1, 1), "ascending order"),
        (col("market").after(""), "needs a separator"),
        (col("market").count_items(""), "needs a separator"),
        (col("at").hour("Mars/X"), "has an unknown time zone 'Mars/X'"),
        (CLOSE.lag(0), "whole number of rows from 1 to 10,000"),
        (CLOSE.rolling_std(1), "whole number of rows from 2 to 10,000"),
        (Call("lag", (CLOSE,), (1.5,)), "whole number of rows"),
        (CLOSE.rolling_mean(10_001), "whole number of rows"),
        (CLOSE.wilder_rsi(14, rows=14), "more rows than its period"),
        (
            col("market").look_up_number("town", key="name", value="latitude"),
            "did you mean 'towns'",
        ),
        (
            col("market").look_up_number("towns", key="nam", value="latitude"),
            "towns: .*did you mean 'name'",
        ),
        (
            col("market").look_up_number("towns", key="name", value="county"),
            "towns: column 'county' is not a number",
        ),
        (
            nearest_metres(CLOSE, CLOSE, "towns", columns=("latitude", "name")),
            "towns: column 'name' is not a number",
        ),
        (CLOSE.lead(1), "feature 'x' looks ahead"),
        (col("at"), r"is a timestamp: use its hour\(\)"),
        (col("market"), "is a text: say how it becomes numbers"),
        (col("market").clean(), "is a text: say how it becomes numbers"),
        (col("weight") + 1, "column 'weight' is nullable and nothing fills it"),
    ],
)
def test_a_feature_that_cannot_be_computed_is_refused(
    expression: Expression, sentence: str
) -> None:
    refuse(PRICES, sentence, features=(Feature("x", expression),))


@pytest.mark.parametrize(
    ("recipe", "changes", "sentence"),
    [
        (SONGS, {"dataset": "Bad Name"}, "dataset name must match"),
        (SONGS, {"dataset": "datasets"}, "is reserved for a path of the API"),
        (SONGS, {"dataset": "docs"}, "is reserved for a path of the API"),
        (SONGS, {"dataset": "unplaced"}, "or for files that belong to no dataset"),
        (SONGS, {"dataset": "openapi.json"}, "dataset name must match"),
        (SONGS, {"features": ()}, "no features"),
        (SONGS, {"features": (Feature("x", col("energy")),) * 2}, "'x' is declared 2 times"),
        (SONGS, {"features": (Feature("x", col("target")),)}, "'x' reads the target's column"),
        (SONGS, {"features": (Feature("x", 1 - col("target")),)}, "reads the target's column"),
        (SONGS, {"features": (Feature("_x", col("energy")),)}, "begin with _"),
        (
            SONGS,
            {"features": (Feature("x", col("energy"), encoding="ordinal", fill=0.0),)},
            "remove fill",
        ),
        (PRICES, {"references": (TOWNS, TOWNS)}, "reference table 'towns' is declared 2 times"),
        (PRICES, {"key": Key(columns=("clos",))}, "key: .*did you mean 'close'"),
        (PRICES, {"key": Key(columns=("at",), newest_by="x")}, "key: no column 'x'"),
        (PRICES, {"slices": (Slice(name="s", expression=col("clos")),)}, "slice 's': "),
        (SONGS, {"target": Target(expression=col("tarjet"), labels=("a", "b"))}, "'target'"),
        (PRICES, {"target": Target(expression=col("market"))}, "target: expression must be"),
        (SONGS, {"target": Target(expression=col("target"), labels=("a",))}, "two labels or more"),
        (
            SONGS,
            {"target": Target(expression=col("target"), labels=("a", "a"))},
            "all of them different",
        ),
        (
            SONGS,
            {
                "target": Target(
                    expression=col("target"), labels=("a", "b"), relative_to=col("tempo")
                )
            },
            "relative_to is for a regression",
        ),
        (PRICES, {"series": None}, "lags and windows need a series"),
        (
            PRICES,
            {"series": None, "features": (Feature("x", CLOSE),)},
            "lags and windows need a series",
        ),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(
    recipe: Recipe, changes: dict[str, Any], sentence: str
) -> None:
    refuse(recipe, sentence, **changes)


@pytest.mark.parametrize(
    ("relative_to", "sentence"),
    [
        (col("clos"), "did you mean 'close'"),
        (col("market"), "relative_to must be a number"),
        (col("at"), "relative_to must be a number"),
        (CLOSE.lead(2), "relative_to looks ahead"),
    ],
)
def test_what_a_target_is_relative_to_is_a_number_known_with_the_row(
    relative_to: Any, sentence: str
) -> None:
    refuse(PRICES, sentence, target=Target(expression=CLOSE.lead(1), relative_to=relative_to))


@pytest.mark.parametrize(
    ("series", "sentence"),
    [
        (Series(time="att", longest_step_seconds=DAY), "series: .*did you mean 'at'"),
        (Series(time="at", keys=("town",), longest_step_seconds=DAY), "no column 'town'"),
        (Series(time="close", longest_step_seconds=DAY), "'close' is not a timestamp"),
        (Series(time="paid", longest_step_seconds=DAY), "'paid' must not be nullable"),
        (
            Series(time="at", shortest_step_seconds=2, longest_step_seconds=1),
            "shortest_step_seconds must not be negative, nor above",
        ),
        (
            Series(time="at", shortest_step_seconds=-1, longest_step_seconds=1),
            "shortest_step_seconds must not be negative, nor above",
        ),
    ],
)
def test_a_series_that_orders_nothing_is_refused(series: Series, sentence: str) -> None:
    refuse(PRICES, sentence, series=series)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            CLOSE.lag(1_000),
            "a prediction needs 1,001 rows of the series, and a request carries 1,000",
        ),
        (CLOSE.rolling_mean(600).lag(401), "a prediction needs 1,001 rows"),
        (
            CLOSE.rolling_mean(50).rolling_mean(50).rolling_mean(50),
            "nested windows read 125,00. values for one prediction, and 100,000 are allowed",
        ),
    ],
)
def test_windows_that_are_too_long_for_a_request_are_refused(
    expression: Any, sentence: str
) -> None:
    refuse(PRICES, sentence, features=(Feature("x", expression),))
    refuse(PRICES, sentence, target=Target(expression=CLOSE.lead(1), relative_to=expression))


def test_windows_as_long_as_a_request_are_sound() -> None:
    features = (Feature("x", CLOSE.lag(999)), Feature("y", CLOSE.rolling_mean(99).rolling_std(900)))
    assert dataclasses.replace(PRICES, features=features).rows_needed == 1_000


def test_all_contradictions_are_named_at_once() -> None:
    refuse(SONGS, r"(?s)no features.*no candidates", features=(), candidates=())
