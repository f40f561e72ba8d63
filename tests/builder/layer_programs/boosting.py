"""Run with the arrays, learning and boosting layers on the path: what fitting does with them."""

import importlib.metadata
import json
import sys
import warnings

import numpy as np
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.model_selection import cross_val_score
from xgboost import DMatrix, XGBClassifier, XGBRegressor


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    warnings.simplefilter("error")
    random = np.random.default_rng(7)
    features = random.normal(size=(600, 5))
    signal = features[:, 0] + 0.3 * random.normal(size=600)
    rare = (signal > 1).astype(np.int64)
    classifier = XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1, random_state=0)
    balanced = make_pipeline(
        SMOTE(sampling_strategy=0.5, random_state=0),
        RandomUnderSampler(sampling_strategy=0.8, random_state=0),
        classifier,
    )
    scores = cross_val_score(balanced, features, rare, cv=3, scoring="roc_auc")
    counts = np.bincount(RandomOverSampler(random_state=0).fit_resample(features, rare)[1])
    regressor = XGBRegressor(n_estimators=20, max_depth=3, n_jobs=1, random_state=0)
    regressor.fit(features, signal)
    classifier.fit(features, rare)
    trees = json.loads(classifier.get_booster().save_raw("json"))["learner"]["gradient_booster"]
    margins = classifier.get_booster().predict(DMatrix(features), output_margin=True)
    return {
        "roc_auc": float(scores.mean()),
        "evened_out": bool(counts[0] == counts[1]),
        "r2": float(regressor.score(features, signal)),
        "trees": len(trees["model"]["trees"]),
        "margins": len(margins),
        "pandas": "pandas" in sys.modules,
        "versions": {
            name: importlib.metadata.version(name)
            for name in ("xgboost-cpu", "imbalanced-learn", "scikit-learn")
        },
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
