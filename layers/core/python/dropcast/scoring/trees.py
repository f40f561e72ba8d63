"""The walk from the roots of trees to their leaves."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

Lists = dict[str, list[Any]]
Walk = Callable[[Sequence[float]], list[int]]
# How many categories a node can distinguish, and the bytes that takes.
MOST_CATEGORIES = 256
SET_BYTES = MOST_CATEGORIES // 8
_NO_CATEGORIES = -1


def make_walk(arrays: Lists) -> Walk:
    """Return the function from values to the leaf that they reach in every tree, in tree order."""
    roots = arrays["roots"]
    # One list access a level is what makes the walk fast.
    fields = (arrays[n] for n in ("split_feature", "threshold", "left", "right"))
    plain = list(zip(*fields, strict=True))
    by_category = max(arrays.get("category_set", ()), default=-1) >= 0

    @cache
    def list_careful() -> list[tuple[int, float, int, int, int, int]]:
        sets = list_category_sets(arrays) if by_category else []
        chosen = arrays["category_set"] if by_category else [_NO_CATEGORIES] * len(plain)
        categories = [_NO_CATEGORIES if s < 0 else sets[s] for s in chosen]
        pairs = zip(plain, arrays["missing_left"], categories, strict=True)
        return [(*node, missing, chosen) for node, missing, chosen in pairs]

    def walk(values: Sequence[float]) -> list[int]:
        if by_category or any(map(math.isnan, values)):
            return _walk_carefully(list_careful(), roots, values)
        leaves = []
        for root in roots:
            reference = root
            while reference >= 0:
                feature, threshold, left, right = plain[reference]
                reference = left if values[feature] <= threshold else right
            leaves.append(~reference)
        return leaves

    return walk


def _walk_carefully(
    nodes: list[tuple[int, float, int, int, int, int]], roots: list[int], values: Sequence[float]
) -> list[int]:
    leaves = []
    for root in roots:
        reference = root
        while reference >= 0:
            feature, threshold, left, right, missing_left, categories = nodes[reference]
            value = values[feature]
            if categories != _NO_CATEGORIES:
                goes_left = is_left(value, categories, missing_left)
            else:
                goes_left = bool(missing_left) if math.isnan(value) else value <= threshold
            reference = left if goes_left else right
        leaves.append(~reference)
    return leaves


def is_left(value: float, categories: int, missing_left: int) -> bool:
    """Return whether a category goes left; what is no category goes as a missing value does."""
    if 0 <= value < MOST_CATEGORIES:
        return bool(categories >> int(value) & 1)
    return bool(missing_left)


def list_category_sets(arrays: Lists) -> list[int]:
    """Return each set of categories as a number with a bit for each that is in it."""
    packed = bytes(arrays["category_sets"])
    starts = range(0, len(packed), SET_BYTES)
    return [int.from_bytes(packed[i : i + SET_BYTES], "little") for i in starts]
