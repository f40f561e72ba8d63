"""Files that are small and were read in large: the peak, as the kernel counts it."""

import json
from pathlib import Path

import pytest

from tests.ingest.test_memory import PROGRAM
from tests.memory_runs import run_measured

HEADER = (
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
    "speechiness,tempo,time_signature,valence,target\n"
)
ROW = "0.1,0.5,200000,0.4,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1\n"
OBJECT = json.dumps(
    dict(zip(HEADER.strip().split(","), map(float, ROW.strip().split(",")), strict=True))
)
# On two cores; a core more holds a block more.
LIMIT_MIB = 700


@pytest.mark.memory
@pytest.mark.parametrize(
    "body",
    [
        HEADER + ROW + "x\n" * 600_000,
        HEADER + ROW + ("a," * 13 + "a\n") * 70_000,
        OBJECT + "\n" + "{}\n" * 150_000,
    ],
    ids=["two signs a line", "a bad value a column", "an empty object a line"],
)
def test_a_flood_of_short_lines_is_read_in_less_than_700_mib(tmp_path: Path, body: str) -> None:
    """Two megabytes of them were 816 MiB and more of Python objects."""
    source = tmp_path / "flood"
    source.write_text(body)
    found = run_measured(PROGRAM, source, tmp_path)
    assert (found["accepted"], found["quarantined"]) == (
        1,
        body.count("\n") - 1 - (body[0] != "{"),
    )
    assert found["peak_mib"] < LIMIT_MIB
