from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dropcast.recipe import Column, Source, boolean, integer, number, text, timestamp
from tests.ingest.files import Outcome, make_recipe, read_bytes


def read_cells(folder: Path, column: Column, *cells: str, source: Source | None = None) -> Outcome:
    """Read a file whose ``v`` has these cells, and after them one row that is surely good."""
    rows = "".join(f'1,"{cell}",0\n' for cell in cells)
    recipe = make_recipe(column, source=source)
    return read_bytes(f"x,v,target\n{rows}".encode(), folder, recipe)


def values(outcome: Outcome) -> list[Any]:
    return [row["v"] for row in outcome.rows]


WHOLE = integer("v", minimum=-5, maximum=2**62)
DAY = timestamp("v", formats=("%Y-%m-%d", "%d.%m.%Y %H:%M:%S.%f"), timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("column", "cells", "stored"),
    [
        (number("v"), ["1", "-2.5e-3", "+.5", "7.", " 8 ", "\u00a09"], [1, -0.0025, 0.5, 7, 8, 9]),
        (WHOLE, ["4", "4.0", "-5", "+1e3", str(2**62)], [4, 4, -5, 1000, 2**62]),
        (WHOLE, ["9007199254740993", "9007199254740993.0"], [2**53 + 1] * 2),
        (boolean("v"), ["true", "FALSE", "yes", "No", "1", "0.0"], [True, False] * 3),
        (text("v"), ["  a b ", "ü", "\ta"], ["a b", "ü", "a"]),
        (text("v", categories=("a", "b")), ["b", " a "], ["b", "a"]),
        (integer("v", categories=(0, 4)), ["4.0", "0"], [4, 0]),
        (DAY, ["2020-07-01"], [datetime(2020, 6, 30, 22, tzinfo=UTC)]),
        (DAY, ["1.2.2021 3:04:05.06"], [datetime(2021, 2, 1, 2, 4, 5, 60_000, tzinfo=UTC)]),
        (
            timestamp("v", formats=("%Y-%m-%dT%H:%M:%S%z",)),
            ["2020-01-01T00:00:00+02:00", "2020-01-01T00:00:00Z"],
            [datetime(2019, 12, 31, 22, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)],
        ),
        (
            timestamp("v", formats=("epoch_seconds",)),
            ["0", "-1.5", "1600000000.000001"],
            [
                datetime(1970, 1, 1, tzinfo=UTC),
                datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC),
                datetime(2020, 9, 13, 12, 26, 40, 1, tzinfo=UTC),
            ],
        ),
    ],
)
def test_a_good_value_is_stored_as_its_type(
    column: Column, cells: list[str], stored: list[Any], tmp_path: Path
) -> None:
    outcome = read_cells(tmp_path, column, *cells)
    assert values(outcome) == stored
    assert [type(value) for value in values(outcome)] == [type(value) for value in stored] or (
        column.kind == "number"
    )


LONG = "w" * 70


