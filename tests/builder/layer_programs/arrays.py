"""Run with the arrays layer alone on the path: what steps of training read and write with it."""

import importlib.metadata
import io
import json
import sys
import warnings

import numpy as np
from arro3.core import Array, Table
from arro3.io import read_parquet, write_parquet


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    warnings.simplefilter("error")
    values = np.random.default_rng(7).normal(size=400)
    hashes = np.arange(400, dtype=np.uint64) + np.uint64(2**64 - 400)
    sink = io.BytesIO()
    columns = [Array.from_numpy(column) for column in (values, hashes)]
    write_parquet(Table.from_arrays(columns, names=["a", "b"]), sink, compression="zstd(1)")
    back = read_parquet(io.BytesIO(sink.getvalue())).read_all()
    found = [back.column(name).combine_chunks().to_numpy() for name in ("a", "b")]
    return {
        "parquet": bool(np.array_equal(found[0], values)),
        "unsigned": bool(np.array_equal(found[1], hashes)) and found[1].dtype == np.uint64,
        "versions": {name: importlib.metadata.version(name) for name in ("numpy", "arro3-core")},
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
