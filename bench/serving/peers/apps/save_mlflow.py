"""joblib's file -> an MLflow model: ``python save_mlflow.py model.joblib folder``."""

import sys

import joblib  # type: ignore[import-untyped] # it ships no types
import mlflow.sklearn  # type: ignore[import-not-found] # of the peer's environment

source, target = sys.argv[1:]
mlflow.sklearn.save_model(
    joblib.load(source),
    target,
    pyfunc_predict_fn="predict_proba",
    serialization_format="cloudpickle",
)
