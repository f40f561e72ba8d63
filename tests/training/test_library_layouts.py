"""What the compilers read of the libraries' private parts still is where they read it.

If one of these fails, a library moved it: mend training/compile/models.py or compile_trees.py.
"""

import json

import numpy as np
import pytest
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

from dropcast.contracts.errors import ProgramError
from dropcast.recipe import Candidate, candidate
from dropcast.training.compile.trees import read_xgboost_tree
from dropcast.training.pipelines import fit_pipeline
from tests.training.pipelines import make_feature, make_recipe

VALUES = np.random.default_rng(1).normal(size=(120, 2))
TARGET = (VALUES[:, 0] > 0.1).astype(np.int64) + (VALUES[:, 1] > 0.3)
FEATURES = tuple(make_feature(i, "plain") for i in range(2))
THREE, TWO = (make_recipe(FEATURES, labels) for labels in (("a", "b", "c"), ("a", "b")))


def test_boosted_trees_of_scikit_learn_are_a_list_of_lists_of_nodes() -> None:
    fields = {
        "value",
        "feature_idx",
        "num_threshold",
        "missing_go_to_left",
        "left",
        "right",
        "count",
    }
    assert fields | {"is_leaf", "is_categorical"} <= set(PREDICTOR_RECORD_DTYPE.names)
    tried = candidate("hist_gradient_boosting", max_iter=2)
    model = fit_pipeline(THREE, tried, VALUES, TARGET, 1).steps[-1][1]
    baseline, predictors = (getattr(model, n) for n in ("_baseline_prediction", "_predictors"))
    assert baseline.shape == (1, 3)
    assert [len(of_iteration) for of_iteration in predictors] == [3, 3]
    nodes = predictors[0][0].nodes
    assert nodes.dtype == PREDICTOR_RECORD_DTYPE
    # How many training rows came by.
    assert nodes["count"][0] == len(VALUES)
    assert nodes["count"][0] == nodes["count"][[nodes["left"][0], nodes["right"][0]]].sum()


def test_trees_of_scikit_learn_tell_the_weight_of_the_rows_that_came_by() -> None:
    tried = candidate("decision_tree", max_depth=3, class_weight="balanced")
    tree = fit_pipeline(THREE, tried, VALUES, TARGET, 1).steps[-1][1].tree_
    came_by, inner = tree.weighted_n_node_samples, tree.children_left >= 0
    # Balanced: the classes' weights are as large, and all of them are as many as the rows.
    assert came_by[0] == pytest.approx(len(VALUES))
    children = came_by[tree.children_left[inner]] + came_by[tree.children_right[inner]]
    assert came_by[inner] == pytest.approx(children)
    assert not np.allclose(came_by, tree.n_node_samples)


def test_boosted_trees_of_scikit_learn_number_categories_and_split_them_by_bits() -> None:
    recipe = make_recipe((make_feature(0, "plain"), make_feature(1, "ordinal")), ("a", "b"))
    categories = np.random.default_rng(2).integers(0, 5, 200)
    values = np.column_stack([np.arange(200.0) % 11, categories])
    tried = candidate("hist_gradient_boosting", max_iter=3, min_samples_leaf=4)
    target = np.isin(categories, [1, 3]).astype(np.int64)
    model = fit_pipeline(recipe, tried, values, target, 1).steps[-1][1]
    preprocessor = model._preprocessor  # noqa: SLF001 - what is pinned here
    (known,) = preprocessor.named_transformers_["encoder"].categories_
    assert known.tolist() == [0, 1, 2, 3, 4]
    assert np.flatnonzero(model.is_categorical_).tolist() == [1]
    # Behind the preprocessor the categorical feature comes first.
    assert preprocessor.transform(values)[:, 0].tolist() == categories.tolist()
    tree = model._predictors[0][0]  # noqa: SLF001 - what is pinned here
    root = tree.nodes[0]
    assert (root["is_categorical"], root["feature_idx"]) == (1, 0)
    # Categories 1 and 3 go left.
    assert tree.raw_left_cat_bitsets.dtype == np.uint32
    assert tree.raw_left_cat_bitsets[root["bitset_idx"]].tolist() == [0b01010, *[0] * 7]


def test_trees_of_xgboost_are_lists_in_its_json() -> None:
    tried = candidate("xgboost", n_estimators=2, max_depth=2)
    model = fit_pipeline(THREE, tried, VALUES, TARGET, 1).steps[-1][1]
    learner = json.loads(model.booster_.save_raw("json"))["learner"]
    found = learner["gradient_booster"]["model"]
    assert found["tree_info"] == [0, 1, 2, 0, 1, 2]
    assert model.baseline_.shape == (3,)
    tree = found["trees"][0]
    nodes = len(tree["left_children"])
    names = ["right_children", "split_indices", "split_conditions", "default_left", "split_type"]
    names.append("sum_hessian")
    assert {name: len(tree[name]) for name in names} == dict.fromkeys(names, nodes)
    assert all(left == -1 or left > node for node, left in enumerate(tree["left_children"]))
    # How much of the training rows came by: of three classes a row weighs 2 p (1 - p), and the
    # first trees start from the classes' shares.
    share = (TARGET == 0).mean()
    hessian, left, right = (tree[n] for n in ("sum_hessian", "left_children", "right_children"))
    assert hessian[0] == pytest.approx(len(TARGET) * 2 * share * (1 - share), rel=1e-4)
    assert hessian[0] == pytest.approx(hessian[left[0]] + hessian[right[0]], rel=1e-6)


@pytest.mark.parametrize(
    ("tried", "names"),
    [
        (candidate("svc", calibration="sigmoid"), ("a_", "b_")),
        (candidate("svc", calibration="isotonic"), ("X_thresholds_", "y_thresholds_")),
    ],
    ids=("sigmoid", "isotonic"),
)
def test_a_calibrated_svc_keeps_its_parts(tried: Candidate, names: tuple[str, ...]) -> None:
    pipeline = fit_pipeline(TWO, tried, VALUES, np.minimum(TARGET, 1), 1)
    (calibrated,) = pipeline.steps[-1][1].calibrated_classifiers_
    (calibrator,) = calibrated.calibrators
    assert all(hasattr(calibrator, name) for name in names)
    svc = calibrated.estimator.steps[-1][1]
    # gamma="scale" is 1 / (features * variance), here of standardised features.
    assert svc._gamma == pytest.approx(0.5)  # noqa: SLF001
    assert svc.dual_coef_.shape == (1, len(svc.support_vectors_))


def test_trees_that_split_by_categories_are_refused() -> None:
    with pytest.raises(ProgramError, match="categories"):
        read_xgboost_tree({"split_type": [1, 0, 0]})
