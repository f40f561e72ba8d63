"""CSV files of any size, made up: numbers, whole numbers, times, words and texts.

Two readers of them stand beside each other: ``read_ours`` as the ingest door reads a file, from
its hash to the clean part, and ``read_peer``, Arrow's own streaming CSV reader into a Parquet
file of the same types and compression. One sample is one process:

    python -m bench.csv_files write 100 /tmp/trips.csv
    python -m bench.csv_files read_ours /tmp/trips.csv /tmp/out
    python -m bench.csv_files compare /tmp/trips.csv /tmp/out 5
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from dropcast.ingest import fingerprint_file, read_file
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
_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us"),
}


def write_trips(path: Path, size_bytes: int, *, bad_every: int = 0) -> int:
    """Write a file of at least ``size_bytes``, the same at every call; return its rows.

    Of every ``bad_every`` rows one has a distance that is no number; 0: none has.
    """
    random = np.random.default_rng(20_260_101)
    rows = 0
    with path.open("wb") as stream:
        stream.write((",".join(c.name for c in TRIPS.columns) + "\n").encode())
        while stream.tell() < size_bytes:
            stream.write(_make_rows(random, rows, bad_every))
            rows += _ROWS_AT_ONCE
    return rows


def _make_rows(random: np.random.Generator, first: int, bad_every: int) -> bytes:
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
        f",{'far' if bad_every and trip % bad_every == 0 else f'{far:.3f}'},{north:.6f},{east:.6f}"
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


def read_ours(source: Path, folder: Path) -> int:
    """Read a file as the ingest door does; return the rows of its clean part."""
    fingerprint = fingerprint_file(lambda: source.open("rb"))
    read = read_file(
        lambda: source.open("rb"),
        fingerprint=fingerprint,
        recipe=TRIPS,
        clean_path=folder / "clean.parquet",
        quarantine_path=folder / "quarantine.csv",
    )
    return read.rows_accepted


def read_peer(source: Path, folder: Path) -> int:
    """Read a file by Arrow alone, batch by batch; return the rows of its Parquet file."""
    types = {c.name: _TYPES[c.kind] for c in TRIPS.columns}
    texts = [c.name for c in TRIPS.columns if c.kind == "text"]
    rows = 0
    with (
        arrow_csv.open_csv(
            source,
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types=types),
        ) as batches,
        parquet.ParquetWriter(
            folder / "peer.parquet",
            batches.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=texts,
        ) as written,
    ):
        for batch in batches:
            written.write_batch(batch)
            rows += len(batch)
    return rows


READERS: dict[str, Callable[[Path, Path], int]] = {"read_ours": read_ours, "read_peer": read_peer}


def sample_reader(reader: str, source: Path, folder: Path) -> dict[str, float]:
    """Read a file in a fresh process; return its rows, seconds and peak MiB, imports apart."""
    finished = subprocess.run(
        [sys.executable, "-m", "bench.csv_files", reader, str(source), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(finished.stdout)
    return found


def _time_reader(reader: str, source: Path, folder: Path) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    started, processor_started = time.perf_counter(), time.process_time()
    rows = READERS[reader](source, folder)
    seconds = time.perf_counter() - started
    processor_seconds = time.process_time() - processor_started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows": rows,
        "seconds": seconds,
        "processor_seconds": processor_seconds,
        "peak_mib": peak_mib,
    }


def _compare(source: Path, folder: Path, repetitions: int) -> dict[str, float]:
    """Take both readers in turn; medians. ``ratio`` is our speed by the peer's, and
    ``processor_ratio`` that by the time of processors, which other processes do not change."""
    taken: dict[str, list[dict[str, float]]] = {reader: [] for reader in READERS}
    for _ in range(repetitions):
        for reader, samples in taken.items():
            samples.append(sample_reader(reader, source, folder))
    pairs = list(zip(*taken.values(), strict=True))

    def compare(what: str) -> float:
        return median(theirs[what] / own[what] for own, theirs in pairs)

    return {
        "size_mb": source.stat().st_size / MEGABYTE,
        "ours_seconds": median(s["seconds"] for s in taken["read_ours"]),
        "peer_seconds": median(s["seconds"] for s in taken["read_peer"]),
        "ratio": compare("seconds"),
        "processor_ratio": compare("processor_seconds"),
        "ours_peak_mib": max(s["peak_mib"] for s in taken["read_ours"]),
        "peer_peak_mib": max(s["peak_mib"] for s in taken["read_peer"]),
    }


def _run(arguments: list[str]) -> dict[str, float]:
    match arguments:
        case ["write", size_mb, path]:
            return {"rows": write_trips(Path(path), int(size_mb) * MEGABYTE)}
        case ["compare", source, folder, repetitions]:
            return _compare(Path(source), Path(folder), int(repetitions))
        case [reader, source, folder] if reader in READERS:
            return _time_reader(reader, Path(source), Path(folder))
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(sys.argv[1:])) + "\n")
