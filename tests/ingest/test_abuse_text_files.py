"""Text made to take all the memory or the time, or to write where it must not."""

import gzip
import io
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest import (
    Quarantine,
    QuarantinedRow,
    Reason,
    defuse,
    fingerprint_file,
    limits,
    list_columns,
    write_report,
)
from dropcast.ingest.delimited import split_blocks
from tests.ingest.files import PLAIN, read_bytes

HEAD = b"x,target\n"


def refuse(body: bytes, folder: Path) -> str:
    with pytest.raises(FileRefusedError) as caught:
        read_bytes(body, folder)
    assert not list(folder.iterdir())
    return str(caught.value)


@cache
def make_zeros(mib: int) -> bytes:
    """Return a gzip of so many MiB of nothing, a thousandth of its content."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    chunk = bytes(limits.MIB)
    return b"".join([*(packer.compress(chunk) for _ in range(mib)), packer.flush()])


def test_a_gzip_that_is_a_thousand_times_its_size_is_refused_early() -> None:
    whole = make_zeros(280)
    stream = io.BytesIO(whole)
    with pytest.raises(FileRefusedError, match="at most 200 times its size") as caught:
        fingerprint_file(lambda: stream)
    assert "257 MiB" in str(caught.value)


def test_the_members_of_a_gzip_count_together() -> None:
    member = make_zeros(20)
    with pytest.raises(FileRefusedError, match="at most 200 times its size"):
        fingerprint_file(lambda: io.BytesIO(member * 20))


def test_a_gzip_inside_a_gzip_is_refused_unopened(tmp_path: Path) -> None:
    assert "inside a gzip" in refuse(gzip.compress(make_zeros(1)), tmp_path)


def test_a_small_file_may_repeat_itself_as_it_likes(tmp_path: Path) -> None:
    rows = 200_000
    body = gzip.compress(HEAD + b"1,1\n" * rows)
    assert len(HEAD + b"1,1\n" * rows) > limits.EXPANSION_TIMES * len(body)
    assert read_bytes(body, tmp_path).read.rows_accepted == rows


class Endless(io.RawIOBase):
    """A file that goes on and on, without the time that it takes to read one."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size) if size > 2 else b"xx"


def test_reading_stops_where_a_file_is_too_large() -> None:
    most = 3 * limits.MIB
    with pytest.raises(FileRefusedError, match="at most 3 MiB as it is dropped"):
        fingerprint_file(lambda: cast("BinaryIO", Endless()), most_bytes=most)
    with pytest.raises(FileRefusedError, match="at most 3 MiB once decompressed"):
        fingerprint_file(lambda: io.BytesIO(make_zeros(4)), most_bytes=most)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_header_of_too_many_names_is_refused_before_they_are_looked_at(
    sign: str, tmp_path: Path
) -> None:
    names = sign.join(f"c{number}" for number in range(100_000))
    told = refuse(f"x{sign}{names}{sign}target\n".encode(), tmp_path)
    assert f"at most {limits.MOST_COLUMNS:,}" in told
    assert "100,002" in told


def test_the_widest_header_is_read(tmp_path: Path) -> None:
    more = limits.MOST_COLUMNS - 2
    body = b"x,target" + b",c" * more + b"\n1,1" + b"," * more + b"\n"
    outcome = read_bytes(body, tmp_path)
    assert outcome.read.rows_accepted == 1
    assert list_columns(outcome.read.facts.ignored_columns).endswith("and 16,342 more")


def test_short_records_come_a_bounded_number_at_a_time() -> None:
    text = b"a\n" * 100_000 + b'"b"c\n' * 100_000 + b"\0\n" * 50_000
    blocks = list(
        split_blocks(
            iter([text]), delimiter=b",", first_line=1, block_bytes=2**21, record_bytes=2**20
        )
    )
    assert max(len(b.starts) + len(b.damaged) for b in blocks) <= limits.BLOCK_RECORDS
    assert sum(len(b.starts) for b in blocks) == 100_000
    assert sum(len(b.damaged) for b in blocks) == 150_000
    assert blocks[-1].next_line == 250_001


@given(
    st.lists(st.sampled_from(["1,1", "2", '"a"b,1', "", '"1\n2",1', "\0"]), max_size=30),
    st.integers(1, 4),
    st.integers(4, 40),
)
def test_records_are_the_same_however_few_a_block_may_have(
    rows: list[str], most: int, block_bytes: int
) -> None:
    text = "\n".join(rows).encode()

    def read(block_records: int) -> Iterator[tuple[int, str, bool]]:
        for block in split_blocks(
            iter([text]),
            delimiter=b",",
            first_line=1,
            block_bytes=block_bytes,
            record_bytes=1_000,
            block_records=block_records,
        ):
            assert len(block.starts) + len(block.damaged) <= block_records
            for index, line in enumerate(block.lines.tolist()):
                yield line, block.cut_record(index).decode(), True
            yield from ((d.line, d.text, False) for d in block.damaged)

    assert sorted(read(most)) == sorted(read(1_000_000))


