"""The lake's tables as numpy arrays, as the steps need them; ``storage`` has the adapter."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ArrayTables(Protocol):
    """Parquet objects as numpy arrays; for functions with the arrays layer."""

    def read(
        self, key: str, names: Sequence[str] | None = None
    ) -> "dict[str, NDArray[np.generic]]":
        """Return the columns, or the named ones, each of shape (rows,)."""
        ...

    def write(self, key: str, columns: "Mapping[str, NDArray[np.generic]]") -> None:
        """Store arrays of one length as a Parquet object."""
        ...
