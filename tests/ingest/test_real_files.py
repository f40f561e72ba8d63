"""Real files, as they came."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.recipe import boolean, timestamp
from dropcast.recipes import find_recipe
from tests.ingest.files import PLAIN, read_bytes
from tests.real_data import real_data

SONGS = find_recipe("spotify_preference")


def test_a_real_export_of_songs_is_accepted_whole(tmp_path: Path) -> None:
    body = real_data("spotify_preference/song_attributes.csv").read_bytes()
    outcome = read_bytes(body, tmp_path, SONGS)
    assert (outcome.read.rows_accepted, outcome.read.rows_quarantined) == (2017, 0)
    assert outcome.rows[0]["song_title"] == "Mask Off"
    assert outcome.rows[0]["time_signature"] == 4
    assert outcome.lines == list(range(2, 2019))


def test_the_same_file_makes_the_same_bytes(tmp_path: Path) -> None:
    body = real_data("spotify_preference/song_attributes.csv").read_bytes()
    for folder in ("first", "second"):
        read_bytes(body, tmp_path / folder, SONGS)
    first, second = (tmp_path / f / "clean.parquet" for f in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_songs_of_another_export_are_refused_with_the_nearest_names(tmp_path: Path) -> None:
    body = real_data("messy/latin1_bad_number.csv").read_bytes()
    with pytest.raises(FileRefusedError) as refused:
        read_bytes(body, tmp_path, SONGS)
    report = str(refused.value)
    for name in ("danceability", "danceability_%", "target", "loudness"):
        assert name in report


def test_a_file_with_each_line_quoted_once_more_is_refused(tmp_path: Path) -> None:
    body = real_data("messy/every_row_quoted.csv").read_bytes()
    with pytest.raises(FileRefusedError, match="quot"):
        read_bytes(body, tmp_path, SONGS)


def test_a_truncated_export_loses_its_last_line_only(tmp_path: Path) -> None:
    body = real_data("messy/truncated_bom_excel_damage.csv").read_bytes()
    lines = body.count(b"\n") + 1
    # The recipe needs two columns that this file lacks: give them to every whole line.
    head, rest = body.split(b"\r\n", 1)
    whole, cut = rest.rsplit(b"\r\n", 1)
    widened = [head + b",x,target", *(line + b",1,0" for line in whole.split(b"\r\n")), cut]
    outcome = read_bytes(b"\r\n".join(widened), tmp_path, PLAIN)
    assert outcome.bad_lines == [lines]
    assert outcome.read.rows_accepted == lines - 2


CHICAGO = ZoneInfo("America/Chicago")
# A spreadsheet took the first days of September 2014 for months: they stand as year, day, month.
CRIMES = ("%m/%d/%Y %I:%M:%S %p", "%Y/%d/%m %H:%M:%S", "%Y/%d/%m")


@pytest.mark.parametrize(("declared", "accepted"), [(1, 13_289), (2, 22_249), (3, 22_334)])
def test_several_date_formats_are_read_only_where_the_recipe_declares_them(
    declared: int, accepted: int, tmp_path: Path
) -> None:
    body = real_data("messy/two_date_formats.csv").read_bytes()
    at = timestamp("date", formats=CRIMES[:declared], timezone="America/Chicago")
    columns = (
        replace(PLAIN.columns[0], aliases=("id",), maximum=None),
        at,
        boolean("target", aliases=("arrest",)),
    )
    outcome = read_bytes(body, tmp_path, replace(PLAIN, columns=columns))
    assert outcome.read.rows_accepted + outcome.read.rows_quarantined == 22_334
    assert outcome.read.rows_accepted == accepted
    assert set(outcome.read.facts.reason_counts) <= {"date: not a time"}
    assert {row["date"].astimezone(CHICAGO).month for row in outcome.rows} == {9}
