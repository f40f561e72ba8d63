"""A request's body: what fits is returned under the columns' names, all else is listed."""

import math
from typing import Any

import pytest

from dropcast.contracts.errors import InvalidRequestError, RequestTooLargeError
from dropcast.recipe import (
    Feature,
    Gate,
    Recipe,
    Target,
    TimeSplit,
    boolean,
    candidate,
    col,
    integer,
    number,
    text,
    timestamp,
)
from dropcast.scoring import check_rows
from dropcast.scoring.expressions import Row

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
        text("genre", categories=("pop", "rock")),
        text("mood", required=False, nullable=True),
        number("tempo", required=False, nullable=True, minimum=0),
        integer("key", required=False, nullable=True, categories=(0, 1)),
        boolean("live", required=False, nullable=True),
        timestamp("released", formats=("%Y",), timezone="America/Chicago"),
        timestamp("heard", formats=("epoch_seconds",), required=False, nullable=True),
    ),
    target=Target(expression=col("target"), labels=("no", "yes")),
    features=(
        Feature("energy_per_ms", col("energy") / col("duration_ms")),
        Feature("mode", col("mode")),
        Feature("plays", col("plays")),
        Feature("explicit", col("explicit")),
        Feature("genre", col("genre"), encoding="one_hot"),
        Feature("mood", col("mood"), encoding="one_hot"),
        Feature("tempo", col("tempo"), fill="median"),
        Feature("key", col("key"), fill=0.0),
        Feature("live", col("live"), fill=0.0),
        Feature("hour", col("released").hour()),
        Feature("heard", col("heard").hour(), fill="median"),
    ),
    split=TimeSplit(column="released", test_fraction=0.3),
    candidates=(candidate("logistic_regression", C=1.0),),
    gate=Gate(metric="roc_auc", champion_margin=0.1),
)
GOOD: dict[str, Any] = {
    "energy": 0.5,
    "duration_ms": 1000,
    "mode": 1,
    "plays": 3,
    "explicit": True,
    "genre": "pop",
    "mood": "calm",
    "tempo": 120,
    "key": 0,
    "live": False,
    "released": "1970-01-01T00:00:01Z",
    "heard": 2.5,
}
CHECKED = GOOD | {"duration_ms": 1000.0, "tempo": 120.0, "released": 1e6, "heard": 2.5e6}


def check(body: object, max_rows: int = 10) -> list[list[Row]]:
    return check_rows(body, schema=RECIPE.request_schema, max_rows=max_rows)


def check_field(name: str, value: object) -> object:
    (((row),),) = check(GOOD | {name: value})
    return row[name]


def find_problems(body: object) -> list[tuple[object, object, object]]:
    with pytest.raises(InvalidRequestError) as caught:
        check(body)
    return [(p["row"], p["field"], p["problem"]) for p in caught.value.problems]


def test_one_row_may_come_bare_or_in_a_list() -> None:
    assert check(GOOD) == check({"rows": [GOOD]}) == [[CHECKED]]


def test_an_alias_stands_for_its_column_and_an_unused_column_is_not_looked_at() -> None:
    row = {k: v for k, v in GOOD.items() if k != "duration_ms"}
    sent = row | {"duration": 7, "song_title": ["anything"], "plays": 4.0}
    assert check(sent) == [[CHECKED | {"duration_ms": 7.0, "plays": 4}]]


def test_each_row_is_a_case_of_its_own() -> None:
    other = GOOD | {"plays": 4}
    assert check({"rows": [GOOD, other]}) == [[CHECKED], [CHECKED | {"plays": 4}]]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("genre", "  rock\n", "rock"),
        ("mood", " so so ", "so so"),
        ("mood", None, None),
        ("mood", "  ", None),
        ("energy", 1, 1.0),
        ("plays", 4.0, 4),
        ("plays", -(2**63), -(2**63)),
        ("live", True, True),
        ("released", "1970-01-01T00:00:00.000001+00:00", 1.0),
        ("released", "1970-01-01T01:00:00+01:00", 0.0),
        ("released", " 1969-12-31T18:00:00 ", 0.0),
        ("released", "1970-07-01", 181 * 86_400e6 + 5 * 3600e6),
        ("heard", 0, 0.0),
        ("heard", -1.5, -1.5e6),
        ("heard", 1_714_568_400.25, 1_714_568_400.25e6),
    ],
)
def test_a_sound_value_is_read_as_expressions_take_it(
    field: str, value: object, expected: object
) -> None:
    assert check_field(field, value) == expected


@pytest.mark.parametrize("field", ["tempo", "key", "live", "heard"])
def test_a_missing_number_is_nan_whether_null_or_absent(field: str) -> None:
    absent = {name: value for name, value in GOOD.items() if name != field}
    for body in (absent, GOOD | {field: None}):
        (((row),),) = check(body)
        value = row[field]
        assert isinstance(value, float)
        assert math.isnan(value)


def test_an_absent_text_that_may_be_missing_is_none() -> None:
    (((row),),) = check({name: value for name, value in GOOD.items() if name != "mood"})
    assert row["mood"] is None


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
        ("plays", True, "plays: true is not a whole number"),
        ("plays", 1e19, "plays: 1e+19 is not a 64-bit integer"),
        ("key", 7, "key: 7 is not one of 0, 1"),
        ("tempo", -1, "tempo: -1 is below the minimum 0"),
        ("genre", "jazz", "genre: 'jazz' is not one of pop, rock"),
        ("genre", "", "genre: is null and must have a value"),
        ("genre", 3, "genre: 3 is not a text"),
        ("mood", ["calm"], "mood: a list is not a text"),
        ("released", None, "released: is null and must have a value"),
        ("released", 5, "released: 5 is not a time like 2024-05-01T13:00:00Z"),
        ("released", "noon", "released: 'noon' is not a time like 2024-05-01T13:00:00Z"),
        (
            "released",
            "0001-01-01T00:00:00+14:00",
            "released: '0001-01-01T00:00:00+14:00' is not a time like 2024-05-01T13:00:00Z",
        ),
        ("heard", "1714568400", "heard: '1714568400' is not a time in seconds since 1970"),
        ("heard", True, "heard: true is not a time in seconds since 1970"),
        ("heard", 1e15, "heard: 1000000000000000.0 is not a time in seconds since 1970"),
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
