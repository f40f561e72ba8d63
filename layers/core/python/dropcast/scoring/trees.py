"""The walk from the roots of trees to their leaves."""

import math
from collections.abc import Sequence
from typing import Any

Node = tuple[int, float, int, int, int]
_FIELDS = ("split_feature", "threshold", "left", "right", "missing_left")


def list_nodes(arrays: dict[str, list[Any]]) -> list[Node]:
    """Return the inner nodes as (feature, threshold, left, right, missing goes left): one list
    access a level is what makes the walk fast."""
    return list(zip(*(arrays[name] for name in _FIELDS), strict=True))


def find_leaves(nodes: list[Node], roots: list[int], values: Sequence[float]) -> list[int]:
    """Return the leaf that the values reach in every tree, in tree order."""
    if any(map(math.isnan, values)):
        return [_find_leaf_with_missing(nodes, root, values) for root in roots]
    leaves = []
    for root in roots:
        reference = root
        while reference >= 0:
            feature, threshold, left, right, _ = nodes[reference]
            reference = left if values[feature] <= threshold else right
        leaves.append(~reference)
    return leaves


def _find_leaf_with_missing(nodes: list[Node], root: int, values: Sequence[float]) -> int:
    reference = root
    while reference >= 0:
        feature, threshold, left, right, missing_left = nodes[reference]
        value = values[feature]
        goes_left = missing_left if math.isnan(value) else value <= threshold
        reference = left if goes_left else right
    return ~reference
