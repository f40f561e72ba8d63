"""A request for a series: its last rows are one case, in order and without a gap."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dropcast.contracts.errors import InvalidRequestError, RequestTooLargeError
from dropcast.contracts.limits import MAX_PROBLEMS
from dropcast.recipe import (
    Feature,
    Gate,
    Recipe,
    Series,
    Target,
    TimeSplit,
    candidate,
    col,
    number,
    text,
    timestamp,
)
from dropcast.scoring import check_rows
from dropcast.scoring.expressions import Row

RECIPE = Recipe(
    dataset="prices",
    title="Prices",
    summary="For tests",
    columns=(
        timestamp("at", formats=("%Y",)),
        text("market"),
        number("close", minimum=0),
        number("next_volume"),
    ),
    series=Series(
        time="at", keys=("market",), shortest_step_seconds=3600, longest_step_seconds=7200
    ),
    target=Target(expression=col("next_volume") > 5, labels=("down", "up")),
    features=(Feature("change", col("close").returns(2)),),
    split=TimeSplit(column="at", test_fraction=0.2),
    candidates=(candidate("logistic_regression", C=1.0),),
    gate=Gate(metric="roc_auc", champion_margin=0.1),
)
START = datetime(2024, 5, 1, tzinfo=UTC)


def make_rows(*hours: float, market: str = "ulm") -> list[dict[str, Any]]:
    times = [(START + timedelta(hours=hour)).isoformat() for hour in hours]
    return [{"at": at, "market": market, "close": 1.0 + i} for i, at in enumerate(times)]


def check(rows: list[dict[str, Any]], max_rows: int = 1000) -> list[list[Row]]:
    return check_rows({"rows": rows}, schema=RECIPE.request_schema, max_rows=max_rows)


def find_problems(rows: list[dict[str, Any]]) -> list[tuple[object, object, str]]:
    with pytest.raises(InvalidRequestError) as caught:
        check(rows)
    return [(p["row"], p["field"], str(p["problem"])) for p in caught.value.problems]


def test_the_rows_of_a_series_are_one_case_oldest_first() -> None:
    assert RECIPE.rows_needed == 3
    ((first, second, third),) = check(make_rows(0, 1, 3))
    assert [row["close"] for row in (first, second, third)] == [1.0, 2.0, 3.0]
    assert first["at"] == START.timestamp() * 1e6


def test_too_few_rows_are_told_with_how_many_are_needed() -> None:
    ((row, field, problem),) = find_problems(make_rows(0, 1))
    assert (row, field) == (None, "rows")
    assert problem.startswith("3 rows of the series are needed, oldest first, and 2 are here")


@pytest.mark.parametrize(("hours", "index"), [((0, 3, 4), 1), ((0, 1, 3.5), 2), ((0, 0.5, 1.5), 1)])
def test_a_gap_among_the_rows_that_count_is_reported(hours: tuple[float, ...], index: int) -> None:
    ((row, field, problem),) = find_problems(make_rows(*hours))
    assert (row, field) == (index, "at")
    assert "without a gap, each 3,600 to 7,200 seconds after the one before" in problem


def test_a_gap_before_the_rows_that_count_does_not_matter() -> None:
    assert len(check(make_rows(0, 9, 10, 11))[0]) == 4


@pytest.mark.parametrize("hours", [(0, 1, 1), (0, 2, 1)])
def test_rows_out_of_order_are_reported(hours: tuple[float, ...]) -> None:
    assert find_problems(make_rows(*hours)) == [
        (2, "at", "at: not later than the row before; oldest first")
    ]


def test_rows_of_two_series_are_reported() -> None:
    rows = [*make_rows(0, 1), *make_rows(0, 1, 2, market="bonn")[2:]]
    assert find_problems(rows) == [
        (2, "market", "market: another series than the row before; send one series")
    ]


def test_what_only_the_target_reads_is_refused() -> None:
    assert RECIPE.target_columns == {"next_volume"}
    rows = make_rows(0, 1, 2)
    rows[1]["next_volume"] = 3
    assert find_problems(rows) == [
        (1, "next_volume", "'next_volume' is what is predicted; leave it out")
    ]


def test_unsound_values_are_told_before_the_order_is_looked_at() -> None:
    rows = make_rows(2, 1)
    rows[0]["close"], rows[1]["market"] = -1, None
    assert [(row, field) for row, field, _ in find_problems(rows)] == [(0, "close"), (1, "market")]


def test_problems_of_a_long_series_are_cut_and_counted() -> None:
    problems = find_problems(make_rows(*range(200, 0, -1)))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == (None, None, "and 99 more problem(s)")


def test_a_series_of_too_many_rows_is_refused() -> None:
    with pytest.raises(RequestTooLargeError, match="5 rows"):
        check(make_rows(0, 1, 2, 3, 4), max_rows=4)
