"""Four times the rows in the same memory: measured in processes of their own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from dropcast.recipes import RECIPES
from dropcast.scoring import write_program
from tests.batch.programs import make_recipe_program
from tests.memory_runs import run_measured

ROWS = 200_000
LIMIT_MIB, SLACK_MIB = 600, 60

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from dropcast.batch import make_table, score_file
from dropcast.ingest import fingerprint_file
from dropcast.recipes import find_recipe
from dropcast.scoring import read_program

source, folder, dataset = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
program = read_program((folder / "program").read_bytes())
started = time.perf_counter()
answered = score_file(
    lambda: source.open("rb"),
    fingerprint=fingerprint_file(lambda: source.open("rb")),
    table=make_table(program, find_recipe(dataset)),
    program=program,
    metadata={},
    parquet_path=folder / "predictions.parquet",
    csv_path=folder / "predictions.csv",
    problems_path=folder / "problems.csv",
)
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [line for line in lines if "VmHWM" in line]
print(json.dumps({
    "answered": answered.rows_scored,
    "refused": answered.rows_refused,
    "peak_mib": (int(own[0].split()[1]) if own else
                 resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024,
    "seconds": time.perf_counter() - started,
}))
"""


def list_songs() -> Iterator[str]:
    yield (
        "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
        "speechiness,tempo,time_signature,valence\n"
    )
    for number in range(10 * ROWS):
        tempo = "fast" if number % 1_000 == 0 else f"{60 + number % 150}.{number % 1000:03d}"
        yield (
            f"0.{number % 9973:04d},0.{number % 887:03d},{150_000 + number % 99_991},"
            f"0.{number % 991:03d},0.0,{number % 12},0.1{number % 97:02d},"
            f"-{number % 30}.{number % 613:03d},{number % 2},0.{number % 401:03d},"
            f"{tempo},4,0.{number % 769:03d}\n"
        )


def list_bars() -> Iterator[str]:
    yield "datetime,open,high,low,close,volume\n"
    start = datetime(2000, 1, 1, tzinfo=UTC)
    for number in range(10 * ROWS):
        at = start + timedelta(hours=number)
        price = 20_000 + number % 7_919 / 10
        volume = "much" if number % 1_000 == 0 else str(number % 613)
        yield f"{at:%Y-%m-%d %H:%M:%S},{price},{price + 9},{price - 9},{price + 3},{volume}\n"


@pytest.mark.memory
@pytest.mark.parametrize(
    ("dataset", "list_lines"), [("spotify_preference", list_songs), ("bitcoin", list_bars)]
)
def test_four_times_the_rows_are_answered_in_the_same_memory(
    dataset: str, list_lines: Callable[[], Iterator[str]], tmp_path: Path
) -> None:
    program = make_recipe_program(RECIPES[dataset])
    tmp_path.joinpath("program").write_bytes(write_program(program))
    peaks = []
    for times in (1, 4):
        source = tmp_path / "file.csv"
        with source.open("w") as stream:
            stream.writelines(islice(list_lines(), times * ROWS + 1))
        found = run_measured(PROGRAM, source, tmp_path, dataset)
        assert found["answered"] + found["refused"] == times * ROWS
        assert found["answered"] > 0.9 * times * ROWS
        peaks.append(found["peak_mib"])
    assert peaks[0] < LIMIT_MIB
    assert peaks[1] < peaks[0] + SLACK_MIB
