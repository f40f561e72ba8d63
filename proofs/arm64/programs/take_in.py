"""Run with the layers of what ingests: every sample becomes checked rows and a feature table.

take_in.py <folder of the samples> <folder for the feature tables>
"""

import hashlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dropcast.features import build_feature_table, read_reference_columns
from dropcast.ingest import fingerprint_file, read_file
from dropcast.recipe import Table
from dropcast.recipes import RECIPES


def read_sample(samples: Path, table: Table) -> pd.DataFrame:
    """Return the accepted rows of a table's generated sample."""
    (path,) = (
        found
        for found in (samples / table.dataset).iterdir()
        if found.stem == "generated_sample" and found.suffix in {".csv", ".jsonl"}
    )
    body = path.read_bytes()

    def open_raw() -> BinaryIO:
        return io.BytesIO(body)

    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder, "clean.parquet")
        read_file(
            open_raw,
            fingerprint=fingerprint_file(open_raw),
            recipe=table,
            clean_path=clean,
            quarantine_path=Path(folder, "quarantine.csv"),
        )
        frame: pd.DataFrame = pq.read_table(clean).to_pandas()
    return frame


def hash_column(values: np.ndarray) -> str:
    """Return a hash of a column's type and bits, (rows,)."""
    head = values.dtype.str.encode()
    return hashlib.sha256(head + np.ascontiguousarray(values).tobytes()).hexdigest()


def hash_texts(values: pd.Series) -> str:
    """Return a hash of a column's cells as texts, which tell any two floats apart."""
    return hashlib.sha256("\n".join(map(str, values.tolist())).encode()).hexdigest()


def take_in(samples: Path, target: Path) -> dict[str, object]:
    """Write every recipe's feature table and reference columns; return what they hold."""
    found: dict[str, object] = {}
    for dataset, recipe in RECIPES.items():
        frame = read_sample(samples, recipe)
        tables = {table.dataset: read_sample(samples, table) for table in recipe.references}
        references = read_reference_columns(tables, recipe)
        columns = build_feature_table([frame], recipe, references).columns
        folder = target / dataset
        folder.mkdir(parents=True)
        arrays = {name: pa.array(values) for name, values in columns.items()}
        pq.write_table(pa.table(arrays), folder / "features.parquet", compression="zstd")
        (folder / "references.json").write_text(json.dumps(references))
        found[dataset] = {
            "checked rows": len(frame),
            "checked columns": {str(name): hash_texts(frame[name]) for name in frame},
            "features": {name: hash_column(values) for name, values in columns.items()},
        }
    return found


if __name__ == "__main__":
    json.dump(take_in(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
