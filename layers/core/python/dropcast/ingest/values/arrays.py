"""Arrow arrays from and to numpy's, over the same memory.

Arrow's own ways between lists, scalars and arrays look for pandas and import it, half a second
of every cold start. Reading a file needs none of pandas, so these go by the buffers instead.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# The characters of ASCII that are no blank and no control character.
_FIRST_VISIBLE, _VISIBLE = np.uint8(0x21), np.uint8(0x5E)

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def read_valid(array: pa.Array) -> Flags:
    """Return which values are not null, shape (rows,)."""
    bits = array.buffers()[0]
    if array.null_count == 0 or bits is None:
        return np.ones(len(array), dtype=bool)
    return _read_bits(bits, array.offset, len(array))


def read_flags(array: pa.Array) -> Flags:
    """Return a boolean array's values, False where null, shape (rows,)."""
    if not len(array):
        return np.zeros(0, dtype=bool)
    return _read_bits(array.buffers()[1], array.offset, len(array)) & read_valid(array)


def read_floats(array: pa.Array) -> Floats:
    """Return a float64 array's values; those of nulls mean nothing. Read only, shape (rows,)."""
    return np.frombuffer(_cut_values(array), np.float64)


def read_integers(array: pa.Array) -> Integers:
    """Return an int64 array's values; those of nulls mean nothing. Read only, shape (rows,)."""
    return np.frombuffer(_cut_values(array), np.int64)


def read_indices(array: pa.DictionaryArray) -> NDArray[np.int32]:
    """Return the place of each value in the dictionary of 32 bits, shape (rows,)."""
    indices = array.indices
    if not len(indices):
        return np.zeros(0, np.int32)
    return np.frombuffer(indices.buffers()[1].slice(4 * indices.offset, 4 * len(indices)), np.int32)


def read_lengths(array: pa.Array) -> Integers:
    """Return the number of bytes of each text; that of a null means nothing. Shape (rows,)."""
    lengths: Integers = np.diff(read_offsets(array)).astype(np.int64)
    return lengths


def read_offsets(array: pa.Array) -> NDArray[np.int32]:
    """Return where each text begins in :func:`read_bytes` and the last ends, shape (rows + 1,)."""
    if not len(array):
        return np.zeros(1, np.int32)
    offsets = np.frombuffer(array.buffers()[1], np.int32)
    return offsets[array.offset : array.offset + len(array) + 1]


def read_bytes(array: pa.Array) -> NDArray[np.uint8]:
    """Return the bytes that an array of texts lies in, its own and maybe others."""
    data = array.buffers()[2]
    return np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)


def may_have_blank_ends(array: pa.Array) -> bool:
    """Return whether a text may begin or end with a blank; exact where all of it is ASCII."""
    offsets, characters = read_offsets(array), read_bytes(array)
    starts, ends = offsets[:-1], offsets[1:]
    filled = ends > starts
    if not filled.all():
        starts, ends = starts[filled], ends[filled]
    edges = np.concatenate([characters[starts], characters[ends - 1]])
    return bool((edges - _FIRST_VISIBLE >= _VISIBLE).any())


def make_flags(flags: Flags) -> pa.Array:
    """Return flags as a boolean array."""
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, _make_bits(flags)])


def make_numbers(values: NDArray[np.generic], kind: pa.DataType, valid: Flags) -> pa.Array:
    """Return an array of an eight-byte type; null where not ``valid``."""
    bits = None if valid.all() else _make_bits(valid)
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [bits, data])


def make_integers(values: Integers) -> pa.Array:
    """Return an int64 array without nulls."""
    return make_numbers(values, pa.int64(), np.ones(len(values), dtype=bool))


def make_texts(texts: Sequence[str]) -> pa.Array:
    """Return a string array without nulls."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *(len(text) for text in encoded)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def fill_texts(texts: pa.Array) -> pa.Array:
    """Return a string array with empty texts for its nulls."""
    return pc.coalesce(texts, _NO_TEXT) if texts.null_count else texts


def null_where(array: pa.Array, flags: Flags) -> pa.Array:
    """Return the array with nulls at ``flags`` besides its own."""
    if not flags.any():
        return array
    valid = np.concatenate([np.zeros(array.offset, dtype=bool), read_valid(array) & ~flags])
    buffers = [_make_bits(valid), *array.buffers()[1:]]
    return pa.Array.from_buffers(array.type, len(array), buffers, offset=array.offset)


def _cut_values(array: pa.Array) -> pa.Buffer | bytes:
    """Return the memory of the values of an array of an eight-byte type."""
    data = array.buffers()[1]
    return data.slice(8 * array.offset, 8 * len(array)) if len(array) else b""


def _read_bits(bits: pa.Buffer, offset: int, rows: int) -> Flags:
    packed = np.frombuffer(bits, np.uint8)
    return np.unpackbits(packed, count=offset + rows, bitorder="little")[offset:].astype(bool)


def _make_bits(flags: Flags) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


_NO_TEXT = make_texts([""])[0]
