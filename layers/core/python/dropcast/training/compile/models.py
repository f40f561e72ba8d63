"""A fitted model -> the steps that predict as it does: itself, its link, its calibration.

Where a library keeps what is needed in private attributes, a test pins their layout.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from dropcast.contracts.errors import ProgramError
from dropcast.training.compile.steps import CompiledStep, make_step, pack
from dropcast.training.compile.trees import (
    join_trees,
    read_boosted_tree,
    read_library_tree,
    read_xgboost_tree,
)
from dropcast.training.pipelines import (
    BoostingClassifier,
    BoostingRegressor,
    XGBoostClassifier,
    XGBoostModel,
    XGBoostRegressor,
)


def compile_model(model: Any, background: NDArray[np.float64]) -> list[CompiledStep]:
    """Return the steps of a fitted model, from its features to its predictions.

    ``background`` are the means of those features over the training rows.
    """
    if isinstance(model, CalibratedClassifierCV):
        made = _compile_calibrated(model)
    else:
        made = [*_compile_scores(model), *_find_link(model)]
    for kind, arrays in made:
        if kind == "linear":
            arrays["background"] = pack("d", background)
    return made


def _compile_scores(model: Any) -> list[CompiledStep]:
    """Return the steps to a model's raw scores, before any link."""
    made = _COMPILERS[type(model)](model)
    return made if isinstance(made, list) else [made]


def _find_link(model: Any) -> list[CompiledStep]:
    if not isinstance(
        model, LogisticRegression | HistGradientBoostingClassifier | XGBoostClassifier
    ):
        return []
    return [make_step("sigmoid")] if len(model.classes_) == 2 else [make_step("softmax")]


def _compile_calibrated(model: CalibratedClassifierCV) -> list[CompiledStep]:
    (calibrated,) = model.calibrated_classifiers_
    fitted = calibrated.estimator.steps[-1][1]
    steps = _compile_scores(fitted)
    if not hasattr(fitted, "decision_function") and len(calibrated.calibrators) == 1:
        # Of two probabilities the second is what is calibrated.
        steps.append(make_step("gather", inputs=pack("i", np.array([1]))))
    if model.method == "sigmoid":
        slopes = np.array([c.a_ for c in calibrated.calibrators])
        offsets = np.array([c.b_ for c in calibrated.calibrators])
        return [
            *steps,
            make_step("calibrate_sigmoid", slope=pack("d", slopes), offset=pack("d", offsets)),
        ]
    points = [_list_points(c) for c in calibrated.calibrators]
    starts = np.cumsum([0, *(len(x) for x, _ in points)])
    return [
        *steps,
        make_step(
            "calibrate_isotonic",
            starts=pack("i", starts),
            x=pack("d", np.concatenate([x for x, _ in points])),
            y=pack("d", np.concatenate([y for _, y in points])),
        ),
    ]


