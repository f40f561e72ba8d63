"""Trees of three libraries in one form, and a forest of them as a program's arrays."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import ProgramError
from dropcast.training.compile.steps import pack


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A tree in its library's numbering, inner nodes and leaves in one sequence.

    Arrays are (m + l,) for m inner nodes and l leaves; x <= ``threshold`` goes left.
    ``leaf_values`` (l,) are empty where the model keeps them. ``cover`` is how much of the training
    rows came by. A node whose ``category_set`` is not -1 sends left what is in that line of
    ``category_sets`` (s, 32), bits of 256 categories.
    """

    is_leaf: NDArray[np.bool_]
    feature: NDArray[Any]
    threshold: NDArray[np.float64]
    left: NDArray[Any]
    right: NDArray[Any]
    missing_left: NDArray[Any]
    leaf_values: NDArray[np.float64]
    cover: NDArray[np.float64]
    category_set: NDArray[np.int64]
    category_sets: NDArray[np.uint8]


_NO_SETS = np.empty((0, 32), dtype=np.uint8)


def read_library_tree(tree: Any) -> Tree:
    """Return a tree of scikit-learn's decision trees and forests."""
    return Tree(
        is_leaf=tree.children_left == -1,
        feature=tree.feature,
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=tree.missing_go_to_left,
        leaf_values=np.empty(0),
        cover=tree.weighted_n_node_samples,
        category_set=np.full(tree.node_count, -1),
        category_sets=_NO_SETS,
    )


def read_boosted_tree(nodes: NDArray[Any], bitsets: NDArray[np.uint32]) -> Tree:
    """Return a tree of scikit-learn's histogram gradient boosting.

    ``bitsets`` (s, 8) are the categories that go left.
    """
    by_category = nodes["is_categorical"].astype(bool)
    return Tree(
        is_leaf=nodes["is_leaf"].astype(bool),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=nodes["left"],
        right=nodes["right"],
        missing_left=nodes["missing_go_to_left"],
        leaf_values=nodes["value"][nodes["is_leaf"] == 1],
        cover=nodes["count"].astype(np.float64),
        category_set=np.where(by_category, nodes["bitset_idx"].astype(np.int64), -1),
        category_sets=bitsets.astype("<u4").view(np.uint8).reshape(len(bitsets), 32),
    )


def read_xgboost_tree(tree: Mapping[str, Any]) -> Tree:
    """Return a tree of XGBoost's JSON model.

    There x < t goes left, in float32: that is x <= the float32 before t.
    """
    if any(tree["split_type"]):
        raise ProgramError("xgboost: a tree splits by categories, though none were declared")
    is_leaf = np.array(tree["left_children"]) == -1
    conditions = np.array(tree["split_conditions"], dtype=np.float32)
    below = np.nextafter(conditions, np.float32(-np.inf))
    return Tree(
        is_leaf=is_leaf,
        feature=np.array(tree["split_indices"]),
        threshold=below.astype(np.float64),
        left=np.array(tree["left_children"]),
        right=np.array(tree["right_children"]),
        missing_left=np.array(tree["default_left"]),
        leaf_values=conditions[is_leaf].astype(np.float64),
        cover=np.array(tree["sum_hessian"], dtype=np.float64),
        category_set=np.full(len(is_leaf), -1),
        category_sets=_NO_SETS,
    )


_TYPECODES = {
    "threshold": "d",
    "missing_left": "B",
    "node_cover": "d",
    "leaf_cover": "d",
    "category_sets": "B",
}


def join_trees(trees: Sequence[Tree], *, categories: bool = False) -> "dict[str, array[Any]]":
    """Return the trees as one sequence of inner nodes, parents before children.

    Children are references: an inner node's number, or ``~number`` of a leaf.
    """
    names = ("split_feature", "threshold", "left", "right", "missing_left", "category_set")
    others = ("roots", "node_cover", "leaf_cover", "category_sets")
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in (*names, *others)}
    nodes = leaves = sets = 0
    for tree in trees:
        inner = ~tree.is_leaf
        references = np.where(
            tree.is_leaf,
            ~(leaves + np.cumsum(tree.is_leaf) - 1),
            nodes + np.cumsum(inner) - 1,
        )
        columns = (
            tree.feature[inner],
            tree.threshold[inner],
            references[tree.left[inner]],
            references[tree.right[inner]],
            tree.missing_left[inner],
            np.where(tree.category_set < 0, -1, tree.category_set + sets)[inner],
        )
        parts["roots"].append(references[:1])
        parts["node_cover"].append(tree.cover[inner])
        parts["leaf_cover"].append(tree.cover[tree.is_leaf])
        parts["category_sets"].append(tree.category_sets.ravel())
        for name, column in zip(names, columns, strict=True):
            parts[name].append(column)
        nodes, leaves = nodes + int(inner.sum()), leaves + int(tree.is_leaf.sum())
        sets += len(tree.category_sets)
    typecodes = dict.fromkeys(parts, "i") | _TYPECODES
    if not categories:
        parts = {name: part for name, part in parts.items() if "category" not in name}
    return {name: pack(typecodes[name], np.concatenate(p)) for name, p in parts.items()}
