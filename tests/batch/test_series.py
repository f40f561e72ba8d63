"""Rows of mixed series, with gaps, repetitions and bad values: each is answered as the API would
answer it from the rows before it, or it is a problem."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from tests.batch.programs import ask_api, make_recipe_program
from tests.batch.scoring import score_body

CLOSE = col("close")
RECIPE = Recipe(
    dataset="prices",
    title="Prices",
    summary="For tests",
    columns=(
        timestamp("at", formats=("%Y-%m-%dT%H:%M:%SZ",)),
        text("market", nullable=True),
        number("close", minimum=0),
    ),
    series=Series(
        time="at", keys=("market",), shortest_step_seconds=3600, longest_step_seconds=7200
    ),
    target=Target(expression=CLOSE.lead(1), unit="EUR", relative_to=CLOSE),
    features=(
        Feature("change", CLOSE.returns(2)),
        Feature("mean", CLOSE / CLOSE.rolling_mean(3) - 1),
        Feature("hour", col("at").hour()),
    ),
    split=TimeSplit(column="at", test_fraction=0.2),
    candidates=(candidate("linear_regression", alpha=1.0),),
    gate=Gate(metric="mase", champion_margin=0.1),
)
PROGRAM = make_recipe_program(RECIPE)
START = datetime(2024, 5, 1, tzinfo=UTC)

MARKETS = st.sampled_from(["ulm", "bonn", ""])
STEPS = st.sampled_from([-1, 0, 0.5, 1, 1, 1, 1, 1, 2, 3])
CLOSES = st.sampled_from(["0", "1", "2.5", "3", "1e300", "bad", "-1"])
ROWS = st.lists(st.tuples(MARKETS, STEPS, CLOSES), max_size=40)


def write_file(rows: list[tuple[str, float, str]]) -> tuple[bytes, list[dict[str, Any] | None]]:
    """Return the file, and each row as a request has it, ``None`` where its value is bad."""
    hours: dict[str, float] = {}
    lines, requests = ["at,market,close"], list[dict[str, Any] | None]()
    for market, step, close in rows:
        hours[market] = hours.get(market, 0) + step
        at = (START + timedelta(hours=hours[market])).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(f"{at},{market},{close}")
        sound = close not in ("bad", "-1")
        requests.append(
            {"at": at, "market": market or None, "close": float(close)} if sound else None
        )
    return "\n".join(lines).encode() + b"\n", requests


@given(ROWS, st.integers(20, 400))
def test_a_row_is_answered_exactly_where_the_api_answers_its_last_rows(
    rows: list[tuple[str, float, str]], block_bytes: int
) -> None:
    body, requests = write_file(rows)
    with TemporaryDirectory() as folder:
        scored = score_body(body, RECIPE, PROGRAM, Path(folder), block_bytes=block_bytes)
        assert scored == score_body(body, RECIPE, PROGRAM, Path(folder))
    answered = {row["line_number"]: row["prediction"] for row in scored.list_rows()}
    refused = {int(row["line_number"]): row["reasons"] for row in scored.list_problems()}
    assert sorted([*answered, *refused]) == list(range(2, len(rows) + 2))
    series: dict[str | None, list[dict[str, Any]]] = {}
    for line, request in enumerate(requests, start=2):
        if request is None:
            assert "close" in refused[line]
            continue
        before = series.setdefault(request["market"], [])
        before.append(request)
        said = ask_api(PROGRAM, before[-PROGRAM.rows_needed :])
        if isinstance(said[0], float):
            assert answered[line] == said[0]
        else:
            assert any(s in refused[line] for s in said) or "too few rows" in refused[line]


def list_reasons(hours: list[float], folder: Path) -> list[str]:
    steps = [b - a for a, b in zip([0.0, *hours], hours, strict=False)]
    body, _ = write_file([("ulm", step, "1") for step in steps])
    return [row["reasons"] for row in score_body(body, RECIPE, PROGRAM, folder).list_problems()]


@pytest.mark.parametrize(
    ("hours", "sentences"),
    [
        (
            [0, 1, 2, 3],
            ["1 are here since the series begins", "2 are here since the series begins"],
        ),
        (
            [0, 1, 2, 6, 7, 8],
            [
                "1 are here",
                "2 are here",
                "at: 14,400 seconds after the row before; a prediction needs 3 rows",
                "2 are here since a gap in the series",
            ],
        ),
        (
            [0, 1, 2, 2, 3, 4],
            [
                "1 are here",
                "2 are here",
                "at: not later than the row before; oldest first",
                "2 are here since a row that is not later than the one before it",
            ],
        ),
    ],
    ids=["the file begins", "a gap", "a row twice"],
)
def test_the_reason_says_where_the_unbroken_rows_begin(
    hours: list[float], sentences: list[str], tmp_path: Path
) -> None:
    reasons = list_reasons(hours, tmp_path)
    assert len(reasons) == len(sentences)
    for reason, sentence in zip(reasons, sentences, strict=True):
        assert sentence in reason


def test_what_the_answer_is_relative_to_must_be_above_nothing(tmp_path: Path) -> None:
    body, _ = write_file([("ulm", 1, close) for close in ("1", "1", "1", "0")])
    scored = score_body(body, RECIPE, PROGRAM, tmp_path)
    (reason,) = [row["reasons"] for row in scored.list_problems()[2:]]
    assert "relative to a quantity that must be above 0" in reason or "undefined" in reason
    assert all(math.isfinite(row["prediction"]) for row in scored.list_rows())
