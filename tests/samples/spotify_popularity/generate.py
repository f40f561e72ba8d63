"""Write the generated sample of ``spotify_popularity``: no real artist or track is in it.

Columns and dirt are those of real exports: an unnamed index first, whole numbers as floats, several
artists joined by ``;``, commas in titles, a track listed again under another genre, equal rows,
missing cells, many tracks of popularity 0 and a few rows that no check should let through.
Popular is what an artist of some fame puts on a well-known compilation of a liked genre.

``python -m tests.samples.spotify_popularity.generate`` writes the file again, byte for byte.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.samples.invented import clip, invent_name, invent_title, render_csv

SAMPLE = Path(__file__).with_name("generated_sample.csv")
SEED = 20260102
ARTISTS = 420
ROWS = 1_900
HEADER = (
    "",
    "track_id",
    "artists",
    "album_name",
    "track_name",
    "popularity",
    "duration_ms",
    "explicit",
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "time_signature",
    "track_genre",
)
# Genre -> what its tracks' popularity is about, and how energetic they are.
GENRES = {
    "attic-folk": (30.0, 0.30),
    "brick-metal": (38.0, 0.90),
    "cellar-house": (52.0, 0.75),
    "ferry-pop": (58.0, 0.65),
    "harbour-jazz": (34.0, 0.40),
    "tunnel-step": (44.0, 0.80),
}
COMPILATIONS = 5  # of each genre, from one that nobody plays to one that everybody does

# Index of a row -> what stands there instead (column, text).
MISSING: dict[int, tuple[tuple[str, str], ...]] = {
    70: (("track_name", ""),),
    71: (("key", ""), ("mode", "")),
    350: (("time_signature", ""),),
    702: (("explicit", ""),),
    1403: (("tempo", "0.0"), ("time_signature", "0.0")),
}
BAD: dict[int, tuple[tuple[str, str], ...]] = {
    55: (("artists", ""), ("album_name", ""), ("track_name", "")),
    310: (("popularity", ""),),
    620: (("popularity", "101.0"),),
    930: (("danceability", "1.2"), ("energy", "loud")),
    1240: (("duration_ms", "4:05"),),
    1550: (("explicit", "maybe"),),
    1860: (("key", "4.5"),),
}


@dataclass(frozen=True, kw_only=True)
class Artist:
    name: str
    genre: str
    fame: float
    albums: tuple[str, ...]


def generate_artist(chance: random.Random, number: int) -> Artist:
    albums = tuple(invent_title(chance) for _ in range(chance.randint(1, 3)))
    return Artist(
        name=f"{invent_name(chance)} {number}",
        genre=chance.choice(tuple(GENRES)),
        fame=chance.gauss(0, 8),
        albums=tuple(f"{album}, Side {number}" for album in albums),
    )


def generate_track(
    chance: random.Random, artist: Artist, guest: Artist, number: int
) -> dict[str, object]:
    """Return one made-up track, on an album of the artist or on a compilation of the genre."""
    level, genre_energy = GENRES[artist.genre]
    shelf = chance.randrange(COMPILATIONS) if chance.random() < 0.5 else None
    album = chance.choice(artist.albums)
    if shelf is not None:
        album = f"Generated {artist.genre} hits {shelf + 1}"
        level += 10 * (shelf - (COMPILATIONS - 1) / 2)
    energy = clip(chance.gauss(genre_energy, 0.12), 0.01, 0.99)
    danceability = clip(chance.gauss(0.6, 0.15), 0.1, 0.98)
    instrumentalness = clip(chance.expovariate(6), 0, 0.97) ** 3
    popularity = level + artist.fame + 18 * (danceability - 0.6) + chance.gauss(0, 9)
    if chance.random() < 0.08:
        popularity = 0.0
    joined = f"{artist.name};{guest.name}" if chance.random() < 0.15 else artist.name
    return {
        "track_id": f"generated{number:013d}",
        "artists": joined,
        "album_name": album,
        "track_name": f"{invent_title(chance)} No. {number}",
        "popularity": float(round(clip(popularity, 0, 100))),
        "duration_ms": float(int(clip(chance.gauss(220_000, 50_000), 45_000, 700_000))),
        "explicit": chance.random() < 0.1,
        "danceability": round(danceability, 3),
        "energy": round(energy, 3),
        "key": float(chance.randrange(12)),
        "loudness": round(-3 - 14 * (1 - energy) + chance.gauss(0, 1.5), 3),
        "mode": float(chance.random() < 0.6),
        "speechiness": round(clip(0.03 + chance.expovariate(18), 0, 0.9), 4),
        "acousticness": round(clip(1 - energy + chance.gauss(0, 0.15), 0.0001, 0.99), 4),
        "instrumentalness": round(instrumentalness, 7),
        "liveness": round(clip(0.03 + chance.expovariate(7), 0, 0.97), 4),
        "valence": round(clip(chance.gauss(0.5, 0.22), 0.03, 0.98), 3),
        "tempo": round(clip(chance.gauss(122, 26), 50, 215), 3),
        "time_signature": chance.choice((4.0, 4.0, 4.0, 4.0, 3.0, 5.0)),
        "track_genre": artist.genre,
    }


def generate_rows() -> Iterator[list[object]]:
    """Yield the file's rows below the header."""
    chance = random.Random(SEED)
    artists = [generate_artist(chance, number) for number in range(ARTISTS)]
    tracks: list[dict[str, object]] = []
    for number in range(ROWS):
        kind = chance.random()
        if tracks and kind < 0.025:
            track = {**chance.choice(tracks), "track_genre": chance.choice(tuple(GENRES))}
        elif tracks and kind < 0.03:
            track = dict(chance.choice(tracks))
        else:
            track = generate_track(chance, chance.choice(artists), chance.choice(artists), number)
        tracks.append(track)
    for index, track in enumerate(tracks):
        shown = {**track, **dict(MISSING.get(index, ())), **dict(BAD.get(index, ()))}
        yield [index, *(shown[name] for name in HEADER[1:])]


def render_sample() -> str:
    """Return the whole file as text; its last row is cut short, as a broken export leaves it."""
    return render_csv(HEADER, generate_rows(), tail=f"{ROWS},generated{ROWS:013d},Teal\n")


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\n")
