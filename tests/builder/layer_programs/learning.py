"""Run with the arrays and learning layers on the path: what fitting does with both."""

import importlib
import importlib.metadata
import json
import pkgutil
import sys
import warnings

import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    warnings.simplefilter("error")
    random = np.random.default_rng(7)
    features = random.normal(size=(400, 5))
    target = (features[:, 0] + 0.3 * random.normal(size=400) > 0).astype(np.int64)
    models = {
        "logistic_regression": make_pipeline(StandardScaler(), LogisticRegression()),
        "random_forest": RandomForestClassifier(n_estimators=20, random_state=0),
        "hist_gradient_boosting": HistGradientBoostingClassifier(max_iter=20, random_state=0),
        "svc": SVC(),
        "calibrated": CalibratedClassifierCV(LogisticRegression(), cv=3),
        "dummy": DummyClassifier(),
    }
    accuracies = {
        name: float(model.fit(features[:300], target[:300]).score(features[300:], target[300:]))
        for name, model in models.items()
    }
    scores = models["logistic_regression"].predict_proba(features[300:])[:, 1]

    # Whatever a later recipe asks of scikit-learn must import too.
    warnings.simplefilter("ignore")
    skipped = ("sklearn.experimental", "sklearn.externals", "sklearn._build_utils")
    modules = [
        module.name
        for module in pkgutil.walk_packages(sklearn.__path__, "sklearn.")
        if not module.name.startswith(skipped)
    ]
    for module in modules:
        importlib.import_module(module)

    return {
        "accuracies": accuracies,
        "roc_auc": float(roc_auc_score(target[300:], scores)),
        "modules": len(modules),
        "versions": {
            name: importlib.metadata.version(name) for name in ("numpy", "scipy", "scikit-learn")
        },
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
