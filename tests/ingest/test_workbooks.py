import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.workbook.sheets import MOST_CELLS, UNPACKED_MIB
from dropcast.recipe import text, timestamp
from tests.ingest.files import PLAIN, make_recipe, read_bytes
from tests.ingest.workbooks import Cell, list_parts, make_xlsx, write_sheet

HEAD: list[Cell] = ["x", "target", "name"]


def pack(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_sheets_are_read_in_their_order_and_rows_have_their_place(
    compress: object, tmp_path: Path
) -> None:
    body = make_xlsx(
        {
            "a": [["Songs"], [], HEAD, [1.5, 0, "é"], [], [11, 1, None]],
            "notes": [["nothing", "here"]],
            "b": [["target", None, "X", "colour"], [1, None, "2", "red"], [None, None, 3.0]],
        }
    )
    outcome = read_bytes(compress(body), tmp_path)  # type: ignore[operator]
    assert outcome.rows == [
        {"x": 1.5, "name": "é", "target": 0, "_line_number": 4},
        {"x": 2.0, "name": None, "target": 1, "_line_number": 9},
    ]
    assert [(row["line_number"], row["reasons"]) for row in outcome.quarantined] == [
        ("a!6", "x: 11 is above the maximum 10"),
        ("b!3", "target: the value is missing, and the column needs one"),
    ]
    assert outcome.read.facts.format == "xlsx"
    assert outcome.read.facts.ignored_columns == ("colour",)
    assert outcome.read.facts.notes == ("sheet 'notes' was not read: no declared layout fits it",)
    assert outcome.read.lines_read == 10
    assert not (tmp_path / "clean.parquet.raw").exists()


def test_dates_are_dates_only_where_the_cell_is_one(tmp_path: Path) -> None:
    at = timestamp("at", formats=("%d/%m/%Y",), timezone="America/Bogota")
    recipe = make_recipe(at, text("name"))
    body = make_xlsx(
        {
            "a": [
                ["x", "target", "at", "name"],
                [1, 0, date(2024, 1, 5), date(2024, 4, 4)],
                [1, 0, "5/01/2024", True],
                [1, 0, "2024-01-05 00:00:00.000000", "n"],
            ]
        }
    )
    outcome = read_bytes(body, tmp_path, recipe)
    assert {row["at"].isoformat() for row in outcome.rows} == {"2024-01-05T05:00:00+00:00"}
    assert [row["name"] for row in outcome.rows] == ["2024-04-04 00:00:00.000000", "true"]
    assert outcome.reasons == [
        "at: '2024-01-05 00:00:00.000000' is not a time of the form %d/%m/%Y"
    ]


def test_a_workbook_without_the_table_is_refused_with_what_each_sheet_holds(
    tmp_path: Path,
) -> None:
    other: list[list[Cell]] = [["x", "tarjet"], [1, 0]]
    body = make_xlsx({"Index": [["1.1"], ["1.2"]], "empty": [], "other": other})
    with pytest.raises(FileRefusedError) as caught:
        read_bytes(body, tmp_path)
    report = str(caught.value)
    assert "one record a row: a header row with x, target" in report
    assert "'Index': no row of more than one cell" in report
    assert "'empty': empty" in report
    assert "'other': x, tarjet / 1, 0" in report
    assert list(tmp_path.iterdir()) == []


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="a header and no rows"):
        read_bytes(make_xlsx({"a": [HEAD]}), tmp_path)


def test_two_headers_of_one_column_are_no_header(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="'a': x, ex, target"):
        read_bytes(make_xlsx({"a": [["x", "ex", "target"], [1, 2, 0]]}), tmp_path)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [HEAD]
    rows += [[1.0, 0.0, str(n)] for n in range(500)]
    body = make_xlsx({"a": rows})
    at = body.index(b"xl/worksheets/sheet1.xml") + 200
    for damaged in (body[:-40], body[: len(body) // 2], body[:at] + b"\0" * 9 + body[at + 9 :]):
        with pytest.raises(FileRefusedError, match="workbook and damaged"):
            read_bytes(damaged, tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_is_no_xml_is_refused(tmp_path: Path) -> None:
    parts = list_parts({"a": [HEAD, [1, 0, "n"]]})
    parts["xl/worksheets/sheet1.xml"] = "<worksheet><sheetData><row"
    with pytest.raises(FileRefusedError, match=r"workbook and damaged|No sheet"):
        read_bytes(pack(parts), tmp_path)


def test_a_workbook_that_declares_more_than_the_limit_is_never_unpacked(tmp_path: Path) -> None:
    body = make_xlsx({"a": [HEAD, [1, 0, "n"]]}, extra=bytes((UNPACKED_MIB + 1) * 2**20))
    assert len(body) < 2**20
    with pytest.raises(FileRefusedError, match=r"too large once unpacked.*(?s:.*)129 MiB in 7"):
        read_bytes(body, tmp_path)


def test_an_archive_that_declares_less_than_it_holds_is_damaged(tmp_path: Path) -> None:
    body = bytearray(make_xlsx({"a": [HEAD, [1, 0, "n"]]}, extra=bytes(2**20)))
    size = (2**20).to_bytes(4, "little")
    while size in body:
        at = body.index(size)
        body[at : at + 4] = (100).to_bytes(4, "little")
    with pytest.raises(FileRefusedError, match="workbook and damaged"):
        read_bytes(bytes(body), tmp_path)


def test_one_cell_far_out_does_not_make_a_sheet_of_all_cells_before_it(tmp_path: Path) -> None:
    parts = list_parts({"a": [HEAD, [1, 0, "n"]]})
    far = write_sheet([HEAD, [1, 0, "n"]]).replace('r="C2"', 'r="XFD1048576"')
    parts["xl/worksheets/sheet1.xml"] = far
    with pytest.raises(FileRefusedError, match=f"at most {MOST_CELLS:,} cells") as caught:
        read_bytes(pack(parts), tmp_path)
    assert "1,048,576 rows of 16,384 columns" in str(caught.value)


def test_signs_of_the_grammar_in_cells_are_signs_like_others(tmp_path: Path) -> None:
    name = 'a,"b"\r\n=1+1; c'
    rows: list[list[Cell]] = [HEAD, [1, 0, name], [99, 0, name]]
    outcome = read_bytes(make_xlsx({"a": rows}), tmp_path, PLAIN)
    assert outcome.rows[0]["name"] is not None
    assert outcome.rows[0]["name"].replace("\r\n", "\n") == name.replace("\r\n", "\n")
    assert outcome.bad_places == ["a!3"]
