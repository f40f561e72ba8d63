"""A recipe's candidate as a pipeline of scikit-learn, fitted and predicting.

All that is learned is in the pipeline.

Fitting and predicting run on one thread. What is added up then never depends on how many cores a
machine has, and a Lambda function with a share of a core does not wait for threads that it
cannot run.

The steps by name, where a recipe needs them: ``prepare`` (numbers filled, then each encoded
feature's columns), ``select``, ``scale``, ``balance`` (training only), ``model``. A calibrated
model has ``balance`` and ``model`` inside.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types
from xgboost.core import XGBoostError

from dropcast.recipe import Candidate, Recipe
from dropcast.training.pipelines.balance import make_sampler
from dropcast.training.pipelines.encoders import InformationFilter
from dropcast.training.pipelines.estimators import SCALED, calibrate_model, make_model
from dropcast.training.pipelines.preparation import list_categories, make_preparation
from dropcast.training.pipelines.program_size import require_small_program
from dropcast.training.rows import FeatureRows, Floats

# What is raised for parameters or rows that a model cannot be fitted with. A model that did not
# converge is not one to compare, so its warning counts as well.
FIT_ERRORS = (
    ValueError,
    TypeError,
    ArithmeticError,
    np.linalg.LinAlgError,
    ConvergenceWarning,
    XGBoostError,
)


def make_pipeline(recipe: Recipe, candidate: Candidate, seed: int) -> Pipeline:
    """Return the candidate's pipeline; its only source of chance is ``seed``."""
    regression = recipe.target.task == "regression"
    steps: list[tuple[str, Any]] = [("prepare", make_preparation(recipe, seed))]
    minimum = recipe.preparation.minimum_information
    if minimum is not None:
        chosen = InformationFilter(minimum, seed % 2**32, regression=regression)
        steps.append(("select", chosen))
    if candidate.model in SCALED:
        standard = recipe.preparation.scaling == "standard"
        steps.append(("scale", StandardScaler() if standard else MinMaxScaler()))
    last: list[tuple[str, Any]] = [
        *([("balance", make_sampler(recipe.balance, seed))] if recipe.balance else []),
        (
            "model",
            make_model(
                candidate,
                regression=regression,
                seed=seed,
                categories=[] if minimum is not None else list_categories(recipe),
            ),
        ),
    ]
    if candidate.calibration is not None:
        # Balanced inside: what calibrates is held-out rows as they are, so the probabilities are
        # of classes as common as they really are, and no made-up row is judged by its neighbours.
        last = [("model", calibrate_model(Pipeline(last), candidate.calibration, seed=seed))]
    return Pipeline([*steps, *last])


def fit_pipeline(
    recipe: Recipe,
    candidate: Candidate,
    values: Floats,
    target: NDArray[Any],
    seed: int,
    *,
    size_share: float = 1.0,
) -> Pipeline:
    """Return the candidate fitted on values (n, f) and target (n,).

    The target is class indexes 0 to k - 1, all of them there, or numbers. ``size_share`` is the
    share of the largest program that the pipeline's may take.

    Raises one of :data:`FIT_ERRORS` if it cannot be.
    """
    with _on_one_thread():
        warnings.simplefilter("error", ConvergenceWarning)
        pipeline = make_pipeline(recipe, candidate, seed).fit(values, target)
    require_small_program(pipeline, size_share=size_share)
    return pipeline


def predict_values(pipeline: Pipeline, values: Floats) -> Floats:
    """Return a fitted pipeline's class probabilities (n, k), or numbers (n, 1)."""
    with _on_one_thread():
        if hasattr(pipeline, "predict_proba"):
            return np.asarray(pipeline.predict_proba(values))
        return np.asarray(pipeline.predict(values), dtype=np.float64)[:, np.newaxis]


def predict_rows(pipeline: Pipeline, rows: FeatureRows) -> Floats:
    """Return a fitted pipeline's predictions of rows.

    Class probabilities (n, k), or numbers (n, 1) in the target's unit.
    """
    found = predict_values(pipeline, rows.values)
    return found if rows.base is None else rows.base[:, np.newaxis] * np.exp(found)


@contextmanager
def _on_one_thread() -> Iterator[None]:
    """Limit numeric libraries to one thread, without the warnings that are as meant.

    Categories that training rows lack are encoded as unseen, and a class with fewer rows than folds
    is not in each.
    """
    with threadpool_limits(1), warnings.catch_warnings():
        for message in ("Found unknown categories", "The least populated class"):
            warnings.filterwarnings("ignore", message=message, category=UserWarning)
        yield
