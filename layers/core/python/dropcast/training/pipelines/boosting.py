"""Histogram gradient boosting that takes a column of too many categories for numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


class _FewCategories:
    """Splits by sets only the categorical features that have few enough categories.

    They are counted in the rows that the model is fitted on; the other features of
    ``categorical_features`` are split by thresholds, as any number.
    """

    categorical_features: Any
    max_bins: int

    def fit(self, X: NDArray[np.float64], y: NDArray[Any]) -> Any:  # noqa: N803
        """Fit on values (n, f) and target (n,)."""
        given = self.categorical_features
        places = given if isinstance(given, list) else []
        few = [place for place in places if _count(X[:, place]) <= self.max_bins]
        self.categorical_features = few or None
        try:
            return super().fit(X, y)  # type: ignore[misc] # scikit-learn's, beside this one
        finally:
            # The parameter stays as it was given: a clone of this is fitted on other rows.
            self.categorical_features = given


def _count(column: NDArray[np.float64]) -> int:
    """Return how many categories a column has; a missing one has a place of its own."""
    return len(np.unique(column[~np.isnan(column)]))


class BoostingClassifier(_FewCategories, HistGradientBoostingClassifier):  # type: ignore[misc]
    """Predicts two or more classes."""


class BoostingRegressor(_FewCategories, HistGradientBoostingRegressor):  # type: ignore[misc]
    """Predicts one number."""
