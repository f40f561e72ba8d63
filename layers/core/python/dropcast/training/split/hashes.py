"""Keyed hashes of row and group identities: the split's only source of chance."""

import numpy as np
from numpy.typing import NDArray


def hash_identities(identities: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """Return a hash of each identity, uint64 (n,); two different identities never share one.

    Splitmix64's finalizer (Steele, Lea, Flood 2014) of the identity xor a hash of the seed.

    >>> zero = np.array([0], dtype=np.uint64)
    >>> hash_identities(zero, 0).tolist() != hash_identities(zero, 1).tolist()
    True
    """
    key = _finalize(np.array([seed % 2**64], dtype=np.uint64))
    return _finalize(identities ^ key)


def _finalize(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
