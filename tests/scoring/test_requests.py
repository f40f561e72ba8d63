"""A request's body: what fits is returned under the columns' names, all else is listed."""

import math
from typing import Any

import pytest

from dropcast.contracts.errors import InvalidRequestError, RequestTooLargeError
from dropcast.recipe import (
    Feature,
    Gate,
    Recipe,
    StratifiedSplit,
    Target,
    boolean,
    candidate,
    col,
    integer,
    number,
    text,
)
from dropcast.scoring import check_rows

RECIPE = Recipe(
    dataset="songs",
    title="Songs",
    summary="For tests",
    columns=(
        number("energy", minimum=0, maximum=1),
        number("duration_ms", aliases=("duration",)),
        integer("mode", categories=(0, 1)),
        integer("plays"),
        boolean("explicit"),
        integer("target", aliases=("label",), categories=(0, 1)),
        text("song_title", required=False, nullable=True),
    ),
    target=Target(column="target", classes=(0, 1), labels=("no", "yes")),
    features=(
        Feature("energy_per_ms", col("energy") / col("duration_ms")),
        Feature("mode", col("mode")),
        Feature("plays", col("plays")),
        Feature("explicit", col("explicit")),
    ),
    split=StratifiedSplit(test_fraction=0.3, seed=1),
    candidates=(candidate("logistic_regression", C=1.0),),
    gate=Gate(metric="roc_auc", minimum=0.5, champion_margin=0.1),
)
GOOD: dict[str, Any] = {
    "energy": 0.5,
    "duration_ms": 1000,
    "mode": 1,
    "plays": 3,
    "explicit": True,
}


def check(body: object, max_rows: int = 10) -> list[dict[str, float | int | bool]]:
    return check_rows(body, recipe=RECIPE, max_rows=max_rows)


def find_problems(body: object) -> list[tuple[object, object, object]]:
    with pytest.raises(InvalidRequestError) as caught:
        check(body)
    return [(p["row"], p["field"], p["problem"]) for p in caught.value.problems]


def test_one_row_may_come_bare_or_in_a_list() -> None:
    assert check(GOOD) == check({"rows": [GOOD]}) == [GOOD | {"duration_ms": 1000.0}]


def test_an_alias_stands_for_its_column_and_an_unused_column_is_not_looked_at() -> None:
    row = {k: v for k, v in GOOD.items() if k != "duration_ms"}
    sent = row | {"duration": 7, "song_title": ["anything"], "plays": 4.0}
    assert check(sent) == [row | {"duration_ms": 7.0, "plays": 4}]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("energy", 1.7, "energy: 1.7 is above the maximum 1"),
        ("energy", -1, "energy: -1 is below the minimum 0"),
        ("energy", "loud", "energy: 'loud' is not a number"),
        ("energy", "x" * 200, "energy: '" + "x" * 58 + "… is not a number"),
        ("energy", True, "energy: true is not a number"),
        ("energy", None, "energy: is null and must have a value"),
        ("energy", {"a": 1}, "energy: an object is not a number"),
        ("duration_ms", math.nan, "duration_ms: nan is not a finite number"),
        ("duration_ms", math.inf, "duration_ms: inf is not a finite number"),
        (
            "duration_ms",
            10**400,
            "duration_ms: an integer of more than 75 digits is not a finite number",
        ),
        ("mode", 2, "mode: 2 is not one of 0, 1"),
        ("mode", 0.5, "mode: 0.5 is not a whole number"),
        ("mode", math.nan, "mode: nan is not a whole number"),
        ("mode", False, "mode: false is not a whole number"),
        ("plays", 2**63, "plays: 9223372036854775808 is not a 64-bit integer"),
        ("explicit", 1, "explicit: 1 is not true or false"),
        ("explicit", "yes", "explicit: 'yes' is not true or false"),
    ],
)
def test_a_bad_value_is_told_in_one_sentence(field: str, value: object, sentence: str) -> None:
    assert find_problems(GOOD | {field: value}) == [(0, field, sentence)]


def test_every_problem_of_every_row_is_told_at_once() -> None:
    first = {k: v for k, v in GOOD.items() if k != "mode"} | {"energi": 1, "target": 1}
    second = GOOD | {"duration": 5, "energy": 3}
    assert find_problems({"rows": [first, GOOD, second, 7]}) == [
        (0, "energi", "energi: no such field; did you mean 'energy'?"),
        (0, "target", "'target' is what is predicted; leave it out"),
        (0, "mode", "mode: is missing"),
        (2, "duration", "'duration_ms' and 'duration' are one column; send one of them"),
        (2, "energy", "energy: 3 is above the maximum 1"),
        (3, None, "a row is a JSON object, not 7"),
    ]


def test_the_target_is_refused_under_its_alias_too() -> None:
    sentence = "'label' is what is predicted; leave it out"
    assert find_problems(GOOD | {"label": 0}) == [(0, "label", sentence)]


def test_a_feature_that_is_undefined_for_a_sound_row_is_told() -> None:
    sentence = "feature 'energy_per_ms' is undefined for these values"
    assert find_problems({"rows": [GOOD, GOOD | {"duration_ms": 0}]}) == [
        (1, "energy_per_ms", sentence)
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (None, "the body is null"),
        ([GOOD], "the body is a list"),
        ("row", "the body is 'row'"),
        ({"rows": []}, "at least one row"),
        ({"rows": GOOD}, "at least one row"),
        ({"rows": [GOOD], "model": "x"}, "fields beside 'rows' are not understood: model"),
    ],
)
def test_a_body_of_another_shape_is_refused(body: object, sentence: str) -> None:
    ((row, field, problem),) = find_problems(body)
    assert (row, field) == (None, None)
    assert sentence in str(problem)


def test_a_field_far_from_every_name_is_told_the_names() -> None:
    ((_, _, problem),) = find_problems(GOOD | {"zzz": 1})
    assert "known: duration, duration_ms, energy" in str(problem)


def test_a_flood_of_problems_is_cut_and_counted() -> None:
    problems = find_problems(GOOD | {f"x{i}": 1 for i in range(250)})
    assert len(problems) == 101
    assert problems[-1] == (None, None, "and 150 more problem(s)")


def test_too_many_rows_are_refused() -> None:
    assert len(check({"rows": [GOOD] * 2}, max_rows=2)) == 2
    with pytest.raises(RequestTooLargeError, match="3 rows"):
        check({"rows": [GOOD] * 3}, max_rows=2)
