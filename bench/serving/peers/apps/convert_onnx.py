"""joblib's file -> ONNX: ``python convert_onnx.py model.joblib model.onnx``.

The trees are written node by node in float64, as scikit-learn has them: ``skl2onnx`` rounds their
thresholds to float32, and with these versions of it and of ``onnx`` it converts none with
missing values at all.
"""

import sys
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped] # it ships no types
import numpy as np
from onnx import (  # type: ignore[import-not-found] # only the peer's environment has it
    TensorProto,
    checker,
    helper,
    numpy_helper,
)

_OPSETS = (("", 21), ("ai.onnx.ml", 3))


def convert_pipeline(pipeline: Any) -> Any:
    """Return the ONNX model.

    It maps values (n, f) in float64, in the order of the metadata's ``names``, to the probability
    (n, 1) of the positive class.
    """
    names = list(pipeline.feature_names_in_)
    trees = helper.make_node(
        "TreeEnsembleRegressor",
        ["values"],
        ["log_odds"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        **_list_nodes(pipeline.steps[-1][1]),
    )
    graph = helper.make_graph(
        [trees, helper.make_node("Sigmoid", ["log_odds"], ["liked"])],
        "songs",
        [helper.make_tensor_value_info("values", TensorProto.DOUBLE, [None, len(names)])],
        [helper.make_tensor_value_info("liked", TensorProto.FLOAT, [None, 1])],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid(*pair) for pair in _OPSETS], ir_version=10
    )
    helper.set_model_props(model, {"names": ",".join(names)})
    checker.check_model(model)
    return model


def _list_nodes(model: Any) -> dict[str, Any]:
    trees = [predictor.nodes for (predictor,) in model._predictors]  # noqa: SLF001 - nowhere else
    nodes = np.concatenate(trees)
    tree_ids = np.repeat(np.arange(len(trees)), [len(tree) for tree in trees])
    node_ids = np.concatenate([np.arange(len(tree)) for tree in trees])
    leaf = nodes["is_leaf"].astype(bool)
    # Each tree bears its share of the baseline: a regressor has no float64 place for it.
    values = nodes["value"] + model._baseline_prediction.item() / len(trees)  # noqa: SLF001 - same
    listed = {
        "nodes_treeids": tree_ids,
        "nodes_nodeids": node_ids,
        "nodes_featureids": np.where(leaf, 0, nodes["feature_idx"]),
        "nodes_truenodeids": np.where(leaf, 0, nodes["left"]),
        "nodes_falsenodeids": np.where(leaf, 0, nodes["right"]),
        "nodes_missing_value_tracks_true": nodes["missing_go_to_left"],
        "target_treeids": tree_ids[leaf],
        "target_nodeids": node_ids[leaf],
        "target_ids": np.zeros(leaf.sum()),
    }
    return {
        **{name: array.astype(int).tolist() for name, array in listed.items()},
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_values_as_tensor": numpy_helper.from_array(
            np.where(leaf, 0.0, nodes["num_threshold"]), "thresholds"
        ),
        "target_weights_as_tensor": numpy_helper.from_array(values[leaf], "weights"),
    }


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(convert_pipeline(joblib.load(source)).SerializeToString())
