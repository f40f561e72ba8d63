"""A program's steps with their arrays, which are the standard library's and not numpy's."""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.scoring.program import StepKind

CompiledStep = tuple[StepKind, dict[str, "array[Any]"]]


def make_step(kind: StepKind, **arrays: "array[Any]") -> CompiledStep:
    """Return a step with its arrays."""
    return kind, arrays


def pack(typecode: str, values: NDArray[Any]) -> "array[Any]":
    """Return the values as an array of the type code (d float64, i int32, B uint8)."""
    packed: array[Any] = array(typecode)
    packed.frombytes(np.ascontiguousarray(values, dtype=np.dtype(typecode)).tobytes())
    return packed
