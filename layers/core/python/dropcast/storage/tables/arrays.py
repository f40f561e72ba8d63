"""Parquet objects as numpy arrays, through arro3.

They are for the functions with the arrays layer, where pyarrow does not fit (see docs/adr).
"""

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from arro3.core import Array, Table
from arro3.io import read_parquet, write_parquet
from numpy.typing import NDArray

from dropcast.contracts.blobs import PARQUET_TYPE
from dropcast.contracts.errors import DocumentError
from dropcast.contracts.ports import BlobStore


class ArrayTables:
    """The tables of one bucket: columns of numbers without nulls, as feature tables are."""

    def __init__(self, *, store: BlobStore) -> None:
        self._store = store

    def read(self, key: str, names: Sequence[str] | None = None) -> dict[str, NDArray[np.generic]]:
        """Return the columns, or the named ones, each of shape (rows,).

        Raises ``DocumentError`` naming the columns that the table lacks.
        """
        table = read_parquet(BytesIO(self._store.read(key).body)).read_all()
        missing = sorted(set(names or ()) - set(table.column_names))
        if missing:
            raise DocumentError(f"table '{key}' lacks the columns {', '.join(missing)}")
        wanted = names or table.column_names
        return {name: table.column(name).combine_chunks().to_numpy() for name in wanted}

    def write(self, key: str, columns: Mapping[str, NDArray[np.generic]]) -> None:
        """Store arrays of one length as a Parquet object."""
        arrays = [Array.from_numpy(np.ascontiguousarray(values)) for values in columns.values()]
        sink = BytesIO()
        write_parquet(Table.from_arrays(arrays, names=list(columns)), sink, compression="zstd(1)")
        self._store.write(key, sink.getvalue(), PARQUET_TYPE)
