"""What a program's head must be: names, labels, expressions, reference tables."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dropcast
from dropcast.contracts.errors import ProgramError
from dropcast.contracts.limits import MAX_ROWS
from dropcast.recipe import (
    Call,
    Constant,
    Expression,
    Feature,
    Series,
    col,
    nearest_metres,
    number,
    text,
    timestamp,
)
from dropcast.recipe.check.expressions import MAX_READS, count_reads
from dropcast.scoring import Program, write_program
from tests.scoring.examples import make_example
from tests.scoring.programs import make_forest

COLUMNS = (
    number("energy"),
    text("artist"),
    timestamp("at", formats=("epoch_seconds",)),
)
MARS = timestamp("then", formats=("%Y",), timezone="Mars/Base")
TOWNS: dict[str, dict[str, tuple[float | str | None, ...]]] = {
    "towns": {"name": ("ulm", None), "size": (3.0, None)}
}


def make_songs(**changes: Any) -> Program:
    features = (Feature("a", col("energy")), Feature("b", col("artist"), encoding="ordinal"))
    songs = replace(make_forest(), columns=COLUMNS, features=features, references=TOWNS)
    return replace(songs, **changes)


def nest(depth: int) -> Expression:
    return nest(depth - 1) + 1 if depth else col("energy")


def test_a_program_over_texts_and_tables_is_sound() -> None:
    assert write_program(make_songs())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "../songs"}, "its dataset's name is not one"),
        ({"features": ()}, "it has no features"),
        ({"labels": ("a", "b", "c")}, "do not fit a binary task"),
        ({"labels": ("a", "a")}, "do not fit a binary task"),
        ({"labels": ()}, "do not fit a binary task"),
        ({"task": "multiclass"}, "do not fit a multiclass task"),
        ({"task": "regression"}, "do not fit a regression task"),
        ({"features": (Feature("a", col("energy")),) * 2}, "two features have one name"),
        ({"columns": (*COLUMNS, number("energy"))}, "two columns have one name"),
        ({"rows_needed": 0}, "rows it needs is out of bounds"),
        ({"rows_needed": 1_001}, "it is 1,001, and a request carries 1 to 1,000"),
        ({"columns": (*COLUMNS, MARS)}, "column 'then' has an unknown time zone 'Mars/Base'"),
        ({"series": Series(time="then", longest_step_seconds=1)}, "'then' is no timestamp column"),
        ({"series": Series(time="energy", longest_step_seconds=1)}, "is no timestamp column"),
        (
            {"series": Series(time="at", keys=("artist", "town"), longest_step_seconds=1)},
            "series' key 'town' is no column",
        ),
        ({"references": {"towns": {"name": ("a",), "size": ()}}}, "columns of several lengths"),
        ({"relative_to": col("energy")}, "only a regression's prediction is relative"),
    ],
)
def test_an_unsound_head_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProgramError, match=sentence):
        write_program(make_songs(**changes))


def test_a_program_of_a_series_is_sound() -> None:
    series = Series(time="at", keys=("artist",), longest_step_seconds=1)
    zoned = timestamp("then", formats=("%Y",), timezone="America/Chicago")
    program = make_songs(series=series, columns=(*COLUMNS, zoned), rows_needed=MAX_ROWS)
    assert write_program(program)


def test_a_program_without_a_zone_is_checked_without_the_library_of_zones() -> None:
    code = """
