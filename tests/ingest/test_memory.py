"""A gigabyte in bounded memory: measured in a process of its own, as the kernel counts it."""

from itertools import cycle
from pathlib import Path

import pytest

from tests.memory_runs import run_measured

GIGABYTE = 1_000_000_000
LIMIT_MIB = 600
BAD_EVERY = 1_000
# As many lines as differ; the file repeats them.
BLOCKS, BLOCK_ROWS = 20, 5_000

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from dropcast.ingest import fingerprint_file, read_file
from dropcast.recipes import find_recipe

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
started = time.perf_counter()
fingerprint = fingerprint_file(lambda: source.open("rb"))
read = read_file(
    lambda: source.open("rb"),
    fingerprint=fingerprint,
    recipe=find_recipe("spotify_preference"),
    clean_path=folder / "clean.parquet",
    quarantine_path=folder / "quarantine.csv",
)
# Of this program alone; what getrusage tells counts the process that started it, too.
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [line for line in lines if "VmHWM" in line]
peak_kib = int(own[0].split()[1]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "accepted": read.rows_accepted,
    "quarantined": read.rows_quarantined,
    "peak_mib": peak_kib / 1024,
    "seconds": time.perf_counter() - started,
}))
"""


def make_block(block: int) -> str:
    """Return lines of which every thousandth is bad."""
    lines = []
    for number in range(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS):
        tempo = "fast" if number % BAD_EVERY == 0 else f"{60 + number % 150}.{number % 1000:03d}"
        lines.append(
            f"0.{number % 9973:04d},0.{number % 887:03d},{150_000 + number % 99_991},"
            f"0.{number % 991:03d},0.0,{number % 12},0.1{number % 97:02d},"
            f"-{number % 30}.{number % 613:03d},{number % 2},0.{number % 401:03d},"
            f'{tempo},4,0.{number % 769:03d},{number % 2},"Song, number {number}"\n'
        )
    return "".join(lines)


def write_gigabyte(path: Path) -> tuple[int, int]:
    """Write a CSV of a gigabyte; return its good and its bad rows."""
    header = (
        "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
        "speechiness,tempo,time_signature,valence,target,song_title\n"
    )
    blocks = [make_block(number) for number in range(BLOCKS)]
    with path.open("w") as stream:
        stream.write(header)
        rows = 0
        for block in cycle(blocks):
            stream.write(block)
            rows += BLOCK_ROWS
            if stream.tell() >= GIGABYTE:
                break
    bad = rows // BAD_EVERY
    return rows - bad, bad


@pytest.mark.memory
def test_a_gigabyte_is_read_in_less_than_600_mib(tmp_path: Path) -> None:
    source = tmp_path / "gigabyte.csv"
    good, bad = write_gigabyte(source)
    try:
        found = run_measured(PROGRAM, source, tmp_path)
    finally:
        source.unlink()
        (tmp_path / "clean.parquet").unlink(missing_ok=True)
    assert (found["accepted"], found["quarantined"]) == (good, bad)
    assert found["peak_mib"] < LIMIT_MIB
