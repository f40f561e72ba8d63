"""Trees of any size over blocks of rows.

Rows are parted node by node while many are together, and then walk on, all of them one level at a
time.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.scoring.trees import MOST_CATEGORIES, SET_BYTES

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]
# Fewer rows are not worth a node of their own.
_LEAST_TO_PART = 256


def make_walk(arrays: Arrays) -> Callable[[Floats], NDArray[Any]]:
    """Return the function from values (n, w) to the leaf (t, n) that each row reaches."""
    part, walk_on = _make_part(arrays), _make_walk_on(arrays)
    return lambda values: ~walk_on(part(values), values)


def _make_walk_on(arrays: Arrays) -> Callable[[NDArray[Any], Floats], NDArray[Any]]:
    """Return the function from references (t, n) to the leaves that lie behind them."""
    no_sets = np.empty(0, dtype=np.uint8)
    sets = arrays.get("category_sets", no_sets).reshape(-1, SET_BYTES)
    categories = find_categories(arrays)

    def walk_on(references: NDArray[Any], values: Floats) -> NDArray[Any]:
        rows, found = len(values), references.ravel()
        active = np.flatnonzero(found >= 0)
        while len(active):
            nodes = found[active]
            value = values[active % rows, arrays["split_feature"][nodes]]
            missing = np.isnan(value)
            goes_left = value <= arrays["threshold"][nodes]
            chosen = np.flatnonzero(categories[nodes] >= 0)
            if len(chosen):
                known = (value[chosen] >= 0) & (value[chosen] < MOST_CATEGORIES)
                category = np.where(known, value[chosen], 0).astype(np.intp)
                bits = sets[categories[nodes[chosen]], category >> 3] >> (category & 7).astype("u1")
                goes_left[chosen] = bits & 1 == 1
                missing[chosen] = ~known
            goes_left = np.where(missing, arrays["missing_left"][nodes] == 1, goes_left)
            found[active] = np.where(goes_left, arrays["left"][nodes], arrays["right"][nodes])
            active = active[found[active] >= 0]
        return found.reshape(references.shape)

    return walk_on


def _make_part(arrays: Arrays) -> Callable[[Floats], NDArray[Any]]:
    """Return the function from values to how far each row gets in each tree, (t, n).

    It goes as far as it has many others beside it.
    """
    roots = arrays["roots"].tolist()
    names = ("split_feature", "threshold", "left", "right", "missing_left")
    features, thresholds, left, right, missing_left = (arrays[name].tolist() for name in names)
    by_category = (find_categories(arrays) >= 0).tolist()

    def part(values: Floats) -> NDArray[Any]:
        columns = list(np.ascontiguousarray(values.T))
        incomplete = [bool(np.isnan(column).any()) for column in columns]
        everyone = np.arange(len(values))
        found = np.empty((len(roots), len(values)), dtype=np.int32)
        for line, root in zip(found, roots, strict=True):
            waiting = [(root, everyone)]
            while waiting:
                reference, rows = waiting.pop()
                if reference < 0 or len(rows) < _LEAST_TO_PART or by_category[reference]:
                    line[rows] = reference
                    continue
                value = columns[features[reference]][rows]
                goes_left = value <= thresholds[reference]
                if missing_left[reference] and incomplete[features[reference]]:
                    goes_left |= np.isnan(value)
                waiting.append((left[reference], rows[goes_left]))
                waiting.append((right[reference], rows[~goes_left]))
        return found

    return part


def find_categories(arrays: Arrays) -> NDArray[Any]:
    """Return each node's set of categories (n,), -1 where a threshold decides."""
    return arrays.get("category_set", np.full(len(arrays["left"]), -1))
