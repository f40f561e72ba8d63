"""A recipe's candidate -> a scikit-learn pipeline; all that is learned is in it.

Fitting and answering run on one thread. What is added up then never depends on how many cores a
machine has, and a Lambda function with a share of a core does not wait for threads that it
cannot run.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types

from dropcast.recipe import Candidate
from dropcast.recipe.training import Parameter

# What scikit-learn raises for parameters or rows that a model cannot be fitted with. A model that
# did not converge is not one to compare, so its warning counts as well.
FIT_ERRORS = (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError, ConvergenceWarning)


def make_pipeline(candidate: Candidate, seed: int) -> Pipeline:
    """Return the candidate's pipeline. It draws chance from ``seed`` alone."""
    return Pipeline(_MAKERS[candidate.model](candidate.parameters, seed % 2**32))


def fit_pipeline(
    candidate: Candidate, values: NDArray[np.float64], target: NDArray[np.int64], seed: int
) -> Pipeline:
    """Return the candidate fitted on values (n, f) and target (n,), 0 or 1.

    Raises one of :data:`FIT_ERRORS` if it cannot be.
    """
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        return make_pipeline(candidate, seed).fit(values, target)


def answer_rows(pipeline: Pipeline, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a fitted pipeline's class probabilities, (n, classes)."""
    with threadpool_limits(1):
        probabilities: NDArray[np.float64] = pipeline.predict_proba(values)
    return probabilities


def _make_logistic_regression(parameters: dict[str, Parameter], seed: int) -> list[Any]:
    model = LogisticRegression(**parameters, max_iter=1000, random_state=seed)
    return [("standard_scale", StandardScaler()), ("logistic_regression", model)]


def _make_random_forest(parameters: dict[str, Parameter], seed: int) -> list[Any]:
    # One job: with more, probabilities are added up in the order in which threads finish.
    return [("random_forest", RandomForestClassifier(**parameters, n_jobs=1, random_state=seed))]


def _make_hist_gradient_boosting(parameters: dict[str, Parameter], seed: int) -> list[Any]:
    model = HistGradientBoostingClassifier(**parameters, early_stopping=False, random_state=seed)
    return [("hist_gradient_boosting", model)]


_MAKERS: dict[str, Callable[[dict[str, Parameter], int], list[Any]]] = {
    "logistic_regression": _make_logistic_regression,
    "random_forest": _make_random_forest,
    "hist_gradient_boosting": _make_hist_gradient_boosting,
}
