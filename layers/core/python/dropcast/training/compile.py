"""A fitted pipeline -> a scoring program. Each step and model has one compiler, found by the name
it has in the pipeline."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from dropcast.contracts.errors import ProgramError
from dropcast.recipe import Recipe
from dropcast.scoring import FittedFrom, Program

Arrays = dict[str, "array[Any]"]


def compile_program(pipeline: Pipeline, recipe: Recipe, *, dataset_version: str) -> Program:
    """Return the program of a fitted pipeline.

    Raises ``ProgramError`` for a pipeline that was not fitted on the classes 0 and 1.
    """
    if pipeline.classes_.tolist() != [0, 1]:
        raise ProgramError(f"a program needs the classes 0 and 1, not {pipeline.classes_.tolist()}")
    names = [name for name, _ in pipeline.steps]
    arrays: Arrays = {}
    for name, fitted in pipeline.steps:
        arrays |= _COMPILERS[name](fitted)
    return Program(
        dataset=recipe.dataset,
        columns=recipe.input_columns,
        features=recipe.features,
        classes=recipe.target.classes,
        labels=recipe.target.labels,
        steps=tuple(names[:-1]),
        model=names[-1],
        fitted_from=FittedFrom(dataset_version=dataset_version, recipe_hash=recipe.hash),
        arrays=arrays,
    )


def _compile_standard_scale(fitted: Any) -> Arrays:
    return {
        "scale_mean": _pack("d", fitted.mean_),
        "scale_deviation": _pack("d", fitted.scale_),
    }


def _compile_logistic_regression(fitted: Any) -> Arrays:
    return {
        "coefficients": _pack("d", fitted.coef_[0]),
        "intercept": _pack("d", fitted.intercept_),
    }


def _compile_random_forest(fitted: Any) -> Arrays:
    trees, leaves = [], []
    for estimator in fitted.estimators_:
        tree = estimator.tree_
        is_leaf = tree.children_left == -1
        trees.append(
            _Tree(
                is_leaf=is_leaf,
                feature=tree.feature,
                threshold=tree.threshold,
                left=tree.children_left,
                right=tree.children_right,
                missing_left=tree.missing_go_to_left,
            )
        )
        leaves.append(tree.value[is_leaf, 0, :])
    shares = np.concatenate(leaves)
    return {
        **_join_trees(trees),
        "first_probability": _pack("d", shares[:, 0]),
        "second_probability": _pack("d", shares[:, 1]),
    }


def _compile_hist_gradient_boosting(fitted: Any) -> Arrays:
    """scikit-learn keeps boosted trees in private attributes; a test pins their layout."""
    predictors = [predictor for (predictor,) in fitted._predictors]  # noqa: SLF001
    all_nodes = [predictor.nodes for predictor in predictors]
    if any(nodes["is_categorical"].any() for nodes in all_nodes):
        raise ProgramError("a boosted tree splits by categories; programs have thresholds only")
    trees = [
        _Tree(
            is_leaf=nodes["is_leaf"].astype(bool),
            feature=nodes["feature_idx"],
            threshold=nodes["num_threshold"],
            left=nodes["left"],
            right=nodes["right"],
            missing_left=nodes["missing_go_to_left"],
        )
        for nodes in all_nodes
    ]
    leaf_values = np.concatenate([nodes["value"][nodes["is_leaf"] == 1] for nodes in all_nodes])
    return {
        **_join_trees(trees),
        "leaf_value": _pack("d", leaf_values),
        "baseline": _pack("d", fitted._baseline_prediction.ravel()),  # noqa: SLF001
    }


@dataclass(frozen=True, kw_only=True)
class _Tree:
    """A tree in scikit-learn's numbering: inner nodes and leaves in one sequence, each (m + l,)."""

    is_leaf: NDArray[np.bool_]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.integer[Any]]
    right: NDArray[np.integer[Any]]
    missing_left: NDArray[np.uint8]


def _join_trees(trees: Sequence[_Tree]) -> Arrays:
    """Return the trees as one sequence of inner nodes, children as references: an inner node's
    number, or ``~number`` of a leaf."""
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
    return {name: _pack(typecodes[name], np.concatenate(p)) for name, p in pieces.items()}


def _pack(typecode: str, values: NDArray[Any]) -> "array[Any]":
    packed: array[Any] = array(typecode)
    packed.frombytes(np.ascontiguousarray(values, dtype=np.dtype(typecode)).tobytes())
    return packed


_COMPILERS: dict[str, Callable[[Any], Arrays]] = {
    "standard_scale": _compile_standard_scale,
    "logistic_regression": _compile_logistic_regression,
    "random_forest": _compile_random_forest,
    "hist_gradient_boosting": _compile_hist_gradient_boosting,
}
