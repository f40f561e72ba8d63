"""Write the generated sample of ``spotify_preference``: no real song is in it.

The columns, ranges and dirt are those of a real export: an unnamed index first, a few equal rows
and a few bad ones. A listener is made up who likes danceable, wordy, moderately loud songs.

``python -m tests.samples.spotify_preference.generate`` writes the file again, byte for byte.
"""

import csv
import io
import math
import random
from collections.abc import Iterator
from pathlib import Path

SAMPLE = Path(__file__).with_name("generated_sample.csv")
ROWS = 700
SEED = 20260101
HEADER = (
    "",
    "acousticness",
    "danceability",
    "duration_ms",
    "energy",
    "instrumentalness",
    "key",
    "liveness",
    "loudness",
    "mode",
    "speechiness",
    "tempo",
    "time_signature",
    "valence",
    "target",
    "song_title",
    "artist",
)

# Line of the file -> what is wrong with it there (column, text).
DIRT: dict[int, tuple[tuple[str, str], ...]] = {
    40: (("tempo", "fast"),),
    111: (("danceability", "1.7"), ("loudness", "loud")),
    222: (("energy", ""),),
    333: (("key", "4.5"),),
    444: (("target", "2"),),
}
REPEATED_LINES = (60, 61, 300)


def generate_song(chance: random.Random) -> dict[str, object]:
    """Return one made-up song with the listener's verdict."""
    danceability = min(0.98, max(0.1, chance.gauss(0.62, 0.16)))
    energy = min(0.99, max(0.02, chance.gauss(0.68, 0.2)))
    speechiness = min(0.8, 0.03 + chance.expovariate(14))
    acousticness = min(0.99, chance.expovariate(5))
    instrumentalness = min(0.97, chance.expovariate(8)) if chance.random() < 0.4 else 0.0
    loudness = -4 - 12 * (1 - energy) + chance.gauss(0, 1.5)
    taste = (
        6 * (danceability - 0.62)
        + 14 * (speechiness - 0.1)
        - 3 * abs(energy - 0.65)
        + 4 * (instrumentalness - 0.05)
        - 1.5 * acousticness
        + 1.1
    )
    liked = chance.random() < 1 / (1 + math.exp(-2 * taste))
    return {
        "acousticness": round(acousticness, 4),
        "danceability": round(danceability, 3),
        "duration_ms": int(min(600_000, max(60_000, chance.gauss(240_000, 60_000)))),
        "energy": round(energy, 3),
        "instrumentalness": round(instrumentalness, 5),
        "key": chance.randrange(12),
        "liveness": round(min(0.97, 0.03 + chance.expovariate(6)), 3),
        "loudness": round(min(0.0, max(-33.0, loudness)), 3),
        "mode": int(chance.random() < 0.6),
        "speechiness": round(speechiness, 4),
        "tempo": round(min(219.0, max(48.0, chance.gauss(121, 26))), 3),
        "time_signature": float(chance.choice((4, 4, 4, 4, 3))),
        "valence": round(min(0.99, max(0.03, chance.gauss(0.5, 0.24))), 3),
        "target": int(liked),
    }


def generate_rows() -> Iterator[list[object]]:
    """Yield the file's rows below the header."""
    chance = random.Random(SEED)
    songs = [generate_song(chance) for _ in range(ROWS)]
    for index, song in enumerate(songs):
        song["song_title"] = f"Generated song {index}"
        song["artist"] = f"Generated artist {index % 180}"
        line = index + 2
        for column, text in DIRT.get(line, ()):
            song[column] = text
        yield [index, *(song[name] for name in HEADER[1:])]
    for repeat, line in enumerate(REPEATED_LINES):
        song = songs[line - 2]
        yield [ROWS + repeat, *(song[name] for name in HEADER[1:])]


def render_sample() -> str:
    """Return the whole file as text; its last row is cut short, as a broken export leaves it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(generate_rows())
    return buffer.getvalue() + f"{ROWS + len(REPEATED_LINES)},0.1,0.5\n"


if __name__ == "__main__":
    SAMPLE.write_text(render_sample())
