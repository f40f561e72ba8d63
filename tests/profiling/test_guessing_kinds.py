import pandas as pd
import pytest

from dropcast.ingest.values import EPOCH_SECONDS
from dropcast.profiling.bounds import find_bounds
from dropcast.profiling.columns import MISSING, describe_column, find_markers

TEXTS = [f"word {number}" for number in range(60)]


def describe(name: str, texts: list[str]) -> tuple[str, tuple[str, ...], int, int]:
    facts = describe_column(name, name, pd.Series(texts, dtype="str"), MISSING)
    return facts.kind, facts.formats, facts.missing, facts.odd


@pytest.mark.parametrize(
    ("name", "texts", "kind"),
    [
        ("x", ["1", "-2", "+3"], "integer"),
        ("x", ["1.0", "2.0", ""], "integer"),
        ("x", [f"{n}.0" for n in range(60)], "number"),
        ("x", ["1", "2.5", ".5", "1e-3"], "number"),
        ("x", ["01", "02", "10"], "text"),
        ("x", ["9007199254740993", "1"], "text"),
        ("x", ["1,5", "2,5"], "text"),
        ("x", ["$1.50", "$2"], "text"),
        ("x", ["True", "FALSE", "1"], "boolean"),
        ("x", ["yes", "no", "NA"], "boolean"),
        ("x", ["1", "0"], "integer"),
        ("x", ["y", "n"], "text"),
        ("x", ["inf", "1"], "text"),
        ("x", ["", "NA"], "text"),
        ("x", ["v1.2.3", "v2.0.10"], "text"),
        ("created_at", ["1700000000", "1710000000"], "timestamp"),
        ("price", ["1700000000", "1710000000"], "integer"),
        ("date", ["20240131", "20231201"], "timestamp"),
        ("date", ["20241331", "20231201"], "integer"),
    ],
)
def test_a_kind_is_guessed_only_where_it_is_sure(name: str, texts: list[str], kind: str) -> None:
    assert describe(name, texts)[0] == kind


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["2024-01-31", "2024-02-01"], ("%Y-%m-%d",)),
        (["1/31/2024", "12/1/2023"], ("%m/%d/%Y",)),
        (["31/1/2024", "1/12/2023"], ("%d/%m/%Y",)),
        (["31.1.2024 08:30"], ("%d.%m.%Y %H:%M",)),
        (["01/31/2024 11:43:40 PM"], ("%m/%d/%Y %I:%M:%S %p",)),
        (["2024-01-31T10:00:00Z", "2024-01-31T10:00:00+02:00"], ("%Y-%m-%dT%H:%M:%S%z",)),
        (
            ["2024-01-31 10:00", "2024-02-01 10:00", "1/31/2024"],
            ("%Y-%m-%d %H:%M", "%m/%d/%Y"),
        ),
        # Read month first these days of one week would lie a year apart.
        ([f"{day}/3/2024" for day in range(4, 10)], ("%d/%m/%Y",)),
    ],
)
def test_the_forms_of_times_are_found(texts: list[str], formats: tuple[str, ...]) -> None:
    assert describe("when", texts)[:2] == ("timestamp", formats)


def test_times_without_offset_say_that_utc_is_assumed_and_doubt_is_spoken_out() -> None:
    sure = describe_column("t", "t", pd.Series(["31/1/2024"], dtype="str"), MISSING)
    assert "assumed to be UTC" in sure.why
    assert "cannot be told" not in sure.why
    doubtful = describe_column("t", "t", pd.Series(["3/1/2024"], dtype="str"), MISSING)
    assert "cannot be told" in doubtful.why
    zoned = describe_column("t", "t", pd.Series(["2024-01-31T10:00:00Z"], dtype="str"), MISSING)
    assert "assumed" not in zoned.why


def test_epoch_seconds_are_read_as_instants() -> None:
    facts = describe_column("ts", "ts", pd.Series(["1704067200"], dtype="str"), MISSING)
    assert facts.formats == (EPOCH_SECONDS,)
    assert facts.values.tolist() == [pd.Timestamp("2024-01-01", tz="UTC")]


def test_a_few_odd_values_do_not_change_a_kind_and_many_do() -> None:
    numbers = [str(number) for number in range(100)]
    assert describe("x", [*numbers, "broken"]) == ("integer", (), 0, 1)
    assert describe("x", [*numbers, *TEXTS[:9]])[0] == "text"


def test_markers_of_missing_values_are_found_beside_numbers_and_times_only() -> None:
    cells = pd.DataFrame(
        {
            "price": ["n.d.", "10", "11"],
            "day": ["2024-01-01", "?", "2024-01-02"],
            "word": ["-", "red", "blue"],
        },
        dtype="str",
    )
    assert find_markers(cells) == ("?", "n.d.")


@pytest.mark.parametrize(
    ("name", "texts", "bounds"),
    [
        ("x", ["0.02", "0.97"], (0, 1)),
        ("x", ["0", "1"], (0, 1)),
        ("x", ["18", "79"], (0, 200)),
        ("x", ["-33.1", "-0.3"], (-100, 50)),
        ("x", ["-20.5", "-10.5"], (-50, 0)),
        ("x", ["1000000.5", "1000001.5"], (0, 2_000_000)),
        ("latitude", ["41.7", "42.0"], (-90, 90)),
        ("longitude", ["-87.7", "-87.6"], (-180, 180)),
        ("latitude", ["1160000.5", "1200000.5"], (0, 2_000_000)),
    ],
)
def test_bounds_are_round_and_lie_beyond_what_was_seen(
    name: str, texts: list[str], bounds: tuple[float, float]
) -> None:
    facts = describe_column(name, name, pd.Series(texts, dtype="str"), MISSING)
    assert find_bounds(facts)[:2] == bounds
