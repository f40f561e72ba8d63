from pathlib import Path
from time import process_time

import pytest

from dropcast.ingest.delimited import scan_records
from tests.ingest.files import read_bytes

HEAD = b"x,target,name\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("block_bytes", [1, 3, 2**20])
def test_each_kind_of_line_break_ends_a_record(
    end: bytes, block_bytes: int, tmp_path: Path
) -> None:
    body = end.join([b"x,target,name", b"1,0,a", b"", b"2,1,b", b'3,0,"c' + end + b'd"', b"4,1,e"])
    outcome = read_bytes(body, tmp_path, block_bytes=block_bytes)
    assert [(r["_line_number"], r["x"], r["name"]) for r in outcome.rows] == [
        (2, 1.0, "a"),
        (4, 2.0, "b"),
        (5, 3.0, f"c{end.decode()}d"),
        (7, 4.0, "e"),
    ]
    assert outcome.read.lines_read == 7


def test_quotes_hold_delimiters_line_breaks_and_doubled_quotes(tmp_path: Path) -> None:
    body = HEAD + b'1,0,"a, ""b""\r\n,c"\n"2","1",""\n3,0,5" disk\n4,1,"d" \n'
    outcome = read_bytes(body, tmp_path)
    assert [r["name"] for r in outcome.rows] == ['a, "b"\r\n,c', None, '5" disk', "d"]
    assert outcome.lines == [2, 4, 5, 6]


def test_rows_of_another_width_are_quarantined_with_both_widths(tmp_path: Path) -> None:
    outcome = read_bytes(HEAD + b"1,0,a\n2,1\n3,1,b,c\n4,0,d\n", tmp_path)
    assert outcome.lines == [2, 5]
    assert outcome.quarantined == [
        {
            "line_number": "3",
            "reasons": "too few fields: 2, the header has 3",
            "text": "2,1",
        },
        {
            "line_number": "4",
            "reasons": "too many fields: 4, the header has 3",
            "text": "3,1,b,c",
        },
    ]


def test_a_last_line_cut_inside_quotes_is_quarantined(tmp_path: Path) -> None:
    outcome = read_bytes(HEAD + b'1,0,a\n2,1,"cut of', tmp_path)
    assert outcome.lines == [2]
    assert outcome.reasons == ["a quote is opened and not closed by the end of the file"]
    assert outcome.quarantined[0]["text"] == '2,1,"cut of'
    assert outcome.read.lines_read == 3


@pytest.mark.parametrize("block_bytes", [200, 1000, 2**20])
def test_a_stray_quote_costs_its_line_and_not_the_rest_of_the_file(
    block_bytes: int, tmp_path: Path
) -> None:
    rows = [b"%d,0,name %d\n" % (i % 10, i) for i in range(2000)]
    rows[700] = b'7,0,"open\n'
    outcome = read_bytes(HEAD + b"".join(rows), tmp_path, block_bytes=block_bytes, record_bytes=500)
    assert outcome.bad_lines == [702]
    assert outcome.reasons == ["a quote is opened and not closed by 500 bytes on"]
    assert outcome.read.rows_accepted == 1999


def test_a_stray_quote_before_quoted_rows_does_not_swallow_them(tmp_path: Path) -> None:
    outcome = read_bytes(HEAD + b'1,0,"open\n2,1,"b"\n3,0,"c"\n', tmp_path)
    assert outcome.lines == [3, 4]
    assert outcome.reasons == ["text follows a closing quote; a quote is stray or not doubled"]


@pytest.mark.parametrize("block_bytes", [64, 2**20])
def test_an_endless_line_is_cut_and_the_next_line_is_read(block_bytes: int, tmp_path: Path) -> None:
    body = HEAD + b"1,0," + b"y" * 5000 + b"\r\n2,1,b\n" + b"z" * 3000
    outcome = read_bytes(body, tmp_path, block_bytes=block_bytes, record_bytes=1000)
    assert outcome.lines == [3]
    assert outcome.reasons == ["the record is longer than 1,000 bytes"] * 2
    assert [len(row["text"]) for row in outcome.quarantined] == [1000, 1000]
    assert (outcome.bad_lines, outcome.read.lines_read) == ([2, 4], 4)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("block_bytes", [1, 64, 2**20])
def test_an_endless_last_line_counts_as_a_line_however_it_ends(
    end: bytes, block_bytes: int, tmp_path: Path
) -> None:
    body = HEAD + b"1,0,a\n2,1," + b"y" * 200 + end
    outcome = read_bytes(body, tmp_path, block_bytes=block_bytes, record_bytes=100)
    assert (outcome.lines, outcome.bad_lines, outcome.read.lines_read) == ([2], [3], 3)


def test_the_longest_record_is_taken_and_one_byte_more_is_not(tmp_path: Path) -> None:
    outcome = read_bytes(
        HEAD + b"1,0," + b"y" * 96 + b"\n2,1," + b"y" * 97 + b"\n", tmp_path, record_bytes=100
    )
    assert (outcome.lines, outcome.bad_lines) == ([2], [3])


def test_a_record_with_a_nul_is_quarantined(tmp_path: Path) -> None:
    outcome = read_bytes(HEAD + b"1,0,a\n2,1,\0\n3,0,c\n" + b"4,0,d\n" * 40, tmp_path)
    assert outcome.bad_lines == [3]
    assert outcome.reasons == ["the record holds a NUL character"]
    assert outcome.lines == [2, *range(4, 45)]


def test_blocks_of_many_pieces_keep_lines_where_they_are(tmp_path: Path) -> None:
    """Above 1 MiB Arrow cuts a block into pieces of its own and reads them side by side."""
    rows = [b'%d,1,"line\n%06d, %s"\n' % (i % 10, i, b"y" * 90) for i in range(30_000)]
    rows[20_000] = b"1,2\n"
    rows[29_000] = b"11,1,z\n"
    outcome = read_bytes(HEAD + b"".join(rows), tmp_path)
    assert outcome.bad_lines == [2 + 2 * 20_000, 2 + 2 * 29_000 - 1]
    assert outcome.read.rows_accepted == 29_998
    assert outcome.rows[28_000]["name"].startswith("line\n028001, ")
    assert outcome.lines[28_000] == 2 + 2 * 28_001 - 1


def test_reading_record_by_record_takes_time_in_proportion_to_the_text() -> None:
    """Eight times the text takes about eight times as long, and never its square, 64 times."""

    def measure(rows: int) -> float:
        data = b'1,0,5" disk\n' * rows
        started = process_time()
        scan = scan_records(data, delimiter=b",", first_line=1, record_bytes=2**20, final=True)
        taken = process_time() - started
        assert len(scan.starts) == rows
        return taken

    measure(1000)
    few = min(measure(20_000) for _ in range(3))
    assert measure(160_000) < 24 * few
