"""Learned steps that scikit-learn does not have, by its conventions. All take float64 columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

_INFORMATION_ROWS = 20_000
# A column of this few distinct values is compared as categories: nothing lies between weekdays.
_FEW_VALUES = 20


class FrequencyEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc] # no types
    """Replaces each category of one column by its share of the training rows; unseen is 0.

    ``categories_`` (c,) ascending, a missing one last, and ``shares_`` (c,).
    """

    def fit(self, X: NDArray[np.float64], y: object = None) -> "FrequencyEncoder":  # noqa: N803, ARG002
        """Count the categories of X (n, 1)."""
        categories, counts = np.unique(np.asarray(X)[:, 0], return_counts=True)
        self.categories_ = categories
        self.shares_ = counts / counts.sum()
        return self

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: N803
        """Return the shares of the categories of X, (n, 1)."""
        values = np.asarray(X)[:, 0]
        place = np.searchsorted(self.categories_, values).clip(max=len(self.categories_) - 1)
        found = self.categories_[place]
        known = (found == values) | (np.isnan(found) & np.isnan(values))
        return np.where(known, self.shares_[place], 0.0)[:, np.newaxis]


class InformationFilter(TransformerMixin, BaseEstimator):  # type: ignore[misc] # no types
    """Keeps the columns whose mutual information with the target, in nats, is above ``minimum``.

    Where none is, it keeps the most informative one. Estimated on the training rows before any
    balancing, on at most 20,000 of them. ``kept_`` are the indexes of the columns that stay.
    """

    def __init__(self, minimum: float, seed: int, *, regression: bool) -> None:
        self.minimum = minimum
        self.seed = seed
        self.regression = regression

    def fit(self, X: NDArray[np.float64], y: NDArray[Any]) -> "InformationFilter":  # noqa: N803
        """Estimate the information of the columns of X (n, f) about y (n,)."""
        values, target = np.asarray(X), np.asarray(y)
        if len(values) > _INFORMATION_ROWS:
            generator = np.random.default_rng(self.seed)
            chosen = generator.choice(len(values), _INFORMATION_ROWS, replace=False)
            values, target = values[chosen], target[chosen]
        columns = [np.unique(column, return_inverse=True) for column in values.T]
        discrete = np.array([len(distinct) <= _FEW_VALUES for distinct, _ in columns])
        coded = [
            codes if few else x
            for few, x, (_, codes) in zip(discrete, values.T, columns, strict=True)
        ]
        values = np.column_stack(coded)
        estimate = mutual_info_regression if self.regression else mutual_info_classif
        self.information_ = estimate(
            values, target, discrete_features=discrete, random_state=self.seed
        )
        kept = np.flatnonzero(self.information_ > self.minimum)
        self.kept_ = kept if len(kept) else np.array([int(self.information_.argmax())])
        return self

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: N803
        """Return the columns of X that are kept."""
        return np.asarray(X)[:, self.kept_]
