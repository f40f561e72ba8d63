"""Whether the arrays of trees can be walked: every walk ends, and at a leaf."""

import math
import operator
from array import array
from itertools import count
from typing import Any

from dropcast.scoring.trees import SET_BYTES

Arrays = dict[str, "array[Any]"]


class ProblemError(Exception):
    """A step that cannot be run; the chain is not followed further. It never leaves the checks."""


def require(holds: bool, problem: str) -> None:
    """Raise :class:`ProblemError` unless it holds."""
    if not holds:
        raise ProblemError(problem)


def require_lengths(arrays: Arrays, **lengths: int) -> None:
    """Raise :class:`ProblemError` unless each array has as many items as said."""
    for name, length in lengths.items():
        found = len(arrays[name])
        require(found == length, f"'{name}' has {found:,} items, expected {length:,}")


def require_trees(arrays: Arrays, features: int, leaves: int) -> None:
    """Raise :class:`ProblemError` unless trees over so many features and leaves can be walked."""
    nodes = len(arrays["threshold"])
    require(len(arrays["roots"]) > 0, "it has no trees")
    require_lengths(arrays, split_feature=nodes, left=nodes, right=nodes, missing_left=nodes)
    require_lengths(arrays, node_cover=nodes, leaf_cover=leaves)
    for name in ("node_cover", "leaf_cover"):
        require(min(arrays[name], default=0.0) >= 0, f"'{name}' holds a negative number")
    for name in ("roots", "left", "right"):
        found = arrays[name]
        inside = not found or -leaves <= min(found) <= max(found) < nodes
        require(inside, f"'{name}' points outside the trees")
    for name in ("left", "right"):
        later = all(map(operator.gt, _as_unsigned(arrays[name]), count()))
        require(later, f"'{name}' holds a child that does not come after its parent")
    # Shared nodes would let a small file walk for hours: every tree through every node.
    inner = [r for name in ("roots", "left", "right") for r in arrays[name] if r >= 0]
    require(len(set(inner)) == len(inner), "an inner node has two parents")
    used = arrays["split_feature"]
    require(
        not used or 0 <= min(used) <= max(used) < features,
        "a tree splits by a feature that is not there",
    )
    require(not any(map(math.isnan, arrays["threshold"])), "a threshold is not a number")
    require(max(arrays["missing_left"], default=0) <= 1, "'missing_left' is neither 0 nor 1")


def require_category_sets(arrays: Arrays) -> None:
    """Raise :class:`ProblemError` unless each node by category has its set."""
    require_lengths(arrays, category_set=len(arrays["threshold"]))
    sets, rest = divmod(len(arrays["category_sets"]), SET_BYTES)
    require(rest == 0, "'category_sets' are not a whole number of sets")
    chosen = arrays["category_set"]
    inside = not chosen or -1 <= min(chosen) <= max(chosen) < sets
    require(inside, "'category_set' points outside the sets")


def _as_unsigned(references: "array[int]") -> "array[int]":
    """Return the references with leaves (negative) above every node, to compare all at once."""
    unsigned = array("I")
    unsigned.frombytes(references.tobytes())
    return unsigned
