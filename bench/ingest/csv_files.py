"""CSV files of any size, made up: numbers, whole numbers, times, words and texts."""

from pathlib import Path

import numpy as np

from dropcast.recipe import Source, Table, boolean, integer, number, text, timestamp

MEGABYTE = 1_000_000
_ROWS_AT_ONCE = 20_000
_KINDS = ("Adult Member", "Guest", "Day Pass", "Concession", "Staff")
_PLACES = 4_000

TRIPS = Table(
    dataset="trips",
    title="Trips",
    summary="Made-up trips: a column of each kind, in the proportions of an open-data file.",
    columns=(
        integer("trip", minimum=0),
        timestamp("started_at", formats=("%Y-%m-%d %H:%M:%S",), timezone="UTC"),
        timestamp("ended_at", formats=("%Y-%m-%d %H:%M:%S",), timezone="UTC", nullable=True),
        text("from_place"),
        text("to_place", nullable=True),
        text("rider", categories=_KINDS),
        boolean("electric"),
        number("distance_km", minimum=0, maximum=1_000),
        number("latitude", minimum=-90, maximum=90),
        number("longitude", minimum=-180, maximum=180),
        number("price_usd", minimum=0, nullable=True),
        integer("stops", minimum=0, maximum=100),
        integer("rating", categories=(1, 2, 3, 4, 5), nullable=True),
        text("note", nullable=True),
    ),
    source=Source(),
)


def write_trips(path: Path, size_bytes: int) -> int:
    """Write a file of at least ``size_bytes``, the same at every call; return its rows."""
    random = np.random.default_rng(20_260_101)
    rows = 0
    with path.open("wb") as stream:
        stream.write((",".join(c.name for c in TRIPS.columns) + "\n").encode())
        while stream.tell() < size_bytes:
            stream.write(_make_rows(random, rows))
            rows += _ROWS_AT_ONCE
    return rows


def _make_rows(random: np.random.Generator, first: int) -> bytes:
    count = _ROWS_AT_ONCE
    trips = np.arange(first, first + count)
    start = np.datetime64("2024-01-01T00:00:00") + trips * 7
    end = start + random.integers(60, 7_200, count)
    kilometres = random.gamma(2.0, 3.0, count)
    columns = (
        trips,
        start,
        end,
        *random.integers(0, _PLACES, (2, count)),
        random.integers(0, len(_KINDS), count),
        random.random(count) < 0.3,
        kilometres,
        41.8 + random.normal(0, 0.1, count),
        -87.6 + random.normal(0, 0.1, count),
        1.0 + 0.4 * kilometres,
        random.integers(0, 9, count),
        random.integers(0, 6, count),
        random.integers(0, 40, count),
    )
    lines = [
        f"{trip},{str(began).replace('T', ' ')},{str(ended).replace('T', ' ')},Station {left:04d}"
        f",{f'Station {to:04d}' if to % 16 else ''},{_KINDS[kind]},{'true' if own else 'false'}"
        f",{far:.3f},{north:.6f},{east:.6f}"
        f",{f'{price:.2f}' if stops else ''},{stops},{rated or ''}"
        f",{_NOTES[note] if note < len(_NOTES) else ''}\n"
        for (
            trip,
            began,
            ended,
            left,
            to,
            kind,
            own,
            far,
            north,
            east,
            price,
            stops,
            rated,
            note,
        ) in zip(*(column.tolist() for column in _as_lists(columns)), strict=True)
    ]
    return "".join(lines).encode()


_NOTES = ("left at the door", '"locked, then ""found"" again"', "größer als sonst", "rain")


def _as_lists(columns: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Return the columns with times as texts, for lists have them as objects of Python."""
    return [np.datetime_as_string(c) if c.dtype.kind == "M" else c for c in columns]