def _list_points(calibrator: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (
        np.asarray(calibrator.X_thresholds_, dtype=np.float64),
        np.asarray(calibrator.y_thresholds_, dtype=np.float64).clip(0.0, 1.0),
    )


def _compile_linear(model: Any) -> CompiledStep:
    return make_step(
        "linear",
        coefficients=pack("d", np.atleast_2d(model.coef_).ravel()),
        intercept=pack("d", np.atleast_1d(model.intercept_)),
    )


def _compile_svc(model: SVC) -> list[CompiledStep]:
    classes = len(model.classes_)
    votes = [make_step("one_vs_one", classes=pack("i", np.array([classes])))] if classes > 2 else []
    kernel = {"linear": 0, "poly": 1, "rbf": 2}.get(model.kernel)
    if kernel is None:
        raise ProgramError(
            f"svc: a program has the kernels linear, poly and rbf, not {model.kernel}"
        )
    step = make_step(
        "svc",
        kernel=pack("B", np.array([kernel])),
        gamma=pack("d", np.array([model._gamma])),  # noqa: SLF001 - "scale" as a number
        coef0=pack("d", np.array([model.coef0])),
        degree=pack("i", np.array([model.degree])),
        intercept=pack("d", model.intercept_),
        vectors=pack("d", model.support_vectors_.ravel()),
        dual=pack("d", model.dual_coef_.ravel()),
        counts=pack("i", model.n_support_),
    )
    return [step, *votes]


def _compile_forest(model: Any) -> CompiledStep:
    estimators = getattr(model, "estimators_", [model])
    trees = [read_library_tree(estimator.tree_) for estimator in estimators]
    leaves = np.concatenate(
        [e.tree_.value[tree.is_leaf, 0, :] for e, tree in zip(estimators, trees, strict=True)]
    )
    return make_step(
        "forest",
        **join_trees(trees),
        leaf_values=pack("d", leaves.ravel()),
        width=pack("i", np.array([leaves.shape[1]])),
    )


def _compile_hist_gradient_boosting(model: Any) -> list[CompiledStep]:
    predictors = model._predictors  # noqa: SLF001 - a test pins the layout
    trees = [
        read_boosted_tree(predictor.nodes, predictor.raw_left_cat_bitsets)
        for line in predictors
        for predictor in line
    ]
    outputs = [output for line in predictors for output in range(len(line))]
    step = make_step(
        "boosted",
        **join_trees(trees, categories=True),
        leaf_values=pack("d", np.concatenate([tree.leaf_values for tree in trees])),
        tree_output=pack("i", np.array(outputs)),
        baseline=pack("d", model._baseline_prediction.ravel()),  # noqa: SLF001
    )
    return [*_compile_categories(model), step]


def _compile_categories(model: Any) -> Iterator[CompiledStep]:
    """Yield the steps that number the categories as the trees know them.

    They come before all other features; what is not known becomes a missing value.
    """
    preprocessor = model._preprocessor  # noqa: SLF001 - a test pins the layout
    if preprocessor is None:
        return
    places = np.flatnonzero(model.is_categorical_)
    known = preprocessor.named_transformers_["encoder"].categories_
    for done, (place, categories) in enumerate(zip(places, known, strict=True)):
        keys = categories[~np.isnan(categories)]
        yield make_step(
            "look_up",
            position=pack("i", np.array([place - done])),
            keys=pack("d", keys),
            table=pack("d", np.arange(len(keys), dtype=np.float64)),
            default=pack("d", np.array([np.nan])),
            missing=pack("d", np.array([np.nan])),
        )
    others = len(model.is_categorical_) - len(places)
    order = [*range(others, others + len(places)), *range(others)]
    yield make_step("gather", inputs=pack("i", np.array(order)))


def _compile_xgboost(model: XGBoostModel) -> CompiledStep:
    booster = json.loads(model.booster_.save_raw("json"))["learner"]["gradient_booster"]["model"]
    trees = [read_xgboost_tree(tree) for tree in booster["trees"]]
    return make_step(
        "boosted32",
        **join_trees(trees),
        leaf_values=pack("d", np.concatenate([tree.leaf_values for tree in trees])),
        tree_output=pack("i", np.array(booster["tree_info"])),
        baseline=pack("d", model.baseline_),
    )


def _compile_constant(model: DummyRegressor) -> CompiledStep:
    return make_step("constant", values=pack("d", np.asarray(model.constant_).ravel()))


_COMPILERS: dict[type, Callable[[Any], CompiledStep | list[CompiledStep]]] = {
    LogisticRegression: _compile_linear,
    Ridge: _compile_linear,
    SVC: _compile_svc,
    **dict.fromkeys(
        (
            DecisionTreeClassifier,
            DecisionTreeRegressor,
            RandomForestClassifier,
            RandomForestRegressor,
            ExtraTreesClassifier,
            ExtraTreesRegressor,
        ),
        _compile_forest,
    ),
    **dict.fromkeys(
        (
            HistGradientBoostingClassifier,
            HistGradientBoostingRegressor,
            BoostingClassifier,
            BoostingRegressor,
        ),
        _compile_hist_gradient_boosting,
    ),
    XGBoostClassifier: _compile_xgboost,
    XGBoostRegressor: _compile_xgboost,
    DummyRegressor: _compile_constant,
}
