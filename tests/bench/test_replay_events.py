"""Real charts are replayed as events in the order of time."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bench.replay_events import replay_events, write_replay
from tests.real_data import real_data

NOON = 1_704_110_400  # 2024-01-01T12:00:00Z
DAY = 86_400

# Two snapshots of the worldwide chart, one of Peru's; the newest day is first.
CHARTS = """\
spotify_id,daily_rank,country,popularity,energy
new-first,1,,90,0.5
new-second,2,,39,0.5
peru,1,PE,70,0.5
old-first,1,,88,0.5
old-second,2,,41,0.5
"""


def write_charts(folder: Path, text: str = CHARTS) -> Path:
    path = folder / "charts.csv"
    path.write_text(text)
    return path


def test_the_oldest_snapshot_is_replayed_first_and_ranks_are_seconds(tmp_path: Path) -> None:
    events = list(replay_events(write_charts(tmp_path)))
    assert [(e["track_id"], e["timestamp"]) for e in events] == [
        ("old-first", NOON + 1),
        ("old-second", NOON + 2),
        ("new-first", NOON + DAY + 1),
        ("peru", NOON + DAY + 1),
        ("new-second", NOON + DAY + 2),
    ]


def test_an_event_says_what_the_chart_says(tmp_path: Path) -> None:
    events = {e["track_id"]: e for e in replay_events(write_charts(tmp_path))}
    assert events["peru"] == {
        "track_id": "peru",
        "popularity": 70,
        "event_type": "recommendation",
        "country": "PE",
        "timestamp": NOON + DAY + 1,
    }
    assert events["new-first"]["country"] is None


def test_a_snapshot_ends_where_any_country_comes_back(tmp_path: Path) -> None:
    text = "spotify_id,daily_rank,country,popularity\na,1,PE,1\nb,1,,2\nc,1,,3\nd,1,PE,4\n"
    days = {
        e["track_id"]: (int(str(e["timestamp"])) - NOON) // DAY
        for e in replay_events(write_charts(tmp_path, text))
    }
    assert days == {"a": 1, "b": 1, "c": 1, "d": 0}


def test_the_replay_is_written_as_one_object_a_line(tmp_path: Path) -> None:
    charts, jsonl = write_charts(tmp_path), tmp_path / "events.jsonl"
    assert write_replay(charts, jsonl) == 5
    lines = jsonl.read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(replay_events(charts))


def test_charts_without_rows_make_an_empty_replay(tmp_path: Path) -> None:
    charts, jsonl = write_charts(tmp_path, CHARTS.splitlines()[0]), tmp_path / "events.jsonl"
    assert write_replay(charts, jsonl) == 0
    assert jsonl.read_bytes() == b""


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    charts = write_charts(tmp_path, "spotify_id,daily_rank\na,1\n")
    with pytest.raises(ValueError, match="no column country, popularity"):
        list(replay_events(charts))


@pytest.mark.parametrize("popularity", ["", "high", "-1", "4.5"])
def test_a_popularity_that_is_no_whole_number_is_refused(tmp_path: Path, popularity: str) -> None:
    text = f"spotify_id,daily_rank,country,popularity\na,1,PE,{popularity}\n"
    with pytest.raises(ValueError, match="line 2: popularity is"):
        list(replay_events(write_charts(tmp_path, text)))


def test_the_real_charts_are_six_days_of_which_the_oldest_is_cut() -> None:
    events = list(replay_events(real_data("spotify_events/country_charts.csv")))
    seconds = [int(str(e["timestamp"])) for e in events]
    assert seconds == sorted(seconds)
    days = Counter((second - NOON) // DAY for second in seconds)
    assert days == {0: 1749, 1: 3650, 2: 3650, 3: 3650, 4: 3650, 5: 3650}
    assert sum(e["country"] is None for e in events) == 300
    assert len({e["country"] for e in events}) == 73
