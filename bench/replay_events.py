"""Real chart rows replayed as listening events, in the order of time.

``python -m bench.replay_events country_charts.csv events.jsonl`` writes them as JSON Lines.
"""

import csv
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

Event = dict[str, str | int | None]

FIRST_DAY = datetime(2024, 1, 1, 12, tzinfo=UTC)
EVENT_TYPE = "recommendation"
COLUMNS = ("spotify_id", "daily_rank", "country", "popularity")


def replay_events(charts: Path) -> Iterator[Event]:
    """Yield one event of ``spotify_events`` for each chart row, the oldest first.

    The file holds daily snapshots of country charts, the newest first; a country that comes back
    begins an older one. Track, popularity and country stand as they are in the file (no country:
    the worldwide chart). Nothing is drawn at random or made up for a track: a chart has no
    searches and no releases, so every event is a ``recommendation``, and it has no dates, so the
    oldest snapshot is taken to be of 2024-01-01 and each next one of the day after. An event's
    ``timestamp``, in epoch seconds, is its day's 12:00 UTC plus its rank in seconds.

    Raises ``ValueError`` for a file without the columns, or whose rank or popularity is no whole
    number.
    """
    rows = list(_read_rows(charts))
    newest = max((snapshot for snapshot, _ in rows), default=0)
    events = [_make_event(newest - snapshot, row) for snapshot, row in rows]
    # A sort keeps the file's order among events of one second.
    yield from (event for _, event in sorted(events, key=lambda timed: timed[0]))


def write_replay(charts: Path, jsonl: Path) -> int:
    """Write the events to ``jsonl``, one JSON object a line; return how many there are."""
    events = list(replay_events(charts))
    with jsonl.open("w", encoding="utf-8", newline="\n") as stream:
        for event in events:
            stream.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
    return len(events)


def _read_rows(charts: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the number of its snapshot: 0 is the file's first, the newest."""
    with charts.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if absent:
            raise ValueError(
                f"{charts}: no column {', '.join(absent)}; replay a file of country charts, "
                f"with the columns {', '.join(COLUMNS)}"
            )
        snapshot, current = 0, None
        seen: set[str] = set()
        for row in reader:
            country = row["country"]
            if country != current:
                if country in seen:
                    snapshot, seen = snapshot + 1, set()
                seen.add(country)
                current = country
            for name in ("daily_rank", "popularity"):
                if not (row[name] or "").isdecimal():
                    raise ValueError(
                        f"{charts}, line {reader.line_num}: {name} is {row[name]!r}, not a whole "
                        f"number; correct the line or leave it out"
                    )
            yield snapshot, row


def _make_event(day: int, row: dict[str, str]) -> tuple[int, Event]:
    moment = FIRST_DAY + timedelta(days=day, seconds=int(row["daily_rank"]))
    seconds = int(moment.timestamp())
    return seconds, {
        "track_id": row["spotify_id"],
        "popularity": int(row["popularity"]),
        "event_type": EVENT_TYPE,
        "country": row["country"] or None,
        "timestamp": seconds,
    }


if __name__ == "__main__":
    write_replay(Path(sys.argv[1]), Path(sys.argv[2]))
