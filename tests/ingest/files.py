"""Files in memory, read as ingest reads them, and a recipe with a column of each kind."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dropcast.ingest import BLOCK_BYTES, RECORD_BYTES, FileRead, fingerprint_file, read_file
from dropcast.ingest.limits import SINGLE_STEPS
from dropcast.recipe import (
    Column,
    Feature,
    Gate,
    Recipe,
    Source,
    Target,
    boolean,
    candidate,
    col,
    integer,
    number,
    text,
    timestamp,
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a file became: the stats, the accepted rows, the quarantine's rows."""

    read: FileRead
    rows: list[dict[str, Any]]
    quarantined: list[dict[str, str]]

    @property
    def lines(self) -> list[int]:
        return [row["_line_number"] for row in self.rows]

    @property
    def bad_lines(self) -> list[int]:
        return [int(row["line_number"]) for row in self.quarantined]

    @property
    def bad_places(self) -> list[str]:
        return [row["line_number"] for row in self.quarantined]

    @property
    def reasons(self) -> list[str]:
        return [row["reasons"] for row in self.quarantined]


def make_recipe(*columns: Column, source: Source | None = None) -> Recipe:
    """Return a recipe of ``x``, the given columns and ``target``."""
    return Recipe(
        dataset="things",
        title="Things",
        summary="Things",
        columns=(
            number("x", minimum=0, maximum=10, aliases=("ex",)),
            *columns,
            integer("target", categories=(0, 1)),
        ),
        target=Target(expression=col("target"), labels=("no", "yes")),
        features=(Feature("x", col("x")),),
        candidates=(candidate("logistic_regression", C=1.0),),
        gate=Gate(metric="roc_auc", champion_margin=0.1),
        source=source or Source(),
    )


EVERY_KIND = make_recipe(
    integer("n", minimum=-5, maximum=2**60, nullable=True),
    boolean("flag", nullable=True),
    text("name", nullable=True, required=False),
    text("kind", categories=("a", "b c")),
    timestamp(
        "at",
        formats=("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M %p", "epoch_seconds"),
        timezone="America/Chicago",
        nullable=True,
    ),
)
# x and target alone: most tests are about lines, not about values.
PLAIN = make_recipe(text("name", nullable=True, required=False))


def read_bytes(
    body: bytes,
    folder: Path,
    recipe: Recipe = PLAIN,
    *,
    block_bytes: int = BLOCK_BYTES,
    record_bytes: int = RECORD_BYTES,
    most_steps: int = SINGLE_STEPS,
) -> Outcome:
    """Read a file's bytes; its two results are written below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    clean, quarantine = folder / "clean.parquet", folder / "quarantine.csv"
    quarantine.unlink(missing_ok=True)
    read = read_file(
        lambda: io.BytesIO(body),
        fingerprint=fingerprint_file(lambda: io.BytesIO(body)),
        recipe=recipe,
        clean_path=clean,
        quarantine_path=quarantine,
        block_bytes=block_bytes,
        record_bytes=record_bytes,
        most_steps=most_steps,
    )
    assert quarantine.exists() == (read.rows_quarantined > 0)
    quarantined = read_quarantine(quarantine) if quarantine.exists() else []
    rows = pq.read_table(clean).to_pylist()
    assert (len(rows), len(quarantined)) == (read.rows_accepted, read.rows_quarantined)
    return Outcome(read=read, rows=rows, quarantined=quarantined)


def read_quarantine(path: Path) -> list[dict[str, str]]:
    """Return the rows, however long a field is; the limit is the process's, so it is put back."""
    limit = csv.field_size_limit(2**30)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    finally:
        csv.field_size_limit(limit)
