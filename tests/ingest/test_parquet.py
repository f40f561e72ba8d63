import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.values import Dialect, write_texts
from dropcast.recipe import Source, Wide, text, timestamp
from tests.ingest.files import EVERY_KIND, PLAIN, make_recipe, read_bytes

AT = timestamp("at", formats=("%d/%m/%Y",), timezone="America/Bogota", nullable=True)


def write(columns: dict[str, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def test_plain_values_of_every_type_are_read_with_their_row_numbers(tmp_path: Path) -> None:
    body = write(
        {
            "x": pa.array([1.5, 0.1], pa.float32()),
            "n": pa.array([2**53 + 1, None]),
            "flag": pa.array([True, None]),
            "name": pa.array(['a,"b"\nc', None]).dictionary_encode(),
            "kind": pa.array(["a", "b c"], pa.large_string()),
            "at": pa.array([1_000_000_000, None], pa.timestamp("s", "UTC")),
            "target": pa.array([Decimal("1.00"), Decimal(0)]),
        }
    )
    outcome = read_bytes(body, tmp_path, EVERY_KIND)
    assert outcome.rows == [
        {
            "x": 1.5,
            "n": 2**53 + 1,
            "flag": True,
            "name": 'a,"b"\nc',
            "kind": "a",
            "at": datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC),
            "target": 1,
            "_line_number": 1,
        },
        {
            "x": 0.10000000149011612,
            "n": None,
            "flag": None,
            "name": None,
            "kind": "b c",
            "at": None,
            "target": 0,
            "_line_number": 2,
        },
    ]
    assert (outcome.read.facts.format, outcome.read.facts.delimiter) == ("parquet", "")
    assert [f.name for f in tmp_path.iterdir()] == ["clean.parquet"]


@pytest.mark.parametrize(
    ("values", "instant"),
    [
        (pa.array([1_704_416_523_000_004], pa.timestamp("us")), "2024-01-05T06:02:03.000004"),
        (pa.array([1_704_416_523], pa.timestamp("s")), "2024-01-05T06:02:03"),
        (pa.array([date(2024, 1, 5)]), "2024-01-05T05:00:00"),
        (pa.array(["05/01/2024"]), "2024-01-05T05:00:00"),
        (
            pa.array([1_730_619_000 * 10**9], pa.timestamp("ns", "America/Chicago")),
            "2024-11-03T07:30:00",
        ),
    ],
)
def test_a_time_with_a_zone_is_an_instant_and_one_without_is_local(
    values: pa.Array, instant: str, tmp_path: Path
) -> None:
    body = write({"x": [1], "target": [0], "at": values})
    outcome = read_bytes(body, tmp_path, make_recipe(AT))
    assert outcome.rows[0]["at"] == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_rows_are_numbered_through_all_row_groups_and_bad_ones_quarantined(tmp_path: Path) -> None:
    body = write(
        {"x": [0.0, 11.0, 2.0, None, float("inf")], "target": [0, 1, 1, 1, 7]}, row_group_size=2
    )
    outcome = read_bytes(body, tmp_path)
    assert outcome.lines == [1, 3]
    assert outcome.bad_lines == [2, 4, 5]
    assert outcome.reasons == [
        "x: 11 is above the maximum 10",
        "x: the value is missing, and the column needs one",
        "x: 'inf' is not a finite number; target: 7 is not one of 0, 1",
    ]
    assert outcome.read.lines_read == 5


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([{"a": 1}], "struct"),
        ([[1]], "list"),
        ([b"a"], "binary"),
        (pa.array([1], pa.time64("us")), "time64"),
    ],
)
def test_a_column_of_another_type_is_refused_by_name_unless_it_is_ignored(
    values: object, kind: str, tmp_path: Path
) -> None:
    body = write({"other": values, "name": values, "x": [1], "target": [0]})
    with pytest.raises(FileRefusedError, match=rf"(?s)no plain values.*Found:      name: {kind}"):
        read_bytes(body, tmp_path)
    outcome = read_bytes(write({"other": values, "x": [1.5], "target": [0]}), tmp_path)
    assert (outcome.rows[0]["x"], outcome.read.facts.ignored_columns) == (1.5, ("other (field 1)",))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    body = write({"x": [1.0] * 500, "target": list(range(500))})
    for damaged in (body[:-20], body[:100] + b"\xff" * 400 + body[500:]):
        with pytest.raises(FileRefusedError, match="Parquet and damaged"):
            read_bytes(damaged, tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_a_required_column_that_is_absent_is_refused_and_so_are_no_rows(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="in the Parquet schema"):
        read_bytes(write({"x": [1]}), tmp_path)
    with pytest.raises(FileRefusedError, match="no rows"):
        read_bytes(write({"x": pa.array([], pa.int64()), "target": []}), tmp_path, PLAIN)


def test_a_wide_table_is_made_long(tmp_path: Path) -> None:
    source = Source(
        layouts=(Wide(name="wide", identifiers=("target",), name_column="kind", value_column="x"),)
    )
    recipe = make_recipe(text("kind"), source=source)
    body = write({"target": [0, 1], "a": [1.0, None], "b": [2.0, 3.0]})
    outcome = read_bytes(body, tmp_path, recipe)
    assert [(r["kind"], r["x"], r["_line_number"]) for r in outcome.rows] == [
        ("a", 1.0, 1),
        ("b", 2.0, 1),
        ("b", 3.0, 2),
    ]
    assert outcome.read.facts.missing_cells == 1


NOT_UTF8 = pa.Array.from_buffers(
    pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
)


@pytest.mark.parametrize("name", [NOT_UTF8, NOT_UTF8.dictionary_encode()])
def test_a_text_that_is_not_utf8_is_damage(name: pa.Array, tmp_path: Path) -> None:
    body = write({"x": [1.0], "target": [1], "name": name})
    with pytest.raises(FileRefusedError, match=r"(?s)Parquet and damaged.*UTF8"):
        read_bytes(body, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stored", [True, False])
def test_a_column_name_that_is_not_utf8_is_damage(stored: bool, tmp_path: Path) -> None:
    body = write({"x": [1.0], "target": [1], "names": [1]}, store_schema=stored)
    with pytest.raises(FileRefusedError, match="Parquet and damaged"):
        read_bytes(body.replace(b"names", b"n\xffmes"), tmp_path)


@pytest.mark.parametrize(
    ("count", "kind", "told"),
    [
        # Each of these was a time of this century once its digits were cut.
        (18_448_344_073_710, pa.timestamp("s"), "18448344073710 s since 1970"),
        (2**62 + 5, pa.timestamp("ms", "UTC"), "4611686018427387909 ms since 1970"),
        (2**62, pa.date64(), "4611686018427387904 ms since 1970"),
        (213_521_982, pa.date32(), "213521982 days since 1970"),
        # The year 67,556: its lower 16 bits are 2020.
        (2_069_728_300_000_000_000, pa.timestamp("us"), "2069728300000000000 us since 1970"),
        (-(2**62), pa.timestamp("us"), "-4611686018427387904 us since 1970"),
        (253_402_300_800, pa.timestamp("s"), "253402300800 s since 1970"),
        (-62_135_596_801, pa.timestamp("s"), "-62135596801 s since 1970"),
    ],
)
def test_a_time_of_no_year_of_ours_is_told_as_its_count(
    count: int, kind: pa.DataType, told: str
) -> None:
    whole = pa.int32() if kind == pa.date32() else pa.int64()
    times = pa.array([0, count, None], whole).view(kind)
    texts = write_texts(times[1:], Dialect(source=Source())).to_pylist()
    assert texts == [told, None]
    known, *_ = write_texts(times, Dialect(source=Source())).to_pylist()
    assert known.startswith("1970-01-01 00:00:00")


def test_a_time_of_no_year_of_ours_is_quarantined(tmp_path: Path) -> None:
    at = pa.array([0, 18_448_344_073_710, None], pa.timestamp("s"))
    body = write({"x": [1.0] * 3, "target": [1] * 3, "at": at})
    outcome = read_bytes(body, tmp_path, make_recipe(AT))
    assert (outcome.lines, outcome.bad_lines) == ([1, 3], [2])
    # The file itself has no seconds, so they were written to it as milliseconds.
    assert "'18448344073710000 ms since 1970' is not a time" in outcome.reasons[0]


def test_the_first_and_the_last_time_of_our_years_are_read(tmp_path: Path) -> None:
    at = pa.array([-62_135_596_800, 253_402_300_799], pa.timestamp("s", "UTC"))
    body = write({"x": [1.0] * 2, "target": [1] * 2, "at": at})
    found = [row["at"] for row in read_bytes(body, tmp_path, make_recipe(AT)).rows]
    assert [moment.year for moment in found] == [1, 9999]