import sys
from dropcast.scoring import read_program
read_program(bytes.fromhex(sys.stdin.read()))
assert "dropcast.scoring.check.program" in sys.modules
assert "zoneinfo" not in sys.modules
"""
    program = write_program(make_songs()).hex()
    layer = Path(dropcast.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=program,
        text=True,
        check=False,
        capture_output=True,
        env={"PYTHONPATH": str(layer)},
    )
    assert done.returncode == 0, done.stderr


def nest_windows(depth: int, rows: int) -> Expression:
    return nest_windows(depth - 1, rows).rolling_mean(rows) if depth else col("energy")


@pytest.mark.parametrize(("depth", "rows"), [(16, 2), (40, 2), (3, 47), (2, 317), (63, 999)])
def test_windows_that_would_be_computed_for_ever_are_refused(depth: int, rows: int) -> None:
    features = (Feature("a", col("energy")), Feature("b", nest_windows(depth, rows)))
    reads = 1 + rows**depth
    assert sum(count_reads(feature.expression) for feature in features) == reads
    if reads <= MAX_READS:
        assert write_program(make_songs(features=features))
        return
    with pytest.raises(ProgramError, match=f"read {reads:,} values; at most 100,000 are"):
        write_program(make_songs(features=features))


def test_windows_of_all_features_are_added_up() -> None:
    whole = make_songs(features=tuple(Feature(f"f{i}", nest_windows(2, 200)) for i in range(2)))
    assert write_program(whole)
    regression = replace(make_example("boosted"), columns=COLUMNS, features=whole.features)
    with pytest.raises(ProgramError, match="read 120,000 values"):
        write_program(replace(regression, relative_to=nest_windows(2, 200)))


LOOK_UP = col("artist").look_up_number


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (col("title"), "feature 'b': no column 'title'"),
        (Call("eval", ()), "no operation 'eval' of 0 arguments"),
        (Call("sin", ()), "no operation 'sin' of 0 arguments"),
        (Call("sin", (col("energy"),), (1.0,)), "sin takes 0 settings"),
        (col("artist") + 1, "add takes number, number"),
        (col("energy").clean(), "clean takes text"),
        (col("artist").hour(), "hour takes instant"),
        (col("at").hour("Mars/Olympus"), "has an unknown time zone"),
        (col("energy").bucket(2, 1), "ascending order"),
        (col("artist").after(""), "needs a separator"),
        (col("energy").lag(0), "whole number of rows"),
        (col("energy").rolling_mean(10_001), "whole number of rows"),
        (col("energy").wilder_rsi(5, rows=5), "more rows than its period"),
        (col("energy").lead(1), "it looks ahead"),
        (col("at"), "feature 'b' is a instant"),
        (nest(80), "nested deeper than 64"),
        (LOOK_UP("cities", key="name", value="size"), "reference table 'cities'"),
        (LOOK_UP("towns", key="name", value="area"), "no column 'area'"),
        (LOOK_UP("towns", key="size", value="name"), "holds values of another kind"),
        (
            col("artist").look_up_text("towns", key="name", value="size"),
            "holds values of another kind",
        ),
        (
            nearest_metres(col("energy"), col("energy"), "towns", columns=("x", "size")),
            "no column 'x'",
        ),
        (Constant(math.inf), "written: its head"),
        (Constant(math.nan), "written: its head"),
    ],
)
def test_an_unsound_expression_is_refused(expression: Any, sentence: str) -> None:
    with pytest.raises(ProgramError, match=sentence):
        write_program(make_songs(features=(Feature("a", col("energy")), Feature("b", expression))))


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        (col("artist"), "what its prediction is relative to is a text"),
        (col("at"), "what its prediction is relative to is a instant"),
        (col("price"), "what its prediction is relative to: no column 'price'"),
        (col("energy").lead(1), "what its prediction is relative to: it looks ahead"),
    ],
)
def test_an_unsound_base_of_a_regression_is_refused(base: Any, sentence: str) -> None:
    regression = replace(make_example("boosted"), columns=COLUMNS, features=make_songs().features)
    assert write_program(replace(regression, relative_to=col("energy") + 1))
    with pytest.raises(ProgramError, match=sentence):
        write_program(replace(regression, relative_to=base))


def test_all_problems_of_a_head_are_told_at_once() -> None:
    with pytest.raises(ProgramError, match=r"name is not one; .*no features; .*out of bounds"):
        write_program(make_songs(dataset="A", features=(), rows_needed=0))
