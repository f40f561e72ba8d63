"""The lake's tables as pandas frames, as a step needs them; ``storage`` has the adapter."""

from collections.abc import Mapping
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
