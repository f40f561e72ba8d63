"""A recipe's candidate as a pipeline of scikit-learn: made, fitted and predicting."""

from dropcast.training.pipelines.boosting import BoostingClassifier, BoostingRegressor
from dropcast.training.pipelines.encoders import FrequencyEncoder, InformationFilter
from dropcast.training.pipelines.pipeline import (
    FIT_ERRORS,
    fit_pipeline,
    predict_rows,
    predict_values,
)
from dropcast.training.pipelines.preparation import list_encoded, list_numbers
from dropcast.training.pipelines.xgboost_model import (
    XGBoostClassifier,
    XGBoostModel,
    XGBoostRegressor,
)

__all__ = [
    "FIT_ERRORS",
    "BoostingClassifier",
    "BoostingRegressor",
    "FrequencyEncoder",
    "InformationFilter",
    "XGBoostClassifier",
    "XGBoostModel",
    "XGBoostRegressor",
    "fit_pipeline",
    "list_encoded",
    "list_numbers",
    "predict_rows",
    "predict_values",
]
