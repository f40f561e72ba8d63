"""Trees over whole blocks of rows.

Where no tree has more than 64 leaves, no tree is walked at all (QuickScorer, Lucchese et al. 2015).
A tree's leaves are bits of one word, from left to right. A node that a row leaves to the right
strikes out the leaves on its left; what is struck out by all of a feature's nodes together depends
on the feature's value alone, so there is one table a feature, looked up by the place of the value
among the thresholds. The words of all features are put together by "and", and the lowest bit left
is the row's leaf. Larger trees are walked (``scoring.batch.walks``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.scoring.batch.walks import Arrays, Floats, find_categories, make_walk
from dropcast.scoring.trees import MOST_CATEGORIES, SET_BYTES

Words = NDArray[Any]
# From values (n, w) to values (n, v).
BatchFunction = Callable[[Floats], Floats]
_MOST_LEAVES = 64
_MOST_TABLE_BYTES = 256 * 1024 * 1024
# So many rows' words stay in a core's cache.
_ROWS_TOGETHER = 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class LeafFinder:
    """How the leaves that rows reach are found.

    ``find`` gives, of values (n, w), each tree's place (t, n); the leaf is ``order`` (l,) at the
    tree's of ``starts`` (t,) plus the place.
    """

    find: Callable[[Floats], NDArray[Any]]
    starts: NDArray[np.intp]
    order: NDArray[np.intp]


def make_leaf_finder(arrays: Arrays) -> LeafFinder:
    """Return what finds the leaves that rows reach in every tree."""
    shape = _lay_out(arrays)
    if shape is not None:
        groups = _group_nodes(arrays)
        words = sum(group.count_lines() for group in groups) * len(shape.starts)
        if words * shape.kept.itemsize <= _MOST_TABLE_BYTES:
            tables = [_make_table(group, arrays, shape) for group in groups]
            return LeafFinder(
                find=lambda values: _look_up(tables, values, shape.all_leaves),
                starts=shape.starts,
                order=shape.order,
            )
    return LeafFinder(
        find=make_walk(arrays),
        starts=np.zeros(len(arrays["roots"]), dtype=np.intp),
        order=np.arange(len(arrays["leaf_cover"])),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Layout:
    """Where the leaves of every tree lie.

    ``tree`` (n,) of each inner node and the bits ``kept`` (n,) where it is left to the right;
    ``all_leaves`` (t,): the bits of each tree's leaves.
    """

    tree: NDArray[np.intp]
    kept: Words
    all_leaves: Words
    starts: NDArray[np.intp]
    order: NDArray[np.intp]


def _lay_out(arrays: Arrays) -> _Layout | None:
    """Return the trees' leaves from left to right, or none if a tree has too many."""
    left, right = arrays["left"].tolist(), arrays["right"].tolist()
    tree_of, struck = [0] * len(left), [0] * len(left)
    order: list[int] = []
    starts: list[int] = []
    for tree, root in enumerate(arrays["roots"].tolist()):
        start = len(order)
        starts.append(start)
        # A node is met twice: on the way down, and when all on its left is done.
        path = [(root, -1)]
        while path:
            reference, begin = path.pop()
            if reference < 0:
                order.append(~reference)
                if len(order) - start > _MOST_LEAVES:
                    return None
            elif begin < 0:
                path += [(right[reference], -1), (reference, len(order)), (left[reference], -1)]
            else:
                tree_of[reference] = tree
                struck[reference] = (1 << len(order) - start) - (1 << begin - start)
    sizes = [end - begin for begin, end in zip(starts, [*starts[1:], len(order)], strict=True)]
    word = np.uint32 if max(sizes) <= 32 else np.uint64
    return _Layout(
        tree=np.array(tree_of, dtype=np.intp),
        kept=np.bitwise_not(np.array(struck, dtype=np.uint64)).astype(word),
        all_leaves=np.array([(1 << size) - 1 for size in sizes], dtype=np.uint64).astype(word),
        starts=np.array(starts, dtype=np.intp),
        order=np.array(order, dtype=np.intp),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Group:
    """The ``nodes`` (m,) that split by one feature.

    They split by ``thresholds`` (p,), each once and in order, or, without any, by category.
    """

    feature: int
    nodes: NDArray[np.intp]
    thresholds: Floats | None

    def count_lines(self) -> int:
        """Return how many lines a table of all places has: one more is for a missing value."""
        return 1 + (MOST_CATEGORIES if self.thresholds is None else len(self.thresholds) + 1)


def _group_nodes(arrays: Arrays) -> list[_Group]:
    features, by_category = arrays["split_feature"], find_categories(arrays) >= 0
    order = np.lexsort((by_category, features))
    split_by = features[order].astype(np.int64) * 2 + by_category[order]
    groups = []
    for nodes in np.split(order, np.flatnonzero(np.diff(split_by)) + 1):
        if len(nodes):
            thresholds = None if by_category[nodes[0]] else np.unique(arrays["threshold"][nodes])
            feature = int(features[nodes[0]])
            groups.append(_Group(feature=feature, nodes=nodes, thresholds=thresholds))
    return groups


@dataclass(frozen=True, kw_only=True, eq=False)
class _Table:
    """The leaves left by one feature's nodes.

    ``words`` (places + 1, t), the last line for a missing value. ``thresholds`` (places - 1,);
    none: the place is the category itself.
    """

    feature: int
    thresholds: Floats | None
    words: Words

    def find_places(self, values: Floats) -> NDArray[np.intp]:
        last = len(self.words) - 1
        if self.thresholds is None:
            known = (values >= 0) & (values < MOST_CATEGORIES)
            return np.where(known, values, last).astype(np.intp)
        return np.where(np.isnan(values), last, np.searchsorted(self.thresholds, values))


def _make_table(group: _Group, arrays: Arrays, shape: _Layout) -> _Table:
    words, nodes = _make_words(group.count_lines(), shape), group.nodes
    if group.thresholds is None:
        _strike_categories(words, nodes, arrays, shape)
    else:
        places = np.searchsorted(group.thresholds, arrays["threshold"][nodes])
        # Above a threshold its nodes are left to the right, and so they are above all higher ones.
        np.bitwise_and.at(words, (places + 1, shape.tree[nodes]), shape.kept[nodes])
        np.bitwise_and.accumulate(words[:-1], axis=0, out=words[:-1])
    _strike_missing(words, nodes, arrays, shape)
    return _Table(feature=group.feature, thresholds=group.thresholds, words=words)


def _strike_categories(
    words: Words, nodes: NDArray[np.intp], arrays: Arrays, shape: _Layout
) -> None:
    sets, chosen = arrays["category_sets"].reshape(-1, SET_BYTES), find_categories(arrays)
    for node in nodes:
        goes_left = np.unpackbits(sets[chosen[node]], bitorder="little")
        words[:-1, shape.tree[node]][goes_left == 0] &= shape.kept[node]


def _make_words(lines: int, shape: _Layout) -> Words:
    return np.full((lines, len(shape.starts)), ~shape.all_leaves.dtype.type(0))


def _strike_missing(words: Words, nodes: NDArray[np.intp], arrays: Arrays, shape: _Layout) -> None:
    right = nodes[arrays["missing_left"][nodes] == 0]
    np.bitwise_and.at(words[-1], shape.tree[right], shape.kept[right])


def _look_up(tables: list[_Table], values: Floats, all_leaves: Words) -> NDArray[Any]:
    places = np.empty((len(all_leaves), len(values)), dtype=np.uint8)
    for start in range(0, len(values), _ROWS_TOGETHER):
        block = slice(start, start + _ROWS_TOGETHER)
        places[:, block] = _find_lowest_bits(tables, values[block], all_leaves).T
    return places


def _find_lowest_bits(tables: list[_Table], values: Floats, all_leaves: Words) -> NDArray[Any]:
    found = np.repeat(all_leaves[np.newaxis], len(values), axis=0)
    line = np.empty_like(found)
    for table in tables:
        places = table.find_places(values[:, table.feature])
        np.take(table.words, places, axis=0, out=line, mode="clip")
        np.bitwise_and(found, line, out=found)
    np.bitwise_and(found, ~found + found.dtype.type(1), out=line)
    line -= found.dtype.type(1)
    return np.asarray(np.bitwise_count(line))


def _list_values(finder: LeafFinder, leaf_values: Floats, values: Floats) -> Iterator[Floats]:
    """Yield, tree by tree, the values (n, ...) of the leaves that rows reach."""
    ordered = leaf_values[finder.order]
    for start, places in zip(finder.starts, finder.find(values), strict=True):
        yield np.take(ordered[start:], places, axis=0)


def _to_float32(values: Floats) -> Floats:
    """scikit-learn's forests and XGBoost see float32."""
    return values.astype(np.float32).astype(np.float64)


def make_forest(arrays: Arrays) -> BatchFunction:
    """Return the mean over the trees, class by class."""
    finder, width = make_leaf_finder(arrays), int(arrays["width"][0])
    leaf_values, trees = arrays["leaf_values"].reshape(-1, width), len(arrays["roots"])

    def average(values: Floats) -> Floats:
        totals = np.zeros((len(values), width))
        for found in _list_values(finder, leaf_values, _to_float32(values)):
            totals += found
        return totals / trees

    return average


def make_boosted(arrays: Arrays) -> BatchFunction:
    """Return the baseline and the trees' leaf values added up in float64."""
    return _make_sums(arrays, np.float64, lambda values: values)


def make_boosted32(arrays: Arrays) -> BatchFunction:
    """Return the baseline and the trees' leaf values added up in float32."""
    return _make_sums(arrays, np.float32, _to_float32)


def _make_sums(arrays: Arrays, dtype: Any, see: Callable[[Floats], Floats]) -> BatchFunction:
    finder, outputs = make_leaf_finder(arrays), arrays["tree_output"].tolist()
    leaf_values, baseline = arrays["leaf_values"].astype(dtype), arrays["baseline"].astype(dtype)

    def add(values: Floats) -> Floats:
        totals = np.repeat(baseline[:, np.newaxis], len(values), axis=1)
        found = _list_values(finder, leaf_values, see(values))
        for output, leaves in zip(outputs, found, strict=True):
            totals[output] += leaves
        return totals.T.astype(np.float64)

    return add
