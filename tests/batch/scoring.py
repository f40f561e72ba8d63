"""A file's bytes scored in a folder, and what came of them."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from dropcast.batch import ScoringResult, make_table, score_file
from dropcast.ingest import fingerprint_file
from dropcast.recipe import Recipe
from dropcast.scoring import Program


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The bytes of the three files; ``problems`` is empty where there are none."""

    stats: ScoringResult
    parquet: bytes
    csv: bytes
    problems: bytes

    def list_rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(self.parquet)).to_pylist()
        return rows

    def list_shown(self) -> list[dict[str, str]]:
        return _read_csv(self.csv)

    def list_problems(self) -> list[dict[str, str]]:
        return _read_csv(self.problems)


def _read_csv(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def score_body(
    body: bytes, recipe: Recipe, program: Program, folder: Path, **limits: int
) -> Scored:
    """Score a file's bytes; ``limits`` are ``block_bytes`` and ``record_bytes``."""

    def open_raw() -> BinaryIO:
        return io.BytesIO(body)

    paths = {name: folder / name for name in ("parquet", "csv", "problems")}
    paths["problems"].unlink(missing_ok=True)
    stats = score_file(
        open_raw,
        fingerprint=fingerprint_file(open_raw),
        table=make_table(program, recipe),
        program=program,
        metadata={"made-by": "test"},
        parquet_path=paths["parquet"],
        csv_path=paths["csv"],
        problems_path=paths["problems"],
        **limits,
    )
    return Scored(
        stats=stats,
        **{name: path.read_bytes() if path.exists() else b"" for name, path in paths.items()},
    )
