"""Small sound files with some bytes changed, and wide tables made to take all there is."""

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from dropcast.recipe import Recipe, Source, Wide, text
from tests.ingest.files import EVERY_KIND, make_recipe, read_bytes
from tests.ingest.workbooks import make_xlsx

CSV = (
    b"x,n,flag,name,kind,at,target\n"
    b'1.5,3,true,"a ""q""",a,2024-01-05 10:00:00,1\r\n'
    b",,,\xc3\xa9,b c,,0\n"
)
JSON_LINES = (
    b'{"x":1.5,"n":3,"flag":true,"name":"a\\u00e9","kind":"a","at":"1/5/2024 9:00 AM","target":1}\n'
    b'{"x":"2","n":null,"flag":"no","kind":"b c","at":1704416523,"target":0}\n'
)
NAMES = ("x", "n", "flag", "name", "kind", "at", "target")
SHEET = make_xlsx({"s": [NAMES, (1.5, 3.0, True, "abc", "a", date(2024, 1, 5), 1.0)]})
SIGNS = (
    *(bytes([code]) for code in b'\0\n\r\t\x01",;{}[]:-+.e0<>&='),
    *(b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\ud800", b"NaN", b"1e999"),
    *(b"9" * 400, b"9" * 5_000, b"[" * 3_000, b'{"a":' * 3_000, b"0001-01-01 00:00:00"),
    *(b"9999-12-31 23:59:59", b"&#xD800;", b' t="s"', b' t="d"', b' s="99"', b"-700000"),
)


@st.composite
def draw_damage(draw: st.DrawFn, body: bytes) -> bytes:
    """A file with one to four stretches of bytes replaced."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.sampled_from((0, 0, 1, 5)))
        body = body[:at] + draw(st.sampled_from(SIGNS) | st.binary(max_size=2)) + body[at + cut :]
    return body


@st.composite
def draw_workbook(draw: st.DrawFn) -> bytes:
    """A workbook with one of its parts damaged, and checksums that fit."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SHEET)) as sound, zipfile.ZipFile(sink, "w") as made:
        names = sound.namelist()
        damaged = draw(st.sampled_from(names))
        for name in names:
            part = sound.read(name)
            made.writestr(name, draw(draw_damage(part)) if name == damaged else part)
    return sink.getvalue()


def read_or_refuse(body: bytes, folders: pytest.TempPathFactory) -> None:
    folder = folders.mktemp("bytes")
    told = ""
    try:
        read_bytes(body, folder, EVERY_KIND)
    except FileRefusedError as error:
        told = str(error)
    assert ("Remedy:" in told) == (not list(folder.iterdir()))


@settings(max_examples=80)
@given(body=st.one_of(draw_damage(CSV), draw_damage(JSON_LINES), draw_damage(gzip.compress(CSV))))
def test_whatever_the_bytes_of_a_text_they_are_read_or_refused(
    body: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read_or_refuse(body, tmp_path_factory)
    read_or_refuse(gzip.compress(body), tmp_path_factory)


@settings(max_examples=10)
@given(body=draw_workbook())
def test_whatever_the_parts_of_a_workbook_they_are_read_or_refused(
    body: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read_or_refuse(body, tmp_path_factory)


def make_wide(*identifiers: str) -> Recipe:
    wide = Wide(name="wide", identifiers=identifiers, name_column="kind", value_column="x")
    return make_recipe(
        text("kind"), text("name", nullable=True, required=False), source=Source(layouts=(wide,))
    )


def test_a_wide_table_that_repeats_a_long_text_without_end_is_refused(tmp_path: Path) -> None:
    """A row of a megabyte was 8 GB of long rows."""
    recipe = make_wide("target", "name")
    names = b",".join(b"c%d" % number for number in range(9_000))

    def write(size: int) -> bytes:
        return b"target,name," + names + b"\n1," + b"y" * size + b",1" * 9_000 + b"\n"

    with pytest.raises(FileRefusedError, match="wide table with long texts"):
        read_bytes(write(900_000), tmp_path, recipe)
    assert read_bytes(write(90), tmp_path, recipe).read.rows_accepted == 9_000


def test_a_wide_table_of_wrong_widths_takes_no_longer_than_others(tmp_path: Path) -> None:
    """Each such row copied all others: of tens of thousands, an hour."""
    body = b"target,a,b\n1,2,3\n" + b"1\n1,2,3,4\n" * 10_000
    outcome = read_bytes(body, tmp_path, make_wide("target"))
    assert (outcome.lines, len(outcome.bad_lines)) == ([2, 2], 20_000)
    assert outcome.bad_lines == list(range(3, 20_003))
    assert set(outcome.reasons) == {
        "too few fields: 1, the header has 3",
        "too many fields: 4, the header has 3",
    }
