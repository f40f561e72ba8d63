import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from tests.ingest.files import EVERY_KIND, read_bytes
from tests.ingest.reference import read_naively

CELLS: dict[str, tuple[list[str], list[str]]] = {
    "x": (
        ["1", "2.5", "+3", "-0", "1e0", " 4 ", "0010", "9.9", "1.", ".5", "1E-400", "\t7"],
        ["10.01", "-1", "loud", "nan", "inf", "-Infinity", "1e999", "0x1", "1_0", "١", "", "NA"],
    ),
    "n": (
        ["4", "4.0", "-5", "+7", "", " NA ", "1e3", "9007199254740993", "123456789012345678", "-0"],
        ["4.5", "-6", "1e30", "9223372036854775808", "0x1F", "1,5", "four", "9007199254740993.5"],
    ),
    "flag": (["true", "NO", "1.0", "0", "", "yeſ", " Yes"], ["maybe", "2", "1.00"]),
    "name": (["", "song", " padded ", 'a "b" c', "x,y;z", "two\nlines", "ü", "=1+1", "\r"], []),
    "kind": (["a", "b c", " a"], ["A", "", "c" * 70, "'"]),
    "at": (
        ["2020-03-08 02:30:00", "2020-11-01 01:30:00", "11/01/2020 01:30 AM", "1600000000.5", ""],
        ["2020-02-30 00:00:00", "2020-01-01 00:00:60", "13/01/2020 1:00 AM", "noon", "1e20"],
    ),
    "target": (["0", "1", "1.0", "0.0"], ["2", "", "yes", "0.5"]),
}
DIRT = [
    '"',
    'a"b,c',
    '"open',
    'x" y"',
    '1,"a"b,2',
    ",,,,,,",
    " ",
    "1",
    "\0,1",
    '""',
    "a,b,c,d,e,f,g,h",
]


@st.composite
def draw_cell(draw: st.DrawFn, column: str, delimiter: str) -> str:
    good, bad = CELLS[column]
    text = draw(st.sampled_from(bad if bad and draw(st.integers(0, 19)) == 0 else good))
    if any(sign in text for sign in '"\r\n' + delimiter) or draw(st.integers(0, 5)) == 0:
        return '"' + text.replace('"', '""') + '"' + draw(st.sampled_from(["", "", " "]))
    return text


@st.composite
def draw_file(draw: st.DrawFn) -> tuple[bytes, str]:
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    ends = st.sampled_from(draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]])))
    text = delimiter.join(CELLS) + draw(ends)
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.integers(0, 19))
        if kind == 0:
            text += draw(st.sampled_from(DIRT)).replace(",", delimiter)
        elif kind > 1:
            text += delimiter.join(draw(draw_cell(column, delimiter)) for column in CELLS)
        text += draw(ends)
    return text[: len(text) - draw(st.integers(0, 12))].encode(errors="replace"), delimiter


@given(
    file=draw_file(),
    block_bytes=st.integers(1, 400) | st.just(2**20),
    record_bytes=st.integers(60, 300) | st.just(2**20),
)
@example(file=(b"x,n,flag,name,kind,at,target\n", ","), block_bytes=7, record_bytes=60)
@settings(max_examples=120)
def test_every_row_is_what_a_naive_reader_says_whatever_the_blocks(
    file: tuple[bytes, str], block_bytes: int, record_bytes: int
) -> None:
    body, delimiter = file
    expected = read_naively(body, EVERY_KIND, delimiter, record_bytes)
    with tempfile.TemporaryDirectory() as folder:
        if not expected.rows:
            with pytest.raises(FileRefusedError):
                read_bytes(
                    body,
                    Path(folder),
                    EVERY_KIND,
                    block_bytes=block_bytes,
                    record_bytes=record_bytes,
                )
            return
        outcome = read_bytes(
            body, Path(folder), EVERY_KIND, block_bytes=block_bytes, record_bytes=record_bytes
        )
    assert outcome.rows == expected.rows
    assert dict(zip(outcome.bad_lines, outcome.reasons, strict=True)) == expected.bad
    assert outcome.read.lines_read == expected.lines
