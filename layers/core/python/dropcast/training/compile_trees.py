"""Trees of three libraries in one shape, and a forest of them as a program's arrays."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import ProgramError
from dropcast.training.packing import pack


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A tree in its library's numbering, inner nodes and leaves in one sequence, each (m + l,);
    x <= ``threshold`` goes left. ``leaf_values`` (l,) are empty where the model keeps them."""

    is_leaf: NDArray[np.bool_]
    feature: NDArray[Any]
    threshold: NDArray[np.float64]
    left: NDArray[Any]
    right: NDArray[Any]
    missing_left: NDArray[Any]
    leaf_values: NDArray[np.float64]


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
    )


def read_boosted_tree(nodes: NDArray[Any]) -> Tree:
    """Return a tree of scikit-learn's histogram gradient boosting."""
    if nodes["is_categorical"].any():
        raise ProgramError("a boosted tree splits by categories; programs have thresholds only")
    return Tree(
        is_leaf=nodes["is_leaf"].astype(bool),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=nodes["left"],
        right=nodes["right"],
        missing_left=nodes["missing_go_to_left"],
        leaf_values=nodes["value"][nodes["is_leaf"] == 1],
    )


def read_xgboost_tree(tree: Mapping[str, Any]) -> Tree:
    """Return a tree of XGBoost's JSON model. There x < t goes left, in float32: that is x <= the
    float32 before t."""
    if any(tree["split_type"]):
        raise ProgramError("a boosted tree splits by categories; programs have thresholds only")
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
    )


def join_trees(trees: Sequence[Tree]) -> "dict[str, array[Any]]":
    """Return the trees as one sequence of inner nodes, parents before children; children are
    references: an inner node's number, or ``~number`` of a leaf."""
    names = ("split_feature", "threshold", "left", "right", "missing_left")
    pieces: dict[str, list[NDArray[Any]]] = {name: [] for name in ("roots", *names)}
    nodes = leaves = 0
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
        )
        pieces["roots"].append(references[:1])
        for name, column in zip(names, columns, strict=True):
            pieces[name].append(column)
        nodes, leaves = nodes + int(inner.sum()), leaves + int(tree.is_leaf.sum())
    typecodes = dict.fromkeys(pieces, "i") | {"threshold": "d", "missing_left": "B"}
    return {name: pack(typecodes[name], np.concatenate(p)) for name, p in pieces.items()}