@pytest.mark.parametrize(
    ("column", "good", "bad", "reason"),
    [
        (number("v"), "1", "loud", "v: 'loud' is not a number"),
        (number("v"), "1", "1,5", "v: '1,5' is not a number"),
        (number("v"), "1", "0x1F", "v: '0x1F' is not a number"),
        (number("v"), "1", "inf", "v: 'inf' is not a finite number"),
        (number("v"), "1", "NAN", "v: 'NAN' is not a finite number"),
        (number("v"), "1", "1e999", "v: '1e999' is too large for a number"),
        (number("v"), "1", LONG, f"v: '{'w' * 57}...' is not a number"),
        (number("v", maximum=1), "1", "1.7", "v: 1.7 is above the maximum 1"),
        (number("v", minimum=-0.5), "1", "-0.51", "v: -0.51 is below the minimum -0.5"),
        (number("v"), "1", "", "v: the value is missing, and the column needs one"),
        (number("v"), "1", " NA ", "v: the value is missing, and the column needs one"),
        (WHOLE, "1", "4.5", "v: '4.5' is not a whole number"),
        (WHOLE, "1", "9007199254740993.5", "v: '9007199254740993.5' is not a whole number"),
        (WHOLE, "1", "-6", "v: -6 is below the minimum -5"),
        (WHOLE, "1", str(2**63), f"v: '{2**63}' does not fit into a 64-bit integer"),
        (WHOLE, "1", "1e400000000", "v: '1e400000000' is too large for a number"),
        (integer("v", categories=(0, 1)), "1", "2", "v: 2 is not one of 0, 1"),
        (
            boolean("v"),
            "1",
            "maybe",
            "v: 'maybe' is not true or false (true/false, yes/no, 1/0)",
        ),
        (text("v", categories=("a", "b")), "a", "A", "v: 'A' is not one of 'a', 'b'"),
        (text("v"), "a", "  ", "v: the value is missing, and the column needs one"),
        (
            DAY,
            "2020-01-01",
            "2020-02-30",
            "v: '2020-02-30' is not a time of the form %Y-%m-%d or %d.%m.%Y %H:%M:%S.%f",
        ),
    ],
)
def test_a_bad_value_is_quarantined_with_a_sentence(
    column: Column, good: str, bad: str, reason: str, tmp_path: Path
) -> None:
    outcome = read_cells(tmp_path, column, good, bad)
    assert outcome.lines == [2]
    assert outcome.quarantined == [{"line_number": "3", "reasons": reason, "text": f'1,"{bad}",0'}]


def test_every_reason_of_a_row_is_told_in_declared_order(tmp_path: Path) -> None:
    outcome = read_bytes(b"target,x\n2,loud\n1,1\n,11\n", tmp_path)
    assert outcome.reasons == [
        "x: 'loud' is not a number; target: 2 is not one of 0, 1",
        "x: 11 is above the maximum 10; target: the value is missing, and the column needs one",
    ]


def test_rows_are_counted_by_reason_the_most_common_first(tmp_path: Path) -> None:
    outcome = read_bytes(b"x,target\nloud,1\n1,1\n11,5\nquiet,0\n1\n12,7\n13,1\n", tmp_path)
    assert list(outcome.read.facts.reason_counts.items()) == [
        ("x: above the maximum 10", 3),
        ("target: not one of 0, 1", 2),
        ("x: not a number", 2),
        ("too few fields", 1),
    ]


@pytest.mark.parametrize("kind", [number, integer, boolean, text])
def test_the_recipes_missing_words_are_null_where_a_column_allows(
    kind: Any, tmp_path: Path
) -> None:
    source = Source(missing=("n.d.", "-999"))
    column = kind("v", nullable=True)
    outcome = read_cells(tmp_path, column, "n.d.", "", "-999", " -999", "1", source=source)
    assert values(outcome)[:4] == [None] * 4
    assert values(outcome)[4] in (1, "1")


def test_words_that_the_recipe_does_not_know_are_no_missing_values(tmp_path: Path) -> None:
    outcome = read_cells(tmp_path, number("v", nullable=True), "1", "n.d.", "", source=Source())
    assert values(outcome) == [1.0, None]
    assert outcome.reasons == ["v: 'n.d.' is not a number"]


def test_a_text_in_a_number_column_leaves_the_other_rows_as_they_are(tmp_path: Path) -> None:
    outcome = read_cells(tmp_path, integer("v", nullable=True), "1", "x", " 2", "", "3.0", "+4")
    assert values(outcome) == [1, 2, None, 3, 4]
    assert outcome.lines == [2, 4, 5, 6, 7]


def test_rows_that_were_judged_alone_stand_where_they_stood_in_the_file(tmp_path: Path) -> None:
    """A long s is no word that columns are searched for, and yet it is an s in another form."""
    outcome = read_cells(tmp_path, boolean("v"), "no", "yeſ", "0", "maybe", "YEſ", "false")
    assert values(outcome) == [False, True, False, True, False]
    assert outcome.lines == [2, 3, 4, 6, 7]
