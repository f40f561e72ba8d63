"""Files that no recipe describes: names, texts and lines are those that a recipe's reader finds."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest import FileHeader, fingerprint_file, open_text_columns, read_file_header
from dropcast.ingest.limits import MOST_COLUMNS
from tests.ingest.workbooks import Cell, make_xlsx

Found = tuple[FileHeader, dict[str, list[str]], list[int], list[int]]


def read(content: bytes, folder: Path, encodings: tuple[str, ...] = ()) -> Found:
    """Return the header, the texts by name, the rows' lines and those of what is set aside."""
    fingerprint = fingerprint_file(lambda: io.BytesIO(content))
    spool_path = folder / "content"
    header = read_file_header(
        lambda: io.BytesIO(content),
        fingerprint=fingerprint,
        spool_path=spool_path,
        encodings=encodings,
    )
    texts: dict[str, list[str]] = {}
    lines, damaged = [], []
    with open_text_columns(
        lambda: io.BytesIO(content), fingerprint=fingerprint, header=header, spool_path=spool_path
    ) as (_, batches):
        for batch in batches:
            for name, column in batch.columns.items():
                assert column.type == pa.string()
                texts.setdefault(name, []).extend(column.to_pylist())
            lines += batch.lines.tolist()
            damaged += [row.line for row in batch.set_aside]
    assert not spool_path.exists()
    return header, texts, lines, damaged


def test_delimited_text_keeps_its_texts_as_they_stand_and_its_lines(tmp_path: Path) -> None:
    content = b'Id;;Name \n1;x; "NA"\n2;y\n\n 3 ;z;"a\nb"\n4;"w"v;c\n5;;\n'
    header, texts, lines, damaged = read(content, tmp_path)
    assert (header.format, header.names, header.delimiter) == ("csv", ("Id", "", "Name "), b";")
    assert texts == {"Id": ["1", " 3 ", "5"], "Name ": [' "NA"', "a\nb", ""]}
    assert (lines, damaged) == ([2, 5, 8], [3, 7])


def test_only_damaged_rows_give_empty_columns(tmp_path: Path) -> None:
    _, texts, lines, damaged = read(b"a,b\n1\n2\n", tmp_path)
    assert (texts, lines, damaged) == ({"a": [], "b": []}, [], [2, 3])


def test_the_first_encoding_that_fits_to_the_end_is_taken(tmp_path: Path) -> None:
    old = "name,town\n1,León\n".encode("cp1252")
    encodings = ("cp1252", "latin-1")
    assert read(old, tmp_path, encodings)[0].fallback_encoding == "cp1252"
    # cp1252 has no character of this byte.
    header, texts, _, _ = read(old + b"2,\x81\n", tmp_path, encodings)
    assert (header.fallback_encoding, texts["town"]) == ("latin-1", ["León", "\x81"])
    assert read(old.decode("cp1252").encode(), tmp_path, encodings)[0].fallback_encoding is None
    with pytest.raises(FileRefusedError, match="not UTF-8"):
        read(old, tmp_path)
    with pytest.raises(FileRefusedError, match="neither UTF-8 nor ascii"):
        read(old, tmp_path, ("ascii",))


def test_objects_have_the_names_of_all_of_the_first_ones(tmp_path: Path) -> None:
    rows = [{"a": 1.50, "list": []}, {"A": None, "b": True}, {"b": "x", "a": [1]}, ["no object"]]
    content = "".join(f"{json.dumps(row)}\n" for row in rows[:2]).encode()
    header, texts, _, _ = read(content, tmp_path)
    assert header.names == ("a", "", "b")
    assert texts == {"a": ["1.5", ""], "b": ["", "true"]}
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    header, texts, lines, damaged = read(content, tmp_path)
    assert (header.names, texts["b"]) == (("", "", "b"), ["", "true", "x"])
    assert (lines, damaged) == ([1, 2, 3], [4])


def test_a_file_that_invents_names_has_a_bounded_number_of_them(tmp_path: Path) -> None:
    content = "".join(f'{{"name {number}": 1}}\n' for number in range(3_000)).encode()
    header, texts, lines, _ = read(content, tmp_path)
    assert len(header.names) == len(texts) == 1_000
    assert len(lines) == 3_000
    wide = ",".join(f"n{number}" for number in range(MOST_COLUMNS + 1)).encode()
    with pytest.raises(FileRefusedError, match="too many columns"):
        read(wide, tmp_path)


def test_typed_columns_are_written_as_texts(tmp_path: Path) -> None:
    table = pa.table(
        {
            "whole": pa.array([1.0, None, 2.5e20]),
            "count": pa.array([1, 2, None], pa.int32()),
            "at": pa.array([0, 1_500_000, None], pa.timestamp("us", "UTC")),
            "nested": pa.array([{"x": 1, "y": 2}] * 3),
            "word": pa.array(["a", "", None]).dictionary_encode(),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    header, texts, lines, _ = read(buffer.getvalue(), tmp_path)
    assert header.names == ("whole", "count", "at", "", "word")
    assert texts == {
        "whole": ["1.0", "", "2.5e+20"],
        "count": ["1", "2", ""],
        "at": ["1970-01-01 00:00:00.000000", "1970-01-01 00:00:01.500000", ""],
        "word": ["a", "", ""],
    }
    assert lines == [1, 2, 3]


def test_a_sheet_s_header_is_its_first_full_row_of_names(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["Prices", "2024"],
        [],
        ["", "Day", "Price", "Town", "Unit"],
        [1, "x", 2.5, True, ""],
    ]
    header, texts, lines, _ = read(make_xlsx({"One": rows}), tmp_path)
    assert header.names == ("", "Day", "Price", "Town", "Unit")
    assert texts == {"Day": ["x"], "Price": ["2.5"], "Town": ["true"], "Unit": [""]}
    assert lines == [4]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\n\r\n", "blank lines only"),
        (b'"a,b\n1,2\n', "no header line"),
        (b"{\n{\n", "no line that is an object"),
        (b"PAR1PAR1", "Parquet and damaged"),
        (b"PK\x03\x04", "a workbook and damaged"),
        (make_xlsx({"One": [["only"], ["x"]]}), "No sheet of the workbook has a header"),
        (make_xlsx({"One": [["a", "A"], [1, 2]]}), "No sheet of the workbook has a layout"),
        (b"a,A\n1,2\n", "Two names of the header mean one column"),
    ],
)
def test_what_has_no_header_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FileRefusedError, match=said):
        read(content, tmp_path)
    assert not (tmp_path / "content").exists()
