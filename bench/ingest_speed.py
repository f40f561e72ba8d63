"""A CSV to a Parquet file: Dropcast's ingest, Arrow's own streaming reader, and pandas by chunks.

A process a sample; imports are not timed. What ingest does besides (hashes, every check of the
recipe, the quarantine) is in its time and in nobody else's.

    python -m bench.ingest_speed READER SOURCE FOLDER    one sample
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from bench.csv_files import MEGABYTE, READERS, TRIPS, write_trips
from bench.measure import Figure, Target, describe_spread, take_turns

PART = "d"
OURS = "dropcast ingest"
ARROW = "pyarrow, streaming"
PANDAS = "pandas, by chunks"
MOST_PEAK_MIB = 600
_CHUNK_ROWS = 100_000
_SPEED = Target(kind="at_least", bound=0.8)
_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us"),
}
Sample = Mapping[str, float]


def measure_ingest(sizes_mb: Mapping[int, int], *, folder: Path) -> list[Figure]:
    """Return speeds and peaks: ``sizes_mb`` is size in MB -> repetitions."""
    by_size = {
        size_mb: _measure_size(size_mb, repetitions=repetitions, folder=folder)
        for size_mb, repetitions in sizes_mb.items()
    }
    figures = [figure for found in by_size.values() for figure in found]
    return [*figures, *_compare_ends(by_size[min(by_size)], by_size[max(by_size)])]


def _compare_ends(smallest: list[Figure], largest: list[Figure]) -> list[Figure]:
    """Return how time and memory grew from the smallest file to the largest."""
    few_speed, few_peak, *_ = (describe_spread(figure.samples).median for figure in smallest)
    speed, peak, *_ = (describe_spread(figure.samples).median for figure in largest)
    return [
        Figure(
            part=PART,
            what="time a MB, the largest file's as a multiple of the smallest's",
            unit="×",
            samples=(few_speed / speed,),
            note="1 or less: the time is linear in the rows",
        ),
        Figure(
            part=PART,
            what="peak memory, the largest file's as a multiple of the smallest's",
            unit="×",
            samples=(peak / few_peak,),
        ),
    ]


def _measure_size(size_mb: int, *, repetitions: int, folder: Path) -> list[Figure]:
    source, out = folder / f"trips-{size_mb}.csv", folder / "out"
    out.mkdir(exist_ok=True)
    rows = write_trips(source, size_mb * MEGABYTE)
    size = source.stat().st_size / MEGABYTE
    readers: dict[str, Callable[[], Sample]] = {
        OURS: lambda: sample_reader("read_ours", source, out),
        ARROW: lambda: sample_reader("read_peer", source, out),
        PANDAS: lambda: sample_reader("read_by_chunks", source, out),
    }
    rounds = take_turns(readers, repetitions)
    source.unlink()
    if wrong := {name for name, taken in rounds.items() if any(s["rows"] != rows for s in taken)}:
        raise ValueError(f"{', '.join(wrong)} did not read the {rows:,} rows of {source.name}")
    return [
        figure
        for peer in (ARROW, PANDAS)
        for figure in (
            Figure(
                part=PART,
                what=f"CSV of {size:,.0f} MB to Parquet",
                unit="MB/s",
                samples=_pick(rounds[OURS], lambda s: size / s["seconds"]),
                peer=peer,
                peer_samples=_pick(rounds[peer], lambda s: size / s["seconds"]),
                more_is_better=True,
                target=_SPEED if peer == ARROW else None,
            ),
            Figure(
                part=PART,
                what=f"CSV of {size:,.0f} MB to Parquet: peak memory",
                unit="MiB",
                samples=_pick(rounds[OURS], lambda s: s["peak_mib"]),
                peer=peer,
                peer_samples=_pick(rounds[peer], lambda s: s["peak_mib"]),
                ceiling=MOST_PEAK_MIB if peer == ARROW else None,
            ),
        )
    ]


def _pick(taken: tuple[Sample, ...], choose: Callable[[Sample], float]) -> tuple[float, ...]:
    return tuple(choose(sample) for sample in taken)


def sample_reader(reader: str, source: Path, folder: Path) -> Sample:
    """Read a file in a fresh process; return its rows, seconds and peak MiB."""
    finished = subprocess.run(
        [sys.executable, "-m", "bench.ingest_speed", reader, str(source), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: Sample = json.loads(finished.stdout)
    return found


def read_by_chunks(source: Path, folder: Path) -> int:
    """Read a file of trips by pandas and write it as Parquet, chunk by chunk; return its rows."""
    target = folder / "pandas.parquet"
    schema = pa.schema([(column.name, _TYPES[column.kind]) for column in TRIPS.columns])
    times = [column.name for column in TRIPS.columns if column.kind == "timestamp"]
    rows = 0
    with (
        pd.read_csv(source, chunksize=_CHUNK_ROWS, parse_dates=times) as chunks,
        parquet.ParquetWriter(target, schema, compression="zstd", compression_level=1) as written,
    ):
        for chunk in chunks:
            table = pa.Table.from_pandas(chunk, schema=schema, preserve_index=False, safe=False)
            written.write_table(table)
            rows += len(chunk)
    return rows


def read_peak_mib(status: Path = Path("/proc/self/status")) -> float:
    """Return the most memory that this process ever held.

    Where Linux tells it by itself that is asked: what ``getrusage`` says there is not less than
    what the parent held when it started this process.
    """
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _time_reader(reader: str, source: Path, folder: Path) -> Sample:
    readers = {**READERS, "read_by_chunks": read_by_chunks}
    started = time.perf_counter()
    rows = readers[reader](source, folder)
    seconds = time.perf_counter() - started
    return {"rows": rows, "seconds": seconds, "peak_mib": read_peak_mib()}


if __name__ == "__main__":
    _, asked, path, place = sys.argv
    sys.stdout.write(json.dumps(_time_reader(asked, Path(path), Path(place))) + "\n")
