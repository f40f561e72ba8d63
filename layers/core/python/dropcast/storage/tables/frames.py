"""Parquet objects as pandas frames, through pyarrow: for functions with the tables layer."""

import hashlib
from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dropcast.contracts.blobs import PARQUET_TYPE
from dropcast.contracts.ports import BlobStore


class FrameTables:
    """The tables of one bucket."""

    def __init__(self, *, store: BlobStore) -> None:
        self._store = store

    def read(self, key: str) -> pd.DataFrame:
        """Return the object's rows."""
        table = pq.read_table(BytesIO(self._store.read(key).body))
        frame: pd.DataFrame = table.to_pandas()
        return frame

    def write(self, key: str, columns: Mapping[str, NDArray[np.generic]]) -> str:
        """Store arrays of one length as a Parquet object; return the sha256 of its bytes."""
        table = pa.table({name: pa.array(values) for name, values in columns.items()})
        sink = BytesIO()
        pq.write_table(table, sink, compression="zstd")
        body = sink.getvalue()
        self._store.write(key, body, PARQUET_TYPE)
        return hashlib.sha256(body).hexdigest()
