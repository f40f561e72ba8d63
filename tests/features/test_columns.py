"""The column evaluator against the row evaluator: equal to the bit, whatever the tree."""

import math
import struct
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.features.columns import (
    ColumnTable,
    Texts,
    evaluate_columns,
    make_feature,
    make_texts,
)
from dropcast.recipe import Call, Constant, Expression, Feature, col, nearest_metres
from dropcast.recipe.operations import hash_text
from dropcast.recipe.vocabulary import OPERATIONS
from dropcast.scoring.expressions import Row, compile_features

REFERENCES: dict[str, dict[str, tuple[float | str | None, ...]]] = {
    "stations": {
        "name": ("north", "south", None, "south"),
        "kind": ("big", None, "small", "small"),
        "latitude": (41.9, 41.7, None, 0.0),
        "longitude": (-87.6, -87.7, -87.0, 0.0),
    }
}
NUMBERS = st.floats(allow_infinity=False) | st.sampled_from([0.0, -0.0, -1.0, 5e-324, 1.8e308])
TEXTS = st.none() | st.sampled_from(["north", " South  Side;x", ";", "a;b; ;c", "ß", "x y z"])
MICROSECONDS = st.integers(-(10**15), 3 * 10**15).map(float) | st.just(math.nan)
NUMBER_SETTINGS: dict[str, tuple[float, ...]] = {
    "bucket": (-1.0, 0.0, 2.5),
    "lag": (2.0,),
    "lead": (1.0,),
    "rolling_mean": (3.0,),
    "rolling_std": (3.0,),
    "rolling_min": (2.0,),
    "rolling_max": (3.0,),
    "wilder_rsi": (2.0, 5.0),
}
TEXT_SETTINGS: dict[str, tuple[str, ...]] = {
    "first_item": (";",),
    "after": (" ",),
    "join": (" | ",),
    "count_items": (";",),
    "is_in": ("north", "x y z"),
    "look_up_number": ("stations", "name", "latitude"),
    "look_up_text": ("stations", "name", "kind"),
    "nearest_metres": ("stations", "latitude", "longitude"),
}
CALENDAR = ("minute", "hour", "weekday", "day", "month", "year")


def find_settings(name: str) -> tuple[float | str, ...]:
    if name in CALENDAR:
        return ("America/Chicago",)
    return NUMBER_SETTINGS.get(name, TEXT_SETTINGS.get(name, ()))


@cache
def build_trees(kind: str, depth: int) -> st.SearchStrategy[Expression]:
    if kind == "instant":
        return st.just(col("when"))
    leaves: st.SearchStrategy[Expression] = (
        st.sampled_from([col("a"), col("b")])
        | st.builds(Constant, st.floats(allow_nan=False, allow_infinity=False))
        if kind == "number"
        else st.sampled_from([col("s"), col("t")])
    )
    if not depth:
        return leaves
    calls = [
        st.tuples(*(build_trees(taken, depth - 1) for taken in operation.takes)).map(
            lambda arguments, name=name: Call(name, arguments, find_settings(name))  # type: ignore[misc] # mypy cannot see the default
        )
        for name, operation in OPERATIONS.items()
        if operation.gives == kind
    ]
    return st.one_of(leaves, *calls)


ROWS = st.lists(
    st.fixed_dictionaries(
        {"a": NUMBERS, "b": NUMBERS, "s": TEXTS, "t": TEXTS, "when": MICROSECONDS}
    ),
    min_size=1,
    max_size=12,
)


def make_table(rows: list[Row]) -> ColumnTable:
    numbers = {n: np.array([row[n] for row in rows], dtype=np.float64) for n in ("a", "b", "when")}
    texts = {n: make_texts(pd.Series([r[n] for r in rows], dtype="str")) for n in ("s", "t")}
    places = np.arange(len(rows))
    return ColumnTable(
        columns={**numbers, **texts},
        rows=len(rows),
        references=REFERENCES,
        position=places,
        remaining=len(rows) - 1 - places,
    )


def bits(value: float) -> bytes:
    return b"missing" if math.isnan(value) else struct.pack("<d", value)


