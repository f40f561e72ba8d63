"""The lake's tables as the steps need them; ``dropcast.storage`` has the adapters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class FrameTables(Protocol):
    """Parquet objects as pandas frames; for functions with the tables layer."""

    def read(self, key: str) -> "pd.DataFrame":
        """Return the object's rows."""
        ...

    def write(self, key: str, columns: "Mapping[str, NDArray[np.generic]]") -> str:
        """Store arrays of one length as a Parquet object; return the sha256 of its bytes."""
        ...


class ArrayTables(Protocol):
    """Parquet objects as numpy arrays; for functions with the learning layer."""

    def read(
        self, key: str, names: Sequence[str] | None = None
    ) -> "dict[str, NDArray[np.generic]]":
        """Return the columns, or the named ones, each of shape (rows,)."""
        ...

    def write(self, key: str, columns: "Mapping[str, NDArray[np.generic]]") -> None:
        """Store arrays of one length as a Parquet object."""
        ...
