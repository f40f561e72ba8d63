"""A column of typed values is checked as its texts would be."""

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.ingest.values import Dialect, check_column, write_texts
from dropcast.recipe import Column, Source, boolean, integer, number, timestamp
from tests.ingest.files import make_recipe, read_bytes
from tests.ingest.workbooks import Cell, make_xlsx

PATHS = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
DIALECTS = (
    Dialect(source=Source(missing=("",))),
    Dialect(source=Source(missing=("",), decimal_separator=",", thousands_separator=".")),
)
LOCAL = timestamp("c", formats=("%Y-%m-%d %H:%M:%S.%f",), timezone="America/Bogota", nullable=True)
COLUMNS = (
    number("c", minimum=-10, maximum=1e9),
    number("c", nullable=True),
    integer("c", minimum=-5, maximum=2**60, nullable=True),
    integer("c", categories=(0, 1, 2)),
    boolean("c"),
    boolean("c", nullable=True),
    LOCAL,
)
INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9)
ARRAYS = st.one_of(
    st.lists(st.none() | st.floats(), min_size=1).map(lambda v: pa.array(v, pa.float64())),
    st.lists(st.none() | st.floats(width=32), min_size=1).map(lambda v: pa.array(v, pa.float32())),
    st.lists(st.none() | INTEGERS, min_size=1).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.none() | st.integers(0, 2**64 - 1), min_size=1).map(
        lambda v: pa.array(v, pa.uint64())
    ),
    st.lists(st.none() | st.booleans(), min_size=1).map(lambda v: pa.array(v, pa.bool_())),
    st.lists(st.none() | INTEGERS, min_size=1).map(lambda v: pa.array(v, pa.timestamp("us"))),
    st.lists(st.none() | st.datetimes(), min_size=1).map(lambda v: pa.array(v, pa.timestamp("us"))),
)


@given(values=ARRAYS, column=st.sampled_from(COLUMNS), dialect=st.sampled_from(DIALECTS))
def test_typed_values_are_checked_as_their_texts_are(
    values: pa.Array, column: Column, dialect: Dialect
) -> None:
    typed = check_column(values, column, dialect)
    written = check_column(write_texts(values, dialect).fill_null(""), column, dialect)
    assert typed.doubtful.tolist() == written.doubtful.tolist()
    sure = pa.array(~typed.doubtful)
    assert typed.values.filter(sure).equals(written.values.filter(sure))
    assert typed.values.type == written.values.type


@pytest.mark.parametrize("zone", ["UTC", "America/Bogota"])
def test_a_date_cell_of_the_last_year_is_an_instant_if_its_zone_allows(
    zone: str, tmp_path: Path
) -> None:
    at = timestamp("at", formats=("%d/%m/%Y",), timezone=zone, nullable=True)
    last = datetime(9999, 12, 31)  # noqa: DTZ001 - a cell has no zone
    rows: list[list[Cell]] = [
        ["x", "target", "at"],
        [1.0, 1.0, last.date()],
        [2.0, 0.0, "05/01/2024"],
    ]
    outcome = read_bytes(make_xlsx({"s": rows}), tmp_path, make_recipe(at))
    # The cell's midnight in Bogota is 05:00 in UTC, still in that year.
    hours = 0 if zone == "UTC" else 5
    found = [row["at"] for row in outcome.rows]
    assert found == [
        datetime(9999, 12, 31, hours, tzinfo=UTC),
        datetime(2024, 1, 5, hours, tzinfo=UTC),
    ]


def test_a_text_that_looks_like_a_date_cell_is_not_taken_for_one(tmp_path: Path) -> None:
    at = timestamp("at", formats=("%d/%m/%Y",), timezone="UTC", nullable=True)
    rows: list[list[Cell]] = [
        ["x", "target", "at"],
        [1.0, 1.0, "2024-01-05 00:00:00.000000"],
        [2.0, 0.0, ""],
    ]
    outcome = read_bytes(make_xlsx({"s": rows}), tmp_path, make_recipe(at))
    assert [row["at"] for row in outcome.rows] == [None]
    assert outcome.quarantined[0]["text"] == "1,2024-01-05 00:00:00.000000,1"


READ = """
import io, sys
from pathlib import Path
from dropcast.ingest import fingerprint_file, read_file
from tests.ingest.files import PLAIN
source, folder = Path(sys.argv[1]), Path(sys.argv[2])
assert "pandas" not in sys.modules
read_file(
    lambda: source.open("rb"),
    fingerprint=fingerprint_file(lambda: source.open("rb")),
    recipe=PLAIN,
    clean_path=folder / "clean",
    quarantine_path=folder / "quarantine",
)
assert "pandas" not in sys.modules
"""


@pytest.mark.parametrize("name", ["csv", "json_lines", "parquet", "xlsx"])
def test_a_file_without_a_problem_is_read_without_pandas(name: str, tmp_path: Path) -> None:
    """Its import is half a second of every cold start."""
    parquet = io.BytesIO()
    pq.write_table(pa.table({"x": [1.0, 2.0], "target": [0, 1], "name": ["a", None]}), parquet)
    bodies = {
        "csv": b"x,target,name\n1,0,a\n2,1,\n",
        "json_lines": b'{"x": 1, "target": 0, "name": "a"}\n{"x": 2, "target": 1}\n',
        "parquet": parquet.getvalue(),
        "xlsx": make_xlsx({"s": [["x", "target", "name"], [1.0, 0.0, "a"], [2.0, 1.0, None]]}),
    }
    source = tmp_path / name
    source.write_bytes(bodies[name])
    subprocess.run([sys.executable, "-c", READ, source, tmp_path], check=True, env=PATHS)
