import csv
from pathlib import Path

import pytest

from tests.ingest.files import PLAIN, read_bytes


def test_a_file_without_a_bad_row_leaves_no_quarantine(tmp_path: Path) -> None:
    outcome = read_bytes(b"x,target\n1,0\n", tmp_path)
    assert (outcome.read.rows_quarantined, outcome.read.facts.reason_counts) == (0, {})
    assert [path.name for path in tmp_path.iterdir()] == ["clean.parquet"]


def test_the_quarantine_keeps_the_rows_text_as_it_was(tmp_path: Path) -> None:
    text = '11,0,"é, ""q""\r\nnext; line"'
    outcome = read_bytes(f"x,target,name\n1,0,a\n{text}\r\n".encode(), tmp_path)
    assert outcome.quarantined == [
        {"line_number": "3", "reasons": "x: 11 is above the maximum 10", "text": text}
    ]
    assert (
        (tmp_path / "quarantine.csv").read_bytes().startswith(b'"line_number","reasons","text"\n')
    )


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_text_that_a_spreadsheet_would_run_is_defused(sign: str, tmp_path: Path) -> None:
    row = f"{sign}cmd|' /C calc'!A0,0"
    outcome = read_bytes(f"x,target\n1,0\n{row}\n".encode(), tmp_path)
    assert outcome.quarantined[0]["text"] == f"'{row}"


def test_a_tab_in_front_is_defused_and_a_plain_text_is_left_alone(tmp_path: Path) -> None:
    outcome = read_bytes(b"x,target\n1,0\n\t=1,0\n=1\n'a,0\n", tmp_path)
    assert [row["text"] for row in outcome.quarantined] == ["'\t=1,0", "'=1", "'a,0"]


def test_rows_of_all_kinds_of_damage_stand_in_line_order(tmp_path: Path) -> None:
    body = (
        b'x,target,name\n11,0,a\n1,0\n1,0,"b"c\n1,0,\0\n1,0,ok\n' + b"1,0,ok\n" * 99 + b"12,0,d\n"
    )
    outcome = read_bytes(body, tmp_path)
    assert outcome.bad_lines == [2, 3, 4, 5, 106]
    assert list(outcome.read.facts.reason_counts.items()) == [
        ("x: above the maximum 10", 2),
        ("NUL character", 1),
        ("text after a closing quote", 1),
        ("too few fields", 1),
    ]


def test_a_cut_text_is_still_utf8(tmp_path: Path) -> None:
    body = b"x,target,name\n1,0,a\n1,0," + "é".encode() * 100 + b"\n"
    outcome = read_bytes(body, tmp_path, PLAIN, record_bytes=51)
    assert outcome.quarantined[0]["text"] == "1,0," + "é" * 23 + "\ufffd"
    with (tmp_path / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.reader(stream))) == 2
