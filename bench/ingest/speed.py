"""A CSV to a Parquet file: Dropcast's ingest, Arrow's own two writers, and pandas by chunks.

A process a sample; imports are not timed. What ingest does besides (hashes, every check of the
recipe, the quarantine) is in its time and in nobody else's.

    python -m bench.ingest.speed READER SOURCE FOLDER    one sample; READER of csv_readers, or
                                                         ``profile ours``, ``profile arrow``
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.ingest.csv_files import MEGABYTE, write_trips
from bench.ingest.csv_readers import ARROW, OURS, READERS, describe_layout, find_written
from bench.ingest.profile import PROFILES, make_profile_figures
from bench.measure import Figure, Target, describe_spread, take_turns

PART = "d"
MOST_PEAK_MIB = 600
_SPEED = Target(kind="at_least", bound=0.8)
Sample = Mapping[str, float]


class DifferentFilesError(Exception):
    """Two readers wrote files of another layout, so their times say nothing."""


def measure_ingest(sizes_mb: Mapping[int, int], *, profile_mb: int, folder: Path) -> list[Figure]:
    """Return speeds and peaks, and where the time goes.

    ``sizes_mb`` is size in MB -> repetitions; ``profile_mb`` is the one of these sizes whose file
    is profiled.
    """
    out = folder / "out"
    out.mkdir(exist_ok=True)
    figures, ends = [], []
    for size_mb, repetitions in sorted(sizes_mb.items()):
        source = folder / f"trips-{size_mb}.csv"
        rows = write_trips(source, size_mb * MEGABYTE)
        found = _measure_file(source, rows, repetitions=repetitions, out=out)
        figures += found
        ends.append(found)
        if size_mb == profile_mb:
            figures += _measure_profile(source, repetitions=repetitions, out=out)
        source.unlink()
    return [*figures, *_compare_ends(ends[0], ends[-1])]


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


def _measure_file(source: Path, rows: int, *, repetitions: int, out: Path) -> list[Figure]:
    size = source.stat().st_size / MEGABYTE
    rounds = take_turns({name: _bind_sample(name, source, out) for name in READERS}, repetitions)
    if wrong := {name for name, taken in rounds.items() if any(s["rows"] != rows for s in taken)}:
        raise DifferentFilesError(
            f"{', '.join(sorted(wrong))} did not read the {rows:,} rows of {source.name}"
        )
    require_same_layout(out)
    speeds = {
        name: tuple(size / sample["seconds"] for sample in taken) for name, taken in rounds.items()
    }
    peaks = {name: tuple(sample["peak_mib"] for sample in taken) for name, taken in rounds.items()}
    return [
        figure
        for peer in READERS
        if peer != OURS
        for figure in (
            Figure(
                part=PART,
                what=f"CSV of {size:,.0f} MB to Parquet",
                unit="MB/s",
                samples=speeds[OURS],
                peer=peer,
                peer_samples=speeds[peer],
                more_is_better=True,
                target=_SPEED if peer == ARROW else None,
            ),
            Figure(
                part=PART,
                what=f"CSV of {size:,.0f} MB to Parquet: peak memory",
                unit="MiB",
                samples=peaks[OURS],
                peer=peer,
                peer_samples=peaks[peer],
                ceiling=MOST_PEAK_MIB if peer == ARROW else None,
            ),
        )
    ]


def _measure_profile(source: Path, *, repetitions: int, out: Path) -> list[Figure]:
    rounds = take_turns({name: _bind_sample(name, source, out) for name in PROFILES}, repetitions)
    size_mb = source.stat().st_size / MEGABYTE
    return make_profile_figures(rounds, part=PART, size_mb=size_mb)


def require_same_layout(folder: Path) -> None:
    """Raise ``DifferentFilesError`` unless all readers wrote files of ours' layout there."""
    wanted = describe_layout(find_written(OURS, folder))
    for name in READERS:
        found = describe_layout(find_written(name, folder))
        if other := [at for at in wanted.keys() | found.keys() if wanted.get(at) != found.get(at)]:
            raise DifferentFilesError(
                f"{name} wrote {', '.join(f'{at}: {found.get(at)}' for at in sorted(other))}; "
                f"ours has {', '.join(f'{at}: {wanted.get(at)}' for at in sorted(other))}: give "
                "all readers the options of list_writer_options"
            )


def _bind_sample(reader: str, source: Path, folder: Path) -> Callable[[], Sample]:
    return lambda: sample_reader(reader, source, folder)


def sample_reader(reader: str, source: Path, folder: Path) -> Sample:
    """Read a file in a fresh process; return its rows, seconds and peak MiB.

    Of a profile, return the seconds of its parts.
    """
    finished = subprocess.run(
        [sys.executable, "-m", "bench.ingest.speed", reader, str(source), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: Sample = json.loads(finished.stdout)
    return found


def read_peak_mib(status: Path = Path("/proc/self/status")) -> float:
    """Return the most memory that this process ever held.

    On Linux it is read from ``/proc``: ``getrusage`` there never gives less than what the parent
    held when it started this process.
    """
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _time_reader(reader: str, source: Path, folder: Path) -> Sample:
    if reader in PROFILES:
        return PROFILES[reader](source, folder)
    started = time.perf_counter()
    rows = READERS[reader](source, folder)
    seconds = time.perf_counter() - started
    return {"rows": rows, "seconds": seconds, "peak_mib": read_peak_mib()}


if __name__ == "__main__":
    _, asked, path, place = sys.argv
    sys.stdout.write(json.dumps(_time_reader(asked, Path(path), Path(place))) + "\n")
