"""Writes the generated sample of ``spotify_events``: no real artist, track or listener is in it.

One JSON object a line, as a stream leaves them: some delivered twice, some late, a whole number as
``55.0`` or ``"55"``, fields that not every event has, no country for worldwide, and a few events
that no check should let through. A track's popularity wanders slowly around its artist's, so what
was heard before predicts the level; new tracks appear to the end.

``python -m tests.samples.spotify_events.generate`` writes the file again, byte for byte.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.samples.invented import clip, invent_name, invent_title

SAMPLE = Path(__file__).with_name("generated_sample.jsonl")
SEED = 20260103
EVENTS = 1_700
DAYS = 60
FIRST_SECOND = 1_704_067_200  # 2024-01-01T00:00:00Z
DAY_SECONDS = 86_400
ARTISTS = 45
TRACKS = 170
COUNTRIES = ("CO", "ES", "MX", "US", "AR", "CL", "PE", None)
EVENT_TYPES = ("new_release", "recommendation", "recommendation", "search_result")
LATE = frozenset({200, 640, 1_111})
REPEATED = frozenset({90, 91, 500, 1_300})

# Number of an event -> what stands there instead; an absent field is named in ABSENT.
ODD: dict[int, dict[str, object]] = {
    77: {"popularity": 55.0},
    78: {"popularity": "55"},
    410: {"artist": None},
}
BAD: dict[int, dict[str, object]] = {
    150: {"popularity": None},
    450: {"popularity": 140},
    750: {"event_type": "skip"},
    1_050: {"timestamp": "yesterday"},
    1_350: {"track_id": "", "popularity": -1},
}
ABSENT: dict[int, str] = {333: "artist", 600: "popularity"}


@dataclass(frozen=True, kw_only=True)
class Track:
    """A track that is met from ``first_day`` on; its popularity that day, and how it moves."""

    track_id: str
    name: str
    artist: str
    album: str
    first_day: int
    popularity: float
    daily_change: float
    weight: float


def generate_tracks(chance: random.Random) -> list[Track]:
    artists = [
        (f"{invent_name(chance)} {i}", chance.choice((22.0, 55.0, 82.0))) for i in range(ARTISTS)
    ]
    tracks = []
    for number in range(TRACKS):
        artist, level = chance.choice(artists)
        tracks.append(
            Track(
                track_id=f"generated{number:013d}",
                name=f"{invent_title(chance)} No. {number}",
                artist=artist,
                album=invent_title(chance),
                first_day=0 if number < TRACKS * 3 // 4 else chance.randrange(DAYS - 1),
                popularity=clip(chance.gauss(level, 9), 1, 99),
                daily_change=chance.gauss(0, 0.15),
                weight=0.2 + chance.expovariate(1),
            )
        )
    return tracks


def generate_event(chance: random.Random, tracks: list[Track], second: int) -> dict[str, object]:
    """Return one made-up event of that second."""
    day = (second - FIRST_SECOND) // DAY_SECONDS
    known = [track for track in tracks if track.first_day <= day]
    track = chance.choices(known, weights=[track.weight for track in known])[0]
    popularity = track.popularity + track.daily_change * (day - track.first_day)
    event: dict[str, object] = {
        "track_id": track.track_id,
        "track_name": track.name,
        "artist": track.artist,
        "album": track.album,
        "popularity": round(clip(popularity + chance.gauss(0, 2), 0, 100)),
        "event_type": chance.choice(EVENT_TYPES),
        "country": chance.choice(COUNTRIES),
        "timestamp": second,
    }
    if event["event_type"] == "search_result":
        event["query"] = track.name.split()[-3].lower()
    if chance.random() < 0.3:
        event["user_id"] = f"generated-listener-{chance.randrange(60)}"
    return event


def generate_events() -> Iterator[dict[str, object]]:
    """Yield the file's events in the order in which they were delivered."""
    chance = random.Random(SEED)
    tracks = generate_tracks(chance)
    seconds = sorted(chance.randrange(DAYS * DAY_SECONDS) for _ in range(EVENTS))
    for number, second in enumerate(seconds):
        late = 3 * DAY_SECONDS if number in LATE else 0
        event = generate_event(chance, tracks, FIRST_SECOND + max(0, second - late))
        event |= ODD.get(number, {}) | BAD.get(number, {})
        event.pop(ABSENT.get(number, ""), None)
        yield event
        if number in REPEATED:
            yield event


def render_sample() -> str:
    """Return the whole file as text; its last line is cut short, as a broken stream leaves it."""
    lines = [json.dumps(event, separators=(",", ":")) for event in generate_events()]
    return "\n".join(lines) + '\n{"track_id":"generated'


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\n")
