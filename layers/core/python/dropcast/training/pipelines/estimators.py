"""A candidate's model as a scikit-learn estimator, by name and task. One thread, one seed."""

from collections.abc import Callable, Sequence
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from dropcast.recipe import Candidate
from dropcast.recipe.training import Parameter
from dropcast.training.pipelines.boosting import BoostingClassifier, BoostingRegressor
from dropcast.training.pipelines.xgboost_model import XGBoostClassifier, XGBoostRegressor

Parameters = dict[str, Parameter]
CALIBRATION_FOLDS = 5
# What sees its features scaled.
SCALED = frozenset({"logistic_regression", "linear_regression", "svc"})
# Settings that scoring knows, where it does not know all; the first is the library's own.
_REPEATABLE: dict[str, dict[str, tuple[Parameter, ...]]] = {
    "svc": {"kernel": ("rbf", "linear", "poly"), "degree": (3, *range(10))},
    "hist_gradient_boosting": {"loss": ("squared_error", "absolute_error", "log_loss")},
}


def make_model(
    candidate: Candidate, *, regression: bool, seed: int, categories: Sequence[int] = ()
) -> Any:
    """Return the candidate's estimator, neither calibrated nor fitted yet.

    ``categories`` are the columns whose numbers only name categories: histogram gradient boosting
    splits them by sets, where they are few enough (``training.pipelines.boosting``).

    Raises ``ValueError`` for a setting whose predictions a program cannot repeat.
    """
    for name, allowed in _REPEATABLE.get(candidate.model, {}).items():
        value = candidate.parameters.get(name, allowed[0])
        if value not in allowed:
            known = ", ".join(map(str, allowed))
            raise ValueError(f"{candidate.model}: {name} must be one of {known}, not {value}")
    makers = _REGRESSORS if regression else _CLASSIFIERS
    model = makers[candidate.model](candidate.parameters, seed % 2**32)
    if candidate.model == "hist_gradient_boosting" and categories:
        model.set_params(categorical_features=list(categories))
    return model


def calibrate_model(model: Any, method: str, *, seed: int) -> CalibratedClassifierCV:
    """Return the estimator with its predictions calibrated by cross-validation, not fitted yet."""
    folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=seed % 2**32)
    return CalibratedClassifierCV(model, method=method, ensemble=False, cv=folds, n_jobs=1)


def _with_seed(kind: Callable[..., Any], **fixed: Any) -> Callable[[Parameters, int], Any]:
    return lambda parameters, seed: kind(**fixed, **parameters, random_state=seed)


def _make_ridge(parameters: Parameters, seed: int) -> Any:
    return Ridge(**parameters, random_state=seed)


def _make_naive(parameters: Parameters, seed: int) -> Any:
    """Return the model of ln(target / base) = 0, whose prediction is the base itself."""
    del parameters, seed
    return DummyRegressor(strategy="constant", constant=0.0)


# One job: with more, probabilities are added up in the order in which threads finish.
_CLASSIFIERS: dict[str, Callable[[Parameters, int], Any]] = {
    "logistic_regression": _with_seed(LogisticRegression, max_iter=5000),
    # libsvm's own bound, which scikit-learn lifts: without one a fit may never end.
    "svc": _with_seed(SVC, cache_size=500, max_iter=10_000_000),
    "decision_tree": _with_seed(DecisionTreeClassifier),
    "random_forest": _with_seed(RandomForestClassifier, n_jobs=1),
    "extra_trees": _with_seed(ExtraTreesClassifier, n_jobs=1),
    "hist_gradient_boosting": _with_seed(BoostingClassifier, early_stopping=False),
    "xgboost": lambda parameters, seed: XGBoostClassifier(dict(parameters), seed),
}
_REGRESSORS: dict[str, Callable[[Parameters, int], Any]] = {
    "linear_regression": _make_ridge,
    "decision_tree": _with_seed(DecisionTreeRegressor),
    "random_forest": _with_seed(RandomForestRegressor, n_jobs=1),
    "extra_trees": _with_seed(ExtraTreesRegressor, n_jobs=1),
    "hist_gradient_boosting": _with_seed(BoostingRegressor, early_stopping=False),
    "xgboost": lambda parameters, seed: XGBoostRegressor(dict(parameters), seed),
    "naive_forecast": _make_naive,
}
