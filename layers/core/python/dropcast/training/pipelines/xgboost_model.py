"""XGBoost as a scikit-learn model whose predictions a program can repeat.

Boosting starts from a baseline that is given (the training rows' log-odds, log shares or mean, in
float32) instead of one that XGBoost estimates, and probabilities are the float64 link of its
float32 margin. So a prediction is a sum of float32 numbers in tree order, and one float64 link.
"""

from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from dropcast.training.rows import Floats

# Those whose prediction is the margin itself: of another the margin would be a logarithm, say.
_OBJECTIVES = {
    "two classes": ("binary:logistic",),
    "several classes": ("multi:softprob",),
    "a number": ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"),
}


class XGBoostModel(BaseEstimator):  # type: ignore[misc] # no types
    """What classifier and regressor share. ``parameters`` are XGBoost's own."""

    def __init__(self, parameters: dict[str, Any], seed: int) -> None:
        self.parameters = parameters
        self.seed = seed

    def _boost(self, values: Floats, target: NDArray[Any], of: str, **fixed: Any) -> None:
        settings = dict(self.parameters)
        rounds = int(settings.pop("n_estimators", 100))
        objective = settings.setdefault("objective", _OBJECTIVES[of][0])
        if objective not in _OBJECTIVES[of]:
            known = ", ".join(_OBJECTIVES[of])
            raise ValueError(f"xgboost: objective of {of} is one of {known}, not {objective}")
        if rounds < 1:
            raise ValueError(f"xgboost: n_estimators must be 1 or more, not {rounds}")
        settings |= {**fixed, "nthread": 1, "tree_method": "hist", "verbosity": 0}
        settings["seed"] = self.seed % 2**31
        data = xgboost.DMatrix(values, label=target, nthread=1)
        data.set_base_margin(np.tile(self.baseline_, (len(values), 1)))
        self.booster_ = xgboost.train(settings, data, num_boost_round=rounds)

    def _find_margin(self, values: Floats) -> Floats:
        data = xgboost.DMatrix(np.asarray(values, dtype=np.float64), nthread=1)
        data.set_base_margin(np.tile(self.baseline_, (len(values), 1)))
        margin = self.booster_.predict(data, output_margin=True)
        return np.asarray(margin, dtype=np.float64).reshape(len(values), len(self.baseline_))


class XGBoostClassifier(ClassifierMixin, XGBoostModel):  # type: ignore[misc] # no types
    """Predicts two or more classes, 0 to k - 1."""

    def fit(self, X: Floats, y: NDArray[np.int64]) -> "XGBoostClassifier":  # noqa: N803
        """Fit on X (n, f) and classes y (n,)."""
        counts = np.bincount(y)
        self.classes_ = np.arange(len(counts))
        if len(counts) == 2:
            self.baseline_ = np.array([np.log(counts[1] / counts[0])], dtype=np.float32)
            self._boost(X, y, "two classes")
        else:
            self.baseline_ = np.log(counts / counts.sum()).astype(np.float32)
            self._boost(X, y, "several classes", num_class=len(counts))
        return self

    def decision_function(self, X: Floats) -> Floats:  # noqa: N803
        """Return the margins: log-odds (n,) of two classes, else (n, k)."""
        margin = self._find_margin(X)
        return margin[:, 0] if margin.shape[1] == 1 else margin

    def predict_proba(self, X: Floats) -> Floats:  # noqa: N803
        """Return the class probabilities, (n, k)."""
        margin = self._find_margin(X)
        if margin.shape[1] > 1:
            return np.asarray(softmax(margin, axis=1))
        positive = expit(margin)
        return np.hstack([1 - positive, positive])

    def predict(self, X: Floats) -> NDArray[np.int64]:  # noqa: N803
        """Return the likeliest classes, (n,)."""
        return np.asarray(self.predict_proba(X).argmax(axis=1))


class XGBoostRegressor(RegressorMixin, XGBoostModel):  # type: ignore[misc] # no types
    """Predicts one number."""

    def fit(self, X: Floats, y: Floats) -> "XGBoostRegressor":  # noqa: N803
        """Fit on X (n, f) and numbers y (n,)."""
        self.baseline_ = np.array([np.mean(y)], dtype=np.float32)
        self._boost(X, y, "a number")
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Return the predicted numbers, (n,)."""
        return self._find_margin(X)[:, 0]
