"""Histogram gradient boosting that knows when a column's numbers are too many to be categories."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


class _FewCategories:
    """Splits by sets only those of ``categorical_features`` that have few enough categories for it
    in the rows that it is fitted on, and the others by thresholds, as any number."""

    categorical_features: Any
    max_bins: int

    def fit(self, X: NDArray[np.float64], y: NDArray[Any]) -> Any:  # noqa: N803
        asked = self.categorical_features
        places = asked if isinstance(asked, list) else []
        few = [place for place in places if _count(X[:, place]) <= self.max_bins]
        self.categorical_features = few or None
        try:
            return super().fit(X, y)  # type: ignore[misc] # scikit-learn's, beside this one
        finally:
            # A parameter is what was asked for: a clone of this is fitted on other rows.
            self.categorical_features = asked


def _count(column: NDArray[np.float64]) -> int:
    """Return how many categories a column has; a missing one has a place of its own."""
    return len(np.unique(column[~np.isnan(column)]))


class BoostingClassifier(_FewCategories, HistGradientBoostingClassifier):  # type: ignore[misc]
    """Of two or more classes."""


class BoostingRegressor(_FewCategories, HistGradientBoostingRegressor):  # type: ignore[misc]
    """Of one number."""
