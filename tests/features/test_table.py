import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dropcast.contracts.errors import InvalidTargetError, TooFewRowsError
from dropcast.contracts.messages import DatasetVersion
from dropcast.features import build_feature_table, render_dataset_card, summarise_columns
from dropcast.features.card import describe_dataset
from dropcast.recipe import (
    Feature,
    Gate,
    GroupSplit,
    Key,
    Recipe,
    Target,
    TimeSplit,
    candidate,
    col,
    number,
    text,
    timestamp,
)
from dropcast.recipe.operations import hash_text
from dropcast.recipes import RECIPES

BASE = RECIPES["spotify_preference"]
RECIPE = dataclasses.replace(
    BASE,
    features=(Feature("energy", col("energy")), Feature("pace", col("tempo") / col("valence"))),
)


def make_rows(count: int, **columns: Any) -> pd.DataFrame:
    numbers = np.arange(count)
    rows = pd.DataFrame(
        {
            **{c.name: numbers / 1000 + 0.1 for c in BASE.columns if c.kind == "number"},
            **{c.name: numbers % 2 for c in BASE.columns if c.kind == "integer"},
            "song_title": [f"Song {i}" for i in numbers],
            "artist": None,
        }
    )
    return rows.assign(**columns)


def test_features_of_each_row_are_the_expressions_of_its_columns() -> None:
    table = build_feature_table([make_rows(3, tempo=[1.0, 2, 3], valence=[0.5, 0.25, 0.5])], RECIPE)
    assert list(table.columns) == ["energy", "pace", "_row_id", "_target"]
    assert table.columns["pace"].tolist() == [2.0, 8.0, 6.0]
    assert table.columns["_target"].tolist() == [0, 1, 0]
    assert table.columns["_row_id"].dtype == np.uint64


def test_features_of_the_first_rows_alone_equal_those_among_all() -> None:
    rows = make_rows(50)
    whole = build_feature_table([rows], RECIPE).columns
    head = build_feature_table([rows[:20]], RECIPE).columns
    for name in whole:
        assert head[name].tolist() == whole[name][:20].tolist()


def test_equal_rows_are_kept_once_across_parts_and_counted() -> None:
    rows = make_rows(10)
    table = build_feature_table([rows, rows[3:6]], RECIPE)
    assert (table.rows, table.rows_read, table.duplicates_dropped) == (10, 13, 3)


def test_equal_features_with_both_labels_stay_and_share_their_identity() -> None:
    rows = pd.concat([make_rows(1, target=0), make_rows(1, target=1)])
    table = build_feature_table([rows], RECIPE)
    assert table.columns["_target"].tolist() == [0, 1]
    assert len(set(table.columns["_row_id"].tolist())) == 1


def test_minus_zero_and_zero_are_one_row_identity() -> None:
    rows = make_rows(2, energy=[0.0, -0.0], tempo=[1.0, 1.0], valence=[1.0, 1.0])
    assert len(set(build_feature_table([rows], RECIPE).columns["_row_id"].tolist())) == 1


def test_a_row_with_an_undefined_feature_is_left_out_and_counted() -> None:
    table = build_feature_table([make_rows(4, valence=[0.5, 0.0, 0.5, 0.5])], RECIPE)
    assert (table.rows, table.undefined_dropped) == (3, 1)


def test_a_dataset_without_rows_is_reported() -> None:
    with pytest.raises(TooFewRowsError, match="has no rows"):
        build_feature_table([make_rows(0)], RECIPE)
    with pytest.raises(TooFewRowsError, match="of 2 rows none has every feature"):
        build_feature_table([make_rows(2, valence=[0.0, 0.0])], RECIPE)


def test_the_split_gets_the_identity_that_it_needs() -> None:
    columns = (*BASE.columns, text("singer"), timestamp("played_at", formats=("%Y",)))
    instants = pd.to_datetime(["2024-01-01", "2025-01-01"], utc=True)
    rows = make_rows(2, singer=["a", "b"], played_at=instants)
    by_group = GroupSplit(column="singer", test_fraction=0.3, seed=1, mixes=("played_at",))
    by_time = TimeSplit(column="played_at", test_fraction=0.3)
    grouped = build_feature_table([rows], _with(columns, by_group)).columns
    assert len(set(grouped["_group_id"].tolist())) == 2
    timed = build_feature_table([rows], _with(columns, by_time)).columns
    assert timed["_observed_at"].tolist() == [1704067200_000_000, 1735689600_000_000]


def _with(columns: object, split: object) -> Recipe:
    return dataclasses.replace(RECIPE, columns=columns, split=split, entities=())  # type: ignore[arg-type]