def test_objects_without_end_are_read_a_bounded_number_at_a_time(tmp_path: Path) -> None:
    body = b'{"x": 1, "target": 1}\n' + b"{}\n" * 70_000 + b'{"x": 2, "target": 0}'
    outcome = read_bytes(body, tmp_path)
    assert outcome.lines == [1, 70_002]
    assert outcome.bad_lines == list(range(2, 70_002))


def test_a_file_whose_rows_are_nearly_all_bad_is_refused_with_the_reasons(tmp_path: Path) -> None:
    quarantine = Quarantine(path=tmp_path / "q.csv", most_rows=3)
    reason = Reason(rule="x: not a number", sentence="x: 'a' is not a number")
    rows = [QuarantinedRow(line=n, text="a,1", reasons=(reason,)) for n in range(2, 9)]
    with pytest.raises(FileRefusedError, match="at most 3 rows to set aside") as caught:
        quarantine.add(rows)
    quarantine.close()
    assert "4  x: not a number (lines 2, 3, 4, 5)" in str(caught.value)
    narrow = Quarantine(path=tmp_path / "r.csv", most_bytes=100)
    with pytest.raises(FileRefusedError, match="Too many rows"):
        narrow.add(rows)
    narrow.close()


@pytest.mark.parametrize("sign", ["a", '"', "\U0001f600", "\ufffd"])
def test_the_rows_that_are_set_aside_are_counted_by_the_bytes_on_the_disk(
    sign: str, tmp_path: Path
) -> None:
    quarantine = Quarantine(path=tmp_path / "q.csv", most_bytes=10_000)
    reason = Reason(rule="x: not a number", sentence="x: '\u00e9' is not a number")
    rows = [QuarantinedRow(line=2, text=sign * 1_000, reasons=(reason,))] * 10
    with pytest.raises(FileRefusedError, match="Too many rows"):
        quarantine.add(rows)
    quarantine.close()
    assert quarantine.size_bytes == (tmp_path / "q.csv").stat().st_size < 15_000


def test_a_name_with_a_lone_surrogate_is_told_and_loses_nothing(tmp_path: Path) -> None:
    body = b'{"x": 1, "target": 1, "\\ud800": 1, "a\\nState: success": 2}\n'
    outcome = read_bytes(body, tmp_path)
    assert outcome.read.facts.ignored_columns == ("\\ud800", "a State: success")
    assert "\\ud800" in refuse(b'{"\\ud800": 1}\n', tmp_path / "none")


def test_a_name_without_end_is_kept_short(tmp_path: Path) -> None:
    names = b", ".join(b'"%d%s": 1' % (n, b"y" * 10_000) for n in range(50))
    outcome = read_bytes(b'{"x": 1, "target": 1, ' + names + b"}\n", tmp_path)
    assert max(map(len, outcome.read.facts.ignored_columns)) <= 40


def test_a_key_writes_no_line_of_its_own_into_the_report() -> None:
    report = write_report(
        [("File", "raw/things/a\nState:            success\x1b[2J\u202e.csv")],
        message="refused",
        missing_cells=0,
        notes=["sheet 'a\rb' was not read"],
        reason_counts={},
        refused="quarantined",
    )
    first, *_, note = report.rstrip("\n").split("\n")
    assert first.startswith("File:")
    assert first.endswith("success\\x1b[2J\\u202e.csv")
    assert note == "  sheet 'a\\rb' was not read"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1"],
)
def test_a_text_that_begins_as_a_formula_does_is_defused(text: str) -> None:
    assert defuse(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1.5", "+3", "-1e-9", "1+1", "a=1", "", "'=1"])
def test_a_number_and_any_other_text_is_left_as_it_is(text: str) -> None:
    assert defuse(text) == text


def test_a_line_of_a_hundred_megabytes_is_a_row_that_is_too_long(tmp_path: Path) -> None:
    outcome = read_bytes(HEAD + b"1,1\n" + b"y" * 100_000_000 + b"\n2,0\n", tmp_path)
    assert outcome.lines == [2, 4]
    assert outcome.reasons == ["the record is longer than 1,048,576 bytes"]
    whole = b'{"x": 1, "target": 1}\n{"x": "' + b"y" * 100_000_000 + b'"}\n'
    assert read_bytes(whole, tmp_path).reasons == ["the record is longer than 1,048,576 bytes"]
    assert "no header line" in refuse(b"y" * 100_000_000, tmp_path / "none")


@pytest.mark.parametrize(
    ("body", "steps"),
    [
        (b'{"x": 1, "target": 1}\n' * 40, 40),
        (HEAD.replace(b"\n", b",z\n") + b'1,1,a"b\n' * 40, 40),
        # The number is in doubt, for its sign; each column is judged.
        (HEAD + "－1,1\n".encode() + b"1,1\n" * 40, len(PLAIN.columns)),
    ],
)
def test_a_file_that_takes_too_long_is_refused_by_what_it_is(
    body: bytes, steps: int, tmp_path: Path
) -> None:
    assert read_bytes(body, tmp_path / "a", most_steps=steps).read.rows_accepted == 40
    with pytest.raises(FileRefusedError, match=f"at most {steps - 1:,} records and fields"):
        read_bytes(body, tmp_path / "b", most_steps=steps - 1)
    assert not list((tmp_path / "b").iterdir())
