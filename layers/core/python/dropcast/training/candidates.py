"""A recipe's candidate -> an unfitted scikit-learn pipeline; all that is learned is in it."""

from collections.abc import Callable
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from dropcast.recipe import Candidate
from dropcast.recipe.training import Parameter


def make_pipeline(candidate: Candidate, seed: int) -> Pipeline:
    """Return the candidate's pipeline. It draws chance from ``seed`` alone."""
    return Pipeline(_MAKERS[candidate.model](candidate.parameters, seed % 2**32))


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