@given(tree=st.sampled_from(["number", "text"]).flatmap(lambda k: build_trees(k, 3)), rows=ROWS)
def test_columns_and_rows_give_the_same_bits(tree: Expression, rows: list[Row]) -> None:
    found = make_feature(evaluate_columns(tree, make_table(rows))).tolist()
    compute = compile_features([Feature("f", tree)], REFERENCES)
    reaches_ahead = "'lead'" in repr(tree)
    for index, value in enumerate(found):
        if not reaches_ahead:
            assert bits(value) == bits(compute(rows[: index + 1])[0])


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_both_evaluators(name: str) -> None:
    operation = OPERATIONS[name]
    arguments = tuple(
        {"number": col("a"), "text": col("s"), "instant": col("when")}[kind]
        for kind in operation.takes
    )
    tree = Call(name, arguments, find_settings(name))
    rows: list[Row] = [
        {"a": 1.0 + i, "b": 2.0, "s": "north", "t": "x", "when": 1e15} for i in range(6)
    ]
    found = make_feature(evaluate_columns(tree, make_table(rows))).tolist()
    served = compile_features([Feature("f", tree)], REFERENCES)(rows)
    if name == "lead":
        assert found[:-1] == [2.0, 3.0, 4.0, 5.0, 6.0]
        assert math.isnan(found[-1])
    else:
        assert bits(found[-1]) == bits(served[0])


def test_undefined_results_are_missing() -> None:
    table = ColumnTable(columns={"a": np.array([0.0, -1.0, 1e308])}, rows=3, references={})

    def find_missing(expression: Expression) -> list[bool]:
        values = make_feature(evaluate_columns(expression, table)).tolist()
        return [math.isnan(value) for value in values]

    assert find_missing(1 / col("a")) == [True, False, False]
    assert find_missing(col("a").log1p()) == [False, True, False]
    assert find_missing(col("a") * 10) == [False, False, True]


def test_nothing_looks_across_a_gap() -> None:
    table = ColumnTable(
        columns={"a": np.array([1.0, 2.0, 3.0, 4.0])},
        rows=4,
        references={},
        position=np.array([0, 1, 0, 1]),
        remaining=np.array([1, 0, 1, 0]),
    )
    lagged = make_feature(evaluate_columns(col("a").lag(1), table))
    assert np.isnan(lagged).tolist() == [True, False, True, False]
    assert lagged[[1, 3]].tolist() == [1.0, 3.0]
    ahead = make_feature(evaluate_columns(col("a").lead(1), table))
    assert np.isnan(ahead).tolist() == [False, True, False, True]


def test_wilders_rsi_is_the_published_one() -> None:
    """Wilder's own worked example (1978, p. 66): 14 changes averaged, RSI 74.36 on the next."""
    closes = [54.8, 56.8, 57.85, 59.85, 60.57, 61.1, 62.17, 60.6, 62.35, 62.15, 62.35, 61.45]
    closes += [62.8, 61.37, 62.5]
    rows: list[Row] = [{"a": close} for close in closes]
    rsi = compile_features([Feature("r", col("a").wilder_rsi(14, rows=15))], {})(rows)
    assert rsi[0] == pytest.approx(74.21, abs=0.2)


def test_the_nearest_station_is_as_far_as_on_a_sphere() -> None:
    expression = nearest_metres(col("a"), col("b"), "stations", columns=("latitude", "longitude"))
    compute = compile_features([Feature("d", expression)], REFERENCES)
    # One degree of latitude on a sphere of 6,371,008.8 m is 111,195.08 m.
    assert compute([{"a": 42.9, "b": -87.6}])[0] == pytest.approx(111_195.08, abs=0.01)
    assert compute([{"a": 41.7, "b": -87.7}])[0] == 0.0


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        (col("s").clean(), "  Deep   HOUSE ", "deep house"),
        (col("s").clean(), "   ", None),
        (col("s").first_item(";"), "Ana ;Ben", "Ana"),
        (col("s").after(" "), "026XX S KEDVALE AVE", "S KEDVALE AVE"),
        (col("s").after(" "), "one", None),
    ],
)
def test_texts_are_cleaned(expression: Expression, text: str, expected: str | None) -> None:
    found = compile_features([Feature("f", expression)], {})([{"s": text}])[0]
    assert bits(found) == bits(hash_text(expected))


def test_a_missing_text_is_no_text() -> None:
    texts = make_texts(pd.Series(["a", None, "b", "a"], dtype="str"))
    assert isinstance(texts, Texts)
    assert [texts.values[code] for code in texts.codes.tolist()] == ["a", None, "b", "a"]
    hashed = make_feature(texts)
    assert math.isnan(hashed[1])
    assert hashed[0] == hashed[3] == hash_text("a")


COUNTED: list[tuple[str, Callable[[], Expression], float]] = [
    ("a;b; ;c", lambda: col("s").count_items(";"), 3.0),
    ("", lambda: col("s").count_items(";"), 0.0),
    ("north", lambda: col("s").is_in("north", "south"), 1.0),
    ("west", lambda: col("s").is_in("north", "south"), 0.0),
    ("four", lambda: col("s").length(), 4.0),
]


@pytest.mark.parametrize(("text", "make", "expected"), COUNTED)
def test_texts_are_counted(text: str, make: Callable[[], Expression], expected: float) -> None:
    assert compile_features([Feature("f", make())], {})([{"s": text}]) == [expected]
