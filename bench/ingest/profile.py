"""Where the seconds of a CSV to Parquet go: ours and Arrow's, each part done alone.

In the ingest function the parts run side by side; here they follow one another, and what is counted
is the time of processors, so the parts add up to the work and not to the time that a file takes.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from bench.ingest.csv_files import TRIPS
from bench.ingest.csv_readers import ARROW, open_batches, write_groups
from bench.measure import Figure, name_split
from dropcast.ingest import (
    BLOCK_BYTES,
    RECORD_BYTES,
    BatchChecker,
    CleanPartWriter,
    fingerprint_file,
    make_schema,
    open_rows,
)

FINGERPRINT = "read it, hash it, look at every byte's encoding"
CUT = "read it again, cut it into records with their lines"
PARSE = "parse"
CHECK = "parse, and check every value"
WRITE = "write Parquet"
PARSE_PLAIN = "parse, if no quoted field may have a line break"
Parts = Mapping[str, float]


def profile_ours(source: Path, folder: Path) -> Parts:
    """Return the processor seconds of each part of the ingest function's work."""
    watch = _Watch()
    fingerprint = fingerprint_file(lambda: source.open("rb"))
    watch.note(FINGERPRINT)
    with open_rows(
        lambda: source.open("rb"),
        fingerprint=fingerprint,
        recipe=TRIPS,
        spool_path=folder / "spooled",
        block_bytes=BLOCK_BYTES,
        record_bytes=RECORD_BYTES,
    ) as rows:
        checker = BatchChecker(recipe=rows.recipe)
        tables = []
        for make_batch in rows.batches:
            watch.note(CUT)
            tables.append(checker.check(make_batch()).accepted)
            watch.note(CHECK)
    watch.note(CUT)
    with CleanPartWriter(folder / "profiled.parquet", make_schema(TRIPS)) as clean:
        for table in tables:
            clean.add(table)
    watch.note(WRITE)
    return watch.seconds


def profile_arrow(source: Path, folder: Path) -> Parts:
    """Return the processor seconds of Arrow's parsing and writing."""
    watch = _Watch()
    with open_batches(source, newlines_in_values=False) as batches:
        deque(batches, maxlen=0)
    watch.note(PARSE_PLAIN)
    with open_batches(source) as batches:
        tables = [pa.Table.from_batches([batch]) for batch in batches]
    watch.note(PARSE)
    write_groups(iter(tables), folder / "profiled.parquet")
    watch.note(WRITE)
    return watch.seconds


class _Watch:
    """Adds the processor time since the last word to the part that it was spent on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.process_time()

    def note(self, part: str) -> None:
        now = time.process_time()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._since
        self._since = now


OURS_PROFILE, ARROW_PROFILE = "profile ours", "profile arrow"
PROFILES: Mapping[str, Callable[[Path, Path], Parts]] = {
    OURS_PROFILE: profile_ours,
    ARROW_PROFILE: profile_arrow,
}
# Our part -> the part of Arrow's that it stands beside.
_BESIDE = {FINGERPRINT: None, CUT: None, CHECK: PARSE, WRITE: WRITE}


def make_profile_figures(
    rounds: Mapping[str, Sequence[Parts]], *, part: str, size_mb: float
) -> list[Figure]:
    """Return a line for each part of ours, beside Arrow's where it has that part."""
    whole = f"CSV of {size_mb:,.0f} MB"
    own, arrow = rounds[OURS_PROFILE], rounds[ARROW_PROFILE]
    figures = [
        Figure(
            part=part,
            what=name_split(whole, ours),
            unit="processor s",
            samples=tuple(parts[ours] for parts in own),
            peer=ARROW if beside else "",
            peer_samples=tuple(parts[beside] for parts in arrow) if beside else (),
            splits=("CSV of",),
        )
        for ours, beside in _BESIDE.items()
    ]
    other = Figure(
        part=part,
        what=f"{whole}, Arrow's own: {PARSE_PLAIN}",
        unit="processor s",
        samples=tuple(parts[PARSE_PLAIN] for parts in arrow),
        note="Arrow's time, not ours",
    )
    return [*figures, other]
