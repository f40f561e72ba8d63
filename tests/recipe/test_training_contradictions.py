"""Every contradiction of a split, a candidate, a balance and a gate has a sentence."""

from dataclasses import replace
from typing import Any

import pytest

from dropcast.recipe import (
    Balance,
    Choices,
    Floats,
    Gate,
    GroupSplit,
    Integers,
    Recipe,
    Requirement,
    Search,
    StratifiedSplit,
    Target,
    TimeSplit,
    candidate,
    col,
)
from dropcast.recipes import RECIPES
from tests.recipe.prices import PRICES
from tests.recipe.refusals import refuse

SONGS = RECIPES["spotify_preference"]
EVENTS = RECIPES["spotify_events"]
CLOSE = col("close")
DAY = 86_400


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (StratifiedSplit(test_fraction=1.0, seed=1), "must be between 0 and 1"),
        (GroupSplit(column="market", test_fraction=0.0, seed=1), "must be between 0 and 1"),
        (GroupSplit(column="markt", test_fraction=0.3, seed=1), "did you mean 'market'"),
        (GroupSplit(column="note", test_fraction=0.3, seed=1), "must not be nullable"),
        (TimeSplit(column="close", test_fraction=0.3), "is not a timestamp"),
        (TimeSplit(column="paid", test_fraction=0.3), "must not be nullable"),
        (TimeSplit(column="at"), "give test_fraction or test_days"),
        (TimeSplit(column="at", test_fraction=0.3, test_days=3), "give test_fraction or test_days"),
        (TimeSplit(column="at", test_fraction=1.5), "must be between 0 and 1"),
        (TimeSplit(column="at", test_days=-1), "gap_days and maturity_days not negative"),
        (TimeSplit(column="at", test_days=0), "test_days and window_days must be above 0"),
        (
            TimeSplit(column="at", test_days=1, window_days=0),
            "test_days and window_days must be above 0",
        ),
        (
            TimeSplit(column="at", test_days=1, gap_days=-1),
            "gap_days and maturity_days not negative",
        ),
        (
            TimeSplit(column="at", test_days=1, maturity_days=-1),
            "gap_days and maturity_days not negative",
        ),
    ],
)
def test_a_split_that_leaves_no_test_rows_is_refused(split: Any, sentence: str) -> None:
    refuse(PRICES, sentence, split=split)


BY_ROW = StratifiedSplit(test_fraction=0.3, seed=1)
BY_MARKET = GroupSplit(column="market", test_fraction=0.3, seed=1)


@pytest.mark.parametrize(
    ("split", "entities", "sentence"),
    [
        (BY_ROW, (), r"rows have a timestamp, 'at': use a TimeSplit, or .* with mixes=\('at',\)"),
        (BY_MARKET, (), "rows have a timestamp, 'at'"),
        (replace(BY_ROW, mixes=("at",)), ("market",), "rows of one 'market' would be among both"),
        (replace(BY_ROW, mixes=("at", "close")), (), "mixes 'close', which is neither an entity"),
        (replace(BY_MARKET, mixes=("market",)), ("market",), "mixes 'market', which is neither"),
        (replace(BY_MARKET, mixes=("at",)), ("market", "note"), "rows of one 'note' would"),
        (PRICES.split, ("markt",), "entities: .*did you mean 'market'"),
    ],
)
def test_what_a_split_mixes_is_declared_or_refused(
    split: Any, entities: Any, sentence: str
) -> None:
    refuse(PRICES, sentence, split=split, entities=entities)


def test_a_split_that_declares_what_it_mixes_is_allowed() -> None:
    for split in (replace(BY_ROW, mixes=("at", "market")), replace(BY_MARKET, mixes=("at",))):
        assert replace(PRICES, split=split, entities=("market",)).split_rule is split


def test_without_a_split_the_time_decides_then_the_entity_then_the_class() -> None:
    assert replace(PRICES, split=None).split_rule == TimeSplit(column="at", test_fraction=0.2)
    tracks = RECIPES["spotify_popularity"]
    by_artist = GroupSplit(column="artists", test_fraction=0.2, seed=0)
    assert replace(tracks, split=None, entities=("artists",)).split_rule == by_artist
    by_class = StratifiedSplit(test_fraction=0.2, seed=0)
    assert replace(tracks, split=None, entities=()).split_rule == by_class