def test_the_card_tells_the_columns_and_its_page_escapes_what_it_shows() -> None:
    rows = make_rows(4, energy=[0.0, 0.2, 0.4, 1.0], artist=["a", None, "a", "b"])
    recipe = dataclasses.replace(RECIPE, title="<b>Songs</b>")
    card = describe_dataset(
        recipe=recipe,
        version=DatasetVersion(dataset=recipe.dataset, parts=()),
        version_name="v" * 64,
        table=build_feature_table([rows], recipe),
        columns=summarise_columns([rows], recipe.columns),
        features_key="k",
        features_sha256="f" * 64,
        references={},
        reference_columns={},
        code_hash="c" * 64,
    )
    by_name = {c.name: c for c in card.columns}
    assert by_name["energy"].mean == pytest.approx(0.4)
    assert by_name["energy"].std == pytest.approx(0.4320493798938573)
    assert by_name["energy"].quantiles is not None
    assert by_name["energy"].quantiles[3] == pytest.approx(0.3)
    assert (by_name["artist"].nulls, by_name["artist"].distinct) == (1, 2)
    assert card.classes == {"disliked": 2, "liked": 2}
    page = render_dataset_card(card)
    assert "&lt;b&gt;Songs&lt;/b&gt;" in page
    assert "<b>Songs" not in page


def make_bars(count: int, **columns: Any) -> pd.DataFrame:
    times = pd.date_range("2024-01-01", periods=count, freq="h", tz="UTC")
    price = 100 + np.arange(count) % 7
    bars = {"open": price, "high": price + 1.0, "low": price - 1.0, "close": price + 0.5}
    rows = pd.DataFrame({"open_time": times, **bars, "volume": 1.0 + np.arange(count) % 3})
    return rows.assign(**columns)


BITCOIN = RECIPES["bitcoin"]


def test_the_row_whose_future_is_unknown_has_no_target() -> None:
    table = build_feature_table([make_bars(50)], BITCOIN)
    assert (table.rows, table.undefined_dropped, table.untargeted_dropped) == (19, 30, 1)


def test_rows_of_a_series_come_in_any_order_and_any_number_of_files() -> None:
    bars = make_bars(60)
    whole = build_feature_table([bars], BITCOIN).columns
    shuffled = bars.sample(frac=1, random_state=1)
    parts = build_feature_table([shuffled[:25], shuffled[25:], shuffled[10:20]], BITCOIN).columns
    for name, values in whole.items():
        assert parts[name].tolist() == values.tolist(), name


def test_a_gap_begins_the_series_anew() -> None:
    bars = make_bars(100)
    table = build_feature_table([bars.drop(index=[50])], BITCOIN)
    # Two stretches of 50 and 49 bars: 30 of each lack their window, the last of each its target.
    assert (table.rows, table.undefined_dropped, table.untargeted_dropped) == (37, 60, 2)


def test_of_rows_with_one_key_the_newest_counts() -> None:
    columns = (*BASE.columns, text("id", nullable=True), timestamp("seen", formats=("%Y",)))
    recipe = dataclasses.replace(
        RECIPE, columns=columns, split=None, key=Key(columns=("id",), newest_by="seen")
    )
    seen = pd.to_datetime(["2025-01-01", "2024-01-01", "2024-01-01", "2024-01-01"], utc=True)
    rows = make_rows(4, id=["a", "a", None, None], seen=seen, energy=[0.1, 0.2, 0.3, 0.4])
    table = build_feature_table([rows], recipe)
    assert table.columns["energy"].tolist() == [0.1, 0.3, 0.4]
    assert table.replaced_dropped == 1


def test_a_target_that_is_no_class_is_reported() -> None:
    recipe = dataclasses.replace(RECIPE, target=Target(expression=col("key"), labels=("no", "yes")))
    with pytest.raises(InvalidTargetError, match=r"gives \[2\.0\]; with the labels no, yes"):
        build_feature_table([make_rows(3, key=[0, 1, 2])], recipe)


def test_a_missing_text_and_a_filled_number_keep_their_row() -> None:
    columns = (*BASE.columns, text("genre", nullable=True), number("age", nullable=True))
    features = (
        Feature("genre", col("genre").clean(), encoding="one_hot"),
        Feature("age", col("age"), fill="median"),
    )
    recipe = dataclasses.replace(RECIPE, columns=columns, features=features)
    rows = make_rows(3, genre=["Rock ", None, "rock"], age=[1.0, None, 3.0])
    found = build_feature_table([rows], recipe).columns
    assert found["genre"][0] == found["genre"][2] == hash_text("rock")
    assert np.isnan([found["genre"][1], found["age"][1]]).all()


def test_a_regression_keeps_its_number_and_what_it_is_relative_to() -> None:
    recipe = dataclasses.replace(
        BITCOIN,
        target=Target(expression=col("close").lead(1), unit="USDT", relative_to=col("close")),
        gate=Gate(metric="mase", champion_margin=0.0),
        candidates=(candidate("naive_forecast"),),
    )
    found = build_feature_table([make_bars(40)], recipe).columns
    assert found["_target"].dtype == np.float64
    assert found["_base"][1:].tolist() == found["_target"][:-1].tolist()
