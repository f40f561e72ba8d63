import gzip
import json
from pathlib import Path

import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.recipe import Source, integer, text
from tests.ingest.files import EVERY_KIND, PLAIN, make_recipe, read_bytes

GOOD = '{"x": 1.5, "target": 0}\n'


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_each_object_is_a_row_with_the_number_of_its_line(
    compress: object, block_bytes: int, tmp_path: Path
) -> None:
    body = '\n{"x": 1.5, "target": 0}\r\n\n  {"EX": "2", "Target": 1.0, "name": "a,\\"b\\nc"}'
    outcome = read_bytes(
        compress(body.encode()),  # type: ignore[operator]
        tmp_path,
        block_bytes=block_bytes,
    )
    assert outcome.rows == [
        {"x": 1.5, "name": None, "target": 0, "_line_number": 2},
        {"x": 2.0, "name": 'a,"b\nc', "target": 1, "_line_number": 4},
    ]
    assert (outcome.read.facts.format, outcome.read.facts.delimiter) == ("json_lines", "")
    assert outcome.read.lines_read == 4


def test_numbers_texts_booleans_and_null_are_judged_as_their_texts(tmp_path: Path) -> None:
    row = {"x": 0, "n": None, "flag": True, "name": "", "kind": "b c", "at": 1e9, "target": "1"}
    outcome = read_bytes(json.dumps(row).encode(), tmp_path, EVERY_KIND)
    (read,) = outcome.rows
    assert read["at"].isoformat() == "2001-09-09T01:46:40+00:00"
    assert (read["n"], read["flag"], read["name"], read["target"]) == (None, True, None, 1)


def test_an_integer_beyond_floats_keeps_its_digits(tmp_path: Path) -> None:
    recipe = make_recipe(integer("n"))
    body = '{"x": 1, "target": 0, "n": 9007199254740993}\n{"x": 1, "target": 0, "n": 1e400}'
    outcome = read_bytes(body.encode(), tmp_path, recipe)
    assert [row["n"] for row in outcome.rows] == [2**53 + 1]
    assert outcome.reasons == ["n: '1e400' is too large for a number"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1, 2]", "the line is an array, not an object"),
        ('"x"', "the line is a number or a text, not an object"),
        ("null", "the line is null, not an object"),
        ('{"x": 1, "target": 0', "the line is not a JSON value: Expecting ',' delimiter"),
        ("[" * 100_000, "the line is not a JSON value: nested too deeply"),
        ('{"x": NaN, "target": 0}', "NaN is no value of JSON"),
        ('{"x": -Infinity, "target": 0}', "-Infinity is no value of JSON"),
        ('{"x": 1, "x": 2, "target": 0}', "the name 'x' stands twice"),
        ('{"x": 1, "ex": 2, "target": 0}', "x: 'x' and 'ex' both mean it"),
        ('{"x": {"a": 1}, "target": 0}', "x: the value is an object"),
        ('{"x": [1], "target": 0}', "x: the value is an array"),
        ('{"x": true, "target": 0}', "x: 'true' is not a number"),
        ('{"x": 99, "target": 5}', "x: 99 is above the maximum 10; target: 5 is not one of 0, 1"),
        ('{"target": 0}', "x: the value is missing, and the column needs one"),
        ('{"x": 1, "target": 0, "name": "a\\u0000"}', "the record holds a NUL character"),
        ('{"x": 1, "target": 0, "name": "\\ud800"}', "name: the text has a lone surrogate"),
    ],
)
def test_a_bad_line_is_quarantined_as_it_stands_with_its_reason(
    line: str, reason: str, tmp_path: Path
) -> None:
    outcome = read_bytes(f"{GOOD}{line}\n{GOOD}".encode(), tmp_path)
    assert outcome.lines == [1, 3]
    (bad,) = outcome.quarantined
    assert (bad["line_number"], bad["reasons"].removeprefix("'")) == ("2", reason)
    assert bad["text"].removeprefix("'") == line


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_a_line_that_is_too_long_is_cut_and_the_next_is_read(
    block_bytes: int, tmp_path: Path
) -> None:
    long = '{"x": 1, "target": 0, "name": "' + "y" * 3_000_000 + '"}\n'
    outcome = read_bytes(
        (GOOD + long + GOOD).encode(), tmp_path, block_bytes=block_bytes, record_bytes=100
    )
    assert outcome.lines == [1, 3]
    assert outcome.reasons == ["the record is longer than 100 bytes"]
    assert len(outcome.quarantined[0]["text"]) == 100


def test_unknown_names_are_ignored_columns_whatever_they_hold(tmp_path: Path) -> None:
    body = GOOD + '{"x": 1, "target": 0, "deep": {"a": [1]}}\n'
    outcome = read_bytes(body.encode(), tmp_path)
    assert outcome.read.facts.ignored_columns == ("deep",)
    assert outcome.read.absent_columns == ("name",)
    assert len(outcome.rows) == 2


def test_a_column_that_no_object_has_is_refused_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"(?s)lacks 1.*target - nearest: 'targets'"):
        read_bytes(b'{"x": 1, "targets": 0}\n', tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_number_of_json_is_never_taken_for_one_with_thousands_set_apart(tmp_path: Path) -> None:
    source = Source(decimal_separator=",", thousands_separator=".")
    recipe = make_recipe(text("name", nullable=True, required=False), source=source)
    body = b'{"x": 1.234, "target": 0}\n{"x": "1,5", "target": 0}\n{"x": "1.5", "target": 0}\n'
    outcome = read_bytes(body, tmp_path, recipe)
    assert [row["x"] for row in outcome.rows] == [1.234, 1.5]
    assert outcome.reasons == ["x: '1.5' is not a number"]


def test_text_that_is_not_utf8_is_read_by_the_recipes_encoding(tmp_path: Path) -> None:
    recipe = make_recipe(text("name"), source=Source(fallback_encoding="cp1252"))
    outcome = read_bytes('{"x":1,"target":0,"name":"é"}'.encode("cp1252"), tmp_path, recipe)
    assert (outcome.rows[0]["name"], outcome.read.facts.encoding) == ("é", "cp1252")
    with pytest.raises(FileRefusedError, match="not UTF-8"):
        read_bytes('{"x":1,"target":0,"name":"é"}'.encode("cp1252"), tmp_path, PLAIN)
