"""Exact path-dependent Shapley values of trees (Lundberg et al. 2020), without a library.

With a set S of features known, a tree expects the sum over its leaves of the leaf's value times,
for each feature on the way, either 0 or 1 (known: does the row go that way?) or the share of
the training rows that went that way (unknown). Of one leaf that is a product game, whose Shapley
values are integrals of a polynomial (the multilinear extension of Owen 1972): with ``o`` 0 or 1
and ``z`` the share,

    phi_f = value (o_f - z_f) * integral from 0 to 1 of prod_{g != f} (z_g + t (o_g - z_g)) dt

which Gauss and Legendre's rule gives exactly with half as many points as there are features.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from dropcast.scoring.trees import MOST_CATEGORIES, Lists, list_category_sets

_ALL_CATEGORIES = (1 << MOST_CATEGORIES) - 1
# What a leaf and each of its conditions take besides multiplications, in multiplications.
_LEAF_WORK = 20


class Condition(NamedTuple):
    """What a path requires of one feature.

    Above ``low`` (none: from minus infinity on), at or below ``high``, of the categories, and
    whether a missing value goes along. ``share`` of the training rows went that way there.
    """

    feature: int
    low: float | None
    high: float
    categories: int
    by_category: bool
    missing: bool
    share: float

    def holds(self, value: float) -> bool:
        """Return whether a row with this value goes along."""
        if math.isnan(value):
            return self.missing
        if value > self.high or (self.low is not None and value <= self.low):
            return False
        if not self.by_category:
            return True
        if 0 <= value < MOST_CATEGORIES:
            return bool(self.categories >> int(value) & 1)
        return self.missing


class Path(NamedTuple):
    """The way to one leaf of one tree: a condition for each feature on the way."""

    tree: int
    leaf: int
    conditions: tuple[Condition, ...]


def list_paths(arrays: Lists) -> list[Path]:
    """Return the paths to all leaves, tree by tree."""
    split = _make_split(arrays)
    paths = []
    for tree, root in enumerate(arrays["roots"]):
        waiting: list[tuple[int, dict[int, Condition]]] = [(root, {})]
        while waiting:
            reference, conditions = waiting.pop()
            if reference < 0:
                paths.append(Path(tree, ~reference, tuple(conditions.values())))
                continue
            for child, condition in split(reference):
                earlier = conditions.get(condition.feature)
                joined = condition if earlier is None else _join(earlier, condition)
                waiting.append((child, {**conditions, condition.feature: joined}))
    return paths


def _make_split(arrays: Lists) -> Callable[[int], Iterator[tuple[int, Condition]]]:
    sets = list_category_sets(arrays) if "category_set" in arrays else []
    chosen = arrays.get("category_set", [-1] * len(arrays["left"]))

    def find_cover(reference: int) -> float:
        name, place = ("node_cover", reference) if reference >= 0 else ("leaf_cover", ~reference)
        return float(arrays[name][place])

    def split(node: int) -> Iterator[tuple[int, Condition]]:
        feature, threshold = arrays["split_feature"][node], arrays["threshold"][node]
        left, right = arrays["left"][node], arrays["right"][node]
        missing_left, by_category = bool(arrays["missing_left"][node]), chosen[node] >= 0
        goes_left = sets[chosen[node]] if by_category else _ALL_CATEGORIES
        goes_right = _ALL_CATEGORIES ^ goes_left if by_category else _ALL_CATEGORIES
        whole = find_cover(left) + find_cover(right)
        share = find_cover(left) / whole if whole else 0.5
        edge = math.inf if by_category else threshold
        low = None if by_category else threshold
        yield left, Condition(feature, None, edge, goes_left, by_category, missing_left, share)
        yield (
            right,
            Condition(feature, low, math.inf, goes_right, by_category, not missing_left, 1 - share),
        )

    return split


def _join(first: Condition, second: Condition) -> Condition:
    lows = [condition.low for condition in (first, second) if condition.low is not None]
    return Condition(
        first.feature,
        max(lows, default=None),
        min(first.high, second.high),
        first.categories & second.categories,
        first.by_category or second.by_category,
        first.missing and second.missing,
        first.share * second.share,
    )


def count_work(arrays: Mapping[str, Sequence[int]], most: int) -> int:
    """Return about how many multiplications one row's explanation takes.

    Where the leaves alone take more than ``most``, only they are counted: what is refused should
    not take long.
    """
    roots, features, left, right = (
        arrays[name] for name in ("roots", "split_feature", "left", "right")
    )
    work = _LEAF_WORK * (len(roots) + len(left))
    if work > most:
        return work
    # How often the way to the node at hand splits by a feature; ~node: its end is reached.
    used: dict[int, int] = {}
    waiting = [root for root in roots if root >= 0]
    while waiting:
        node = waiting.pop()
        feature = features[node if node >= 0 else ~node]
        if node < 0:
            used[feature] -= 1
            if not used[feature]:
                del used[feature]
            continue
        used[feature] = used.get(feature, 0) + 1
        waiting.append(~node)
        for child in (left[node], right[node]):
            if child >= 0:
                waiting.append(child)
            else:
                count = len(used)
                work += 3 * count * ((count + 1) // 2) + _LEAF_WORK * count
    return work


def add_shapley_values(
    paths: Sequence[Path],
    weights: Sequence[float],
    values: Sequence[float],
    contributions: list[float],
) -> float:
    """Add each feature's Shapley value to ``contributions`` and return the base.

    The base is what the trees expect when no feature is known. ``weights`` are the leaves' values,
    by path.
    """
    base = 0.0
    for path, weight in zip(paths, weights, strict=True):
        conditions = path.conditions
        expected = weight
        for condition in conditions:
            expected *= condition.share
        base += expected
        if not conditions or not weight:
            continue
        shares = [c.share for c in conditions]
        gains = [c.holds(values[c.feature]) - c.share for c in conditions]
        found = [0.0] * len(conditions)
        for point, factor in find_points((len(conditions) + 1) // 2):
            product = factor * weight
            products = []
            for share, gain in zip(shares, gains, strict=True):
                products.append(product)
                product *= share + point * gain
            after = 1.0
            for place in range(len(conditions) - 1, -1, -1):
                found[place] += products[place] * after
                after *= shares[place] + point * gains[place]
        for condition, gain, integral in zip(conditions, gains, found, strict=True):
            contributions[condition.feature] += gain * integral
    return base


@cache
def find_points(count: int) -> tuple[tuple[float, float], ...]:
    """Return the points and weights of Gauss and Legendre's rule on [0, 1].

    It is exact for polynomials of degree 2 * count - 1. The points are the roots of Legendre's
    polynomial, found by Newton's method.

    >>> find_points(1)
    ((0.5, 1.0),)
    """
    points = []
    for index in range(count):
        root = math.cos(math.pi * (index + 0.75) / (count + 0.5))
        slope = 1.0
        for _ in range(100):
            value, slope = _evaluate_legendre(count, root)
            step = value / slope
            root -= step
            if abs(step) < 1e-16:
                break
        _, slope = _evaluate_legendre(count, root)
        if 2 * index + 1 == count:
            root = 0.0
            _, slope = _evaluate_legendre(count, root)
        points.append(((1 + root) / 2, 1 / ((1 - root * root) * slope * slope)))
    return tuple(points)


def _evaluate_legendre(degree: int, x: float) -> tuple[float, float]:
    """Return Legendre's polynomial and its slope at x."""
    before, value = 1.0, x
    for k in range(2, degree + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, degree * (x * value - before) / (x * x - 1)
