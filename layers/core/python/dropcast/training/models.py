"""A candidate's model as a scikit-learn estimator, by name and task. One thread, one seed."""

from collections.abc import Callable
from typing import Any

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
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from dropcast.recipe import Candidate
from dropcast.recipe.training import Parameter
from dropcast.training.xgboost_model import XGBoostClassifier, XGBoostRegressor

Parameters = dict[str, Parameter]
CALIBRATION_FOLDS = 5
# What sees its features scaled.
SCALED = frozenset({"logistic_regression", "linear_regression", "svc"})


def make_model(candidate: Candidate, *, regression: bool, seed: int) -> Any:
    """Return the candidate's estimator, calibrated where it says so, not fitted yet."""
    makers = _REGRESSORS if regression else _CLASSIFIERS
    model = makers[candidate.model](candidate.parameters, seed % 2**32)
    if candidate.calibration is None:
        return model
    folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=seed % 2**32)
    return CalibratedClassifierCV(
        model, method=candidate.calibration, ensemble=False, cv=folds, n_jobs=1
    )


def _with_seed(kind: Callable[..., Any], **fixed: Any) -> Callable[[Parameters, int], Any]:
    return lambda parameters, seed: kind(**fixed, **parameters, random_state=seed)


def _make_ridge(parameters: Parameters, seed: int) -> Any:
    return Ridge(**parameters, random_state=seed)


def _make_naive(parameters: Parameters, seed: int) -> Any:
    """ln(target / base) = 0: the answer is the base itself."""
    del parameters, seed
    return DummyRegressor(strategy="constant", constant=0.0)


# One job: with more, probabilities are added up in the order in which threads finish.
_CLASSIFIERS: dict[str, Callable[[Parameters, int], Any]] = {
    "logistic_regression": _with_seed(LogisticRegression, max_iter=5000),
    "svc": _with_seed(SVC, cache_size=500),
    "decision_tree": _with_seed(DecisionTreeClassifier),
    "random_forest": _with_seed(RandomForestClassifier, n_jobs=1),
    "extra_trees": _with_seed(ExtraTreesClassifier, n_jobs=1),
    "hist_gradient_boosting": _with_seed(HistGradientBoostingClassifier, early_stopping=False),
    "xgboost": lambda parameters, seed: XGBoostClassifier(dict(parameters), seed),
}
_REGRESSORS: dict[str, Callable[[Parameters, int], Any]] = {
    "linear_regression": _make_ridge,
    "decision_tree": _with_seed(DecisionTreeRegressor),
    "random_forest": _with_seed(RandomForestRegressor, n_jobs=1),
    "extra_trees": _with_seed(ExtraTreesRegressor, n_jobs=1),
    "hist_gradient_boosting": _with_seed(HistGradientBoostingRegressor, early_stopping=False),
    "xgboost": lambda parameters, seed: XGBoostRegressor(dict(parameters), seed),
    "naive_forecast": _make_naive,
}