def test_two_entities_without_a_split_are_refused_until_one_is_chosen() -> None:
    refuse(RECIPES["spotify_popularity"], "rows of one 'album_name' would", split=None)


FOREST = "random_forest"


@pytest.mark.parametrize(
    ("recipe", "tried", "sentence"),
    [
        (SONGS, candidate("random_forrest"), "did you mean 'random_forest'"),
        (SONGS, candidate(FOREST, trees=3), "no parameter 'trees'"),
        (SONGS, candidate(FOREST, search={"x": Integers(low=1, high=2)}), "no parameter 'x'"),
        (SONGS, candidate("linear_regression"), "does not fit a binary target"),
        (SONGS, candidate("naive_forecast"), "does not fit a binary target"),
        (PRICES, candidate("logistic_regression"), "does not fit a regression target"),
        (PRICES, candidate("svc", calibration="sigmoid"), "does not fit a regression target"),
        (PRICES, candidate(FOREST, calibration="isotonic"), "only classes are calibrated"),
        (SONGS, candidate("svc"), "svc: needs calibration='sigmoid' or 'isotonic'"),
        (SONGS, candidate(FOREST, search={"max_depth": Choices(options=())}), "nothing to choose"),
        (
            SONGS,
            candidate(FOREST, search={"max_depth": Integers(low=3, high=3)}),
            "nothing to choose",
        ),
        (
            SONGS,
            candidate("svc", calibration="sigmoid", search={"C": Floats(low=2, high=1)}),
            "search of 'C' has nothing to choose",
        ),
        (
            SONGS,
            candidate("logistic_regression", search={"C": Floats(low=0, high=1, log=True)}),
            "with log=True needs a low above 0",
        ),
    ],
)
def test_a_candidate_that_cannot_be_fitted_is_refused(
    recipe: Recipe, tried: Any, sentence: str
) -> None:
    refuse(recipe, sentence, candidates=(tried,))


def test_a_naive_forecast_and_its_error_need_what_the_target_is_relative_to() -> None:
    target = Target(expression=CLOSE.lead(1))
    refuse(PRICES, "naive_forecast: the forecast is the target's relative_to", target=target)
    refuse(
        PRICES,
        "gate: mase compares with a naive forecast: give the target relative_to",
        target=target,
    )


@pytest.mark.parametrize(
    ("recipe", "changes", "sentence"),
    [
        (SONGS, {"candidates": ()}, "no candidates"),
        (EVENTS, {"balance": Balance(oversample="smote")}, "only two classes are balanced"),
        (PRICES, {"balance": Balance(oversample="smote")}, "only two classes are balanced"),
        (SONGS, {"balance": Balance()}, "give oversample or undersample_to"),
        (
            SONGS,
            {"balance": Balance(oversample="random", oversample_to=1.5)},
            "must be above 0 and 1 at most",
        ),
        (SONGS, {"balance": Balance(undersample_to=0.0)}, "must be above 0 and 1 at most"),
        (SONGS, {"search": Search(rounds=0)}, "must be 1 or more"),
        (SONGS, {"search": Search(trials=0)}, "must be 1 or more"),
        (SONGS, {"random_state": -1}, "whole number from 0 to 4,294,967,295"),
        (SONGS, {"random_state": 2**32}, "whole number from 0 to 4,294,967,295"),
        (SONGS, {"gate": Gate(metric="mae", champion_margin=0)}, "does not measure a binary"),
        (PRICES, {"gate": Gate(metric="f1", champion_margin=0)}, "does not measure a regression"),
        (
            SONGS,
            {
                "gate": Gate(
                    metric="f1",
                    champion_margin=0,
                    requirements=(Requirement(metric="rmse", bound=1),),
                )
            },
            "gate: rmse does not measure",
        ),
        (EVENTS, {"gate": Gate(metric="f1", champion_margin=0)}, "use macro_f1"),
        (SONGS, {"gate": Gate(metric="f1", champion_margin=-0.1)}, "must not be negative"),
    ],
)
def test_training_that_cannot_be_judged_is_refused(
    recipe: Recipe, changes: dict[str, Any], sentence: str
) -> None:
    refuse(recipe, sentence, **changes)
