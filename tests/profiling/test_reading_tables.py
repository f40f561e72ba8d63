import gzip
from pathlib import Path

import pytest

from dropcast.profiling import ProfileError, read_table

PLAIN = "id;Año;note\n1;2020;café\n2;2021;\n"


@pytest.mark.parametrize(
    ("content", "delimiter", "fallback"),
    [
        (PLAIN.encode(), ";", None),
        (b"\xef\xbb\xbf" + PLAIN.encode(), ";", None),
        (PLAIN.encode("cp1252"), ";", "cp1252"),
        (PLAIN.encode("latin-1").replace(b"\xe9", b"\x81"), ";", "latin-1"),
        (PLAIN.replace(";", "\t").encode(), "\t", None),
        (PLAIN.replace(";", "|").encode(), "|", None),
        (PLAIN.replace(";", ",").replace("\n", "\r\n").encode(), ",", None),
        (gzip.compress(PLAIN.encode(), mtime=0), ";", None),
    ],
)
def test_a_table_is_read_however_it_was_exported(
    tmp_path: Path, content: bytes, delimiter: str, fallback: str | None
) -> None:
    path = tmp_path / "table.dat"
    path.write_bytes(content)
    table = read_table(path)
    assert (table.delimiter, table.fallback_encoding) == (delimiter, fallback)
    assert list(table.cells.columns) == ["id", "ano", "note"]
    assert table.cells["ano"].tolist() == ["2020", "2021"]


def test_unnamed_fields_cut_rows_and_repeated_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(",a,Unnamed: 2,rows\n0,1,x,2\n1,1,y,2\n2,5\n\n3,3,z,4\n")
    table = read_table(path)
    assert table.names == {1: "a", 3: "rows_column"}
    assert table.cells.to_numpy().tolist() == [["1", "2"], ["3", "4"]]
    assert (table.rows_cut, table.rows_repeated) == (1, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "no column has a name"),
        (b"\n\n", "blank lines only"),
        (b"\x1f\x8b\x08\x00broken", "gzip and damaged"),
        (b"PK\x03\x04rest", "a workbook and damaged"),
        (b"a,b\n\x00\x00\n", "binary data"),
        (b"1,2.5\n3,4\n", "no header"),
        (b"a,A \n1,2\n", "two columns are called 'a'"),
        (b"only\n1\n", "1 named column"),
        (b'"a,""b"""\n"1,""2"""\n', "take the outer quotes off"),
        (b'"a,b,c\n1,2,""\n', "no header line"),
        (b'a,"b,' + b"c" * 60 + b"\n1,2\n", "1 named column.*a quote in it is stray"),
        (b"a," + b"b" * 61 + b"\n1,2\n", "shorten it to 60"),
        (
            b'a,b\n1,"' + b"x" * 200_000,
            "line 2: .* a quote is opened and not closed .*; mend the file there",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_place_and_remedy(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ProfileError, match=said) as refused:
        read_table(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProfileError, match="cannot be read") as refused:
        read_table(tmp_path / name)
    assert "FILE=<path>" in str(refused.value)
