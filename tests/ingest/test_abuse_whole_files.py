"""Workbooks and Parquet files made to take all the memory or the process: each is refused."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest import limits
from dropcast.ingest.parquet import read_parquet
from dropcast.ingest.sandbox.check import make_environment, try_parquet, try_workbook
from dropcast.ingest.workbook import sheets as workbooks
from dropcast.recipe import text
from tests.ingest import workbook_bombs as bombs
from tests.ingest.files import make_recipe, read_bytes
from tests.ingest.workbooks import make_xlsx

GOOD = {"x": [1.0, 2.0], "target": [0, 1]}


def refuse(body: bytes, folder: Path) -> str:
    with pytest.raises(FileRefusedError) as caught:
        read_bytes(body, folder)
    told = str(caught.value)
    assert all(word in told for word in ("Looked for:", "Found:", "Remedy:"))
    assert not list(folder.iterdir())
    return told


def write_parquet(columns: dict[str, object], **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


@pytest.mark.parametrize(
    "row",
    [
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r = "XFD1048576"><v>1</v></c></row>',
        f'<row r="1048576">{"<c/>" * 16_000}<c><v>1</v></c></row>',
    ],
)
def test_a_cell_far_out_is_refused_however_its_place_is_written(row: str, tmp_path: Path) -> None:
    """Before, the library asked for 550 GB and ended the process."""
    refuse(bombs.make_far_cell(row), tmp_path)


def test_a_sheet_that_lies_elsewhere_is_checked_too(tmp_path: Path) -> None:
    assert "opened safely" in refuse(bombs.make_sheet_elsewhere(), tmp_path)


def test_one_text_in_many_cells_is_refused_before_it_takes_the_memory(tmp_path: Path) -> None:
    """29 kB, 5 GB as cells."""
    body = bombs.make_shared_text(characters=1_000_000, cells=5_000)
    assert len(body) < 40_000
    told = refuse(body, tmp_path)
    assert f"{limits.SANDBOX_MIB:,} MiB" in told
    shared = bombs.make_shared_text(characters=10, cells=5_000)
    assert read_bytes(shared, tmp_path).read.rows_quarantined == 5_000


def test_the_cells_of_all_sheets_count_together(tmp_path: Path) -> None:
    told = refuse(bombs.make_many_sheets(40), tmp_path)
    assert f"{workbooks.MOST_CELLS:,} cells in all sheets together" in told


def test_entities_are_never_expanded_and_no_other_file_is_read(tmp_path: Path) -> None:
    told = refuse(bombs.make_laughs(), tmp_path)
    assert "haha" not in told
    assert Path("/etc/hostname").read_text().strip() not in told


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_workbook_of_the_old_kind_that_is_damaged_is_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data.draw(st.binary(max_size=3000)))
    if len(body) > 600:
        body[30:34] = b"\x09\x00\x06\x00"
        body[48:52] = data.draw(st.integers(0, 8)).to_bytes(4, "little")
    refuse(bytes(body), tmp_path_factory.mktemp("xls"))


def test_a_sandbox_process_that_never_ends_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(make_xlsx({"s": [["x", "target"], [1.0, 1.0]]}))
    assert try_workbook(path, most_cells=100) == 4
    with pytest.raises(FileRefusedError, match="no end after 0 seconds"):
        try_workbook(path, most_cells=100, timeout_seconds=0.001)


def test_a_sandbox_process_is_given_no_credentials() -> None:
    here = {"LD_LIBRARY_PATH": "/var/lang/lib", "AWS_SESSION_TOKEN": "secret", "RAW_BUCKET": "b"}
    given = make_environment(here)
    assert given["LD_LIBRARY_PATH"] == "/var/lang/lib"
    assert not any(name.startswith("AWS") or "BUCKET" in name for name in given)


def test_the_sandbox_reports_memory_that_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(write_parquet({"x": pa.array(["y" * 1_000_000]).take(pa.array([0] * 600))}))
    try_parquet(path, leaves=[0], batch_rows=10)
    with pytest.raises(FileRefusedError, match="more memory was needed"):
        try_parquet(path, leaves=[0], batch_rows=600, memory_mib=64)


def test_a_text_that_is_repeated_in_a_dictionary_is_read_a_few_rows_at_a_time(
    tmp_path: Path,
) -> None:
    """A batch of it was 8 GB as texts, of a file of 40 kB."""
    rows, path = 16_000, tmp_path / "rows.parquet"
    indices = pa.array([1] * (rows - 1) + [0], pa.int32())
    names = pa.DictionaryArray.from_arrays(indices, pa.array(["short", "y" * 500_000]))
    path.write_bytes(write_parquet({"x": [1.0] * rows, "name": names, "target": [1] * rows}))
    assert path.stat().st_size < 100_000
    recipe = make_recipe(text("name", nullable=True, required=False))
    batches = read_parquet(
        path, recipe=recipe, record_bytes=limits.MIB, most_bytes=100 * limits.MIB
    ).batches
    first = next(batches)()
    assert sum(column.nbytes for column in first.columns.values()) < 40 * limits.MIB
    with pytest.raises(FileRefusedError, match="at most 100 MiB in memory"):
        list(batches)


def test_a_file_of_too_many_columns_is_refused_before_its_rows_are_read(tmp_path: Path) -> None:
    wide = {f"c{number}": [1] for number in range(limits.MOST_COLUMNS)}
    body = write_parquet({"x": [1.0], "target": [1], **wide})
    assert "too many columns" in refuse(body, tmp_path)


def test_columns_that_are_not_read_cost_nothing(tmp_path: Path) -> None:
    wide = {f"c{number}": [1, 1] for number in range(2_000)}
    outcome = read_bytes(write_parquet({**GOOD, **wide}), tmp_path)
    assert (outcome.read.rows_accepted, len(outcome.read.facts.ignored_columns)) == (2, 2_000)


def test_a_footer_that_declares_more_than_there_is_is_damage(tmp_path: Path) -> None:
    body = write_parquet(GOOD)
    swollen = body[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1"
    assert "damaged" in refuse(swollen, tmp_path)


@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_a_damaged_parquet_file_is_read_or_refused_and_never_more(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = bytearray(write_parquet(GOOD))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(4, len(body) - 9))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("parquet")
    try:
        read_bytes(bytes(body), folder)
    except FileRefusedError:
        assert not list(folder.iterdir())


def test_nesting_without_end_is_damage(tmp_path: Path) -> None:
    kind = pa.int32()
    for _ in range(300):
        kind = pa.list_(kind)
    body = write_parquet({**GOOD, "deep": pa.nulls(2, kind)})
    assert "nested" in refuse(body, tmp_path)
