"""How large a fitted forest's program would be: forests grow with the rows, nothing else does."""

from typing import Any

from imblearn.pipeline import Pipeline
from sklearn.calibration import CalibratedClassifierCV

from dropcast.contracts.limits import MAX_PROGRAM_BYTES

# Of an inner node: feature i, threshold d, left i, right i, missing_left B, cover d.
_NODE_BYTES = 4 + 8 + 4 + 4 + 1 + 8
# Of a leaf: its cover besides its values.
_VALUE_BYTES = 8


def require_small_program(pipeline: Pipeline, *, size_share: float = 1.0) -> None:
    """Raise ``ValueError`` for a forest that no program holds.

    ``size_share``  the share of the largest program that it may take: below 1 where it is to be
                    fitted again on more rows
    """
    found, most = _count_forest_bytes(pipeline.steps[-1][1]), int(MAX_PROGRAM_BYTES * size_share)
    if found > most:
        raise ValueError(
            f"the forest's program would have {found / 2**20:,.0f} MiB and {most / 2**20:,.0f} may "
            f"be taken: raise min_samples_leaf or lower max_depth or n_estimators"
        )


def _count_forest_bytes(model: Any) -> int:
    if isinstance(model, CalibratedClassifierCV):
        model = model.calibrated_classifiers_[0].estimator.steps[-1][1]
    estimators = [model] if hasattr(model, "tree_") else getattr(model, "estimators_", [])
    trees = [estimator.tree_ for estimator in estimators]
    return sum(
        (tree.node_count - tree.n_leaves) * _NODE_BYTES
        + tree.n_leaves * (tree.value.shape[2] + 1) * _VALUE_BYTES
        for tree in trees
    )
