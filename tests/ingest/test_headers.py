from pathlib import Path

import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.recipe import text
from tests.ingest.files import PLAIN, make_recipe, read_bytes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_the_header_known(
    delimiter: str, tmp_path: Path
) -> None:
    others = "".join(sign for sign in ",;|" if sign != delimiter)
    rows = [["x", "target", f"a{others}b"], ["1", "0", "z"]]
    body = "".join(delimiter.join(row) + "\n" for row in rows)
    outcome = read_bytes(body.encode(), tmp_path)
    assert outcome.read.facts.delimiter == delimiter
    assert outcome.rows == [{"x": 1.0, "name": None, "target": 0, "_line_number": 2}]
    assert outcome.read.facts.ignored_columns == (f"a{others}b (field 3)",)


def test_names_compare_without_case_and_punctuation_and_by_alias(tmp_path: Path) -> None:
    outcome = read_bytes(b'" EX ",Target!,NAME\n3,1,n\n', tmp_path)
    assert outcome.rows == [{"x": 3.0, "name": "n", "target": 1, "_line_number": 2}]


def test_unnamed_and_unknown_columns_are_ignored_and_told(tmp_path: Path) -> None:
    outcome = read_bytes(b",x,colour,target, \n0,1,red,1,\n", tmp_path)
    assert outcome.read.facts.ignored_columns == (
        "unnamed field 1",
        "colour (field 3)",
        "unnamed field 5",
    )
    assert outcome.read.absent_columns == ("name",)
    assert outcome.rows[0]["name"] is None


def test_a_header_may_hold_quotes_and_line_breaks_and_follow_blank_lines(tmp_path: Path) -> None:
    outcome = read_bytes(b'\n\r\n"x",target,"two\nlines"\n1,0,z\n', tmp_path)
    assert outcome.lines == [5]
    assert outcome.read.facts.ignored_columns == ("two lines (field 3)",)


def test_missing_columns_are_each_named_with_the_nearest_names(tmp_path: Path) -> None:
    recipe = make_recipe(text("danceability"), text("energy"))
    with pytest.raises(FileRefusedError) as caught:
        read_bytes(b"ex,dancability,track_energy,zzz\n1,2,3,4\n", tmp_path, recipe)
    report = str(caught.value)
    assert "lacks 3 of the 4 columns" in report
    assert "danceability - nearest: 'dancability'" in report
    assert "energy - nearest: 'track_energy'" in report
    assert "target - nothing near it" in report
    assert "Found:      ex, dancability, track_energy, zzz" in report
    assert "Remedy:" in report
    assert list(tmp_path.iterdir()) == []


def test_two_names_of_one_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"(?s)mean one column.*x - ex \(field 1\), X"):
        read_bytes(b"ex,X,target\n1,2,0\n", tmp_path)


@pytest.mark.parametrize(
    ("body", "found"),
    [(b"\n\n \r\n", "lacks 2"), (b"\n\n", "blank lines only"), (b'"x,target\n1,0\n', "no header")],
)
def test_a_file_without_a_header_is_refused(body: bytes, found: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=found):
        read_bytes(body, tmp_path)


def test_a_header_in_one_more_pair_of_quotes_is_recognised_as_that(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="the whole header line is one field in quotes"):
        read_bytes(b'"x,""target"""\n"1,""0"""\n', tmp_path)


def test_a_header_alone_is_refused_for_want_of_rows(tmp_path: Path) -> None:
    for body in (b"x,target", b"x,target\n", b"x,target\r\n\r\n"):
        with pytest.raises(FileRefusedError, match="a header and no rows"):
            read_bytes(body, tmp_path, PLAIN)
