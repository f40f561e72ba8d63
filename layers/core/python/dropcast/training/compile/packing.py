"""numpy arrays as the standard library's, which programs are made of."""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pack(typecode: str, values: NDArray[Any]) -> "array[Any]":
    """Return the values as an array of the type code (d float64, i int32, B uint8)."""
    packed: array[Any] = array(typecode)
    packed.frombytes(np.ascontiguousarray(values, dtype=np.dtype(typecode)).tobytes())
    return packed
