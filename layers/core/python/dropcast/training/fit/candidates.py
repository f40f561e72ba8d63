"""A recipe's candidate -> a pipeline; all that is learned is in it.

Fitting and answering run on one thread. What is added up then never depends on how many cores a
machine has, and a Lambda function with a share of a core does not wait for threads that it
cannot run.

The steps by name, those that a recipe asks for: ``prepare`` (numbers filled, then each encoded
feature's columns), ``select``, ``scale``, ``balance`` (training only), ``model``. A calibrated
model has ``balance`` and ``model`` inside.
"""

import warnings
from typing import Any

import numpy as np
from imblearn import FunctionSampler
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types
from xgboost.core import XGBoostError

from dropcast.recipe import Balance, Candidate, Feature, Recipe
from dropcast.training.fit.encoders import FrequencyEncoder, InformationFilter
from dropcast.training.fit.models import SCALED, calibrate_model, make_model
from dropcast.training.fit.program_size import require_small_program

Floats = NDArray[np.float64]

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
_TARGET_KINDS = {"binary": "binary", "multiclass": "multiclass", "regression": "continuous"}
_NEIGHBOURS = 5
_ENCODING_FOLDS = 5


def make_pipeline(recipe: Recipe, candidate: Candidate, seed: int) -> Pipeline:
    """Return the candidate's pipeline. It draws chance from ``seed`` alone."""
    regression = recipe.target.task == "regression"
    steps: list[tuple[str, Any]] = [("prepare", _make_preparation(recipe, seed))]
    minimum = recipe.preparation.minimum_information
    if minimum is not None:
        chosen = InformationFilter(minimum, seed % 2**32, regression=regression)
        steps.append(("select", chosen))
    if candidate.model in SCALED:
        standard = recipe.preparation.scaling == "standard"
        steps.append(("scale", StandardScaler() if standard else MinMaxScaler()))
    last: list[tuple[str, Any]] = [
        *([("balance", _make_sampler(recipe.balance, seed))] if recipe.balance else []),
        (
            "model",
            make_model(
                candidate,
                regression=regression,
                seed=seed,
                categories=[] if minimum is not None else _list_categories(recipe),
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
    room: float = 1.0,
) -> Pipeline:
    """Return the candidate fitted on values (n, f) and target (n,): class indexes 0 to k - 1, all
    of them there, or numbers. ``room`` is the share of the largest program that it may take.

    Raises one of :data:`FIT_ERRORS` if it cannot be.
    """
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        _ignore_rarity()
        pipeline = make_pipeline(recipe, candidate, seed).fit(values, target)
    require_small_program(pipeline, room=room)
    return pipeline


def answer_rows(pipeline: Pipeline, values: Floats) -> Floats:
    """Return a fitted pipeline's class probabilities (n, k), or numbers (n, 1)."""
    with threadpool_limits(1), warnings.catch_warnings():
        _ignore_rarity()
        if hasattr(pipeline, "predict_proba"):
            return np.asarray(pipeline.predict_proba(values))
        return np.asarray(pipeline.predict(values), dtype=np.float64)[:, np.newaxis]


def _ignore_rarity() -> None:
    """Categories that training rows lack are encoded as unseen, and a class with fewer rows than
    folds is not in each: both are as meant."""
    for message in ("Found unknown categories", "The least populated class"):
        warnings.filterwarnings("ignore", message=message, category=UserWarning)


def _make_sampler(balance: Balance, seed: int) -> FunctionSampler:
    kw_args = {"balance": balance, "seed": seed % 2**32}
    return FunctionSampler(func=balance_rows, kw_args=kw_args, validate=False)


def balance_rows(
    values: Floats, target: NDArray[np.int64], *, balance: Balance, seed: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Return training rows whose two classes are evened out (SMOTE: Chawla et al. 2002).

    A share that the classes have already is left as it is. Raises ``ValueError`` for SMOTE with
    one row of a class: there is nothing between one row.
    """
    counts = np.bincount(target, minlength=2)
    rare, wanted = int(counts.argmin()), int(balance.oversample_to * counts.max())
    if balance.oversample is not None and counts[rare] < wanted:
        # Counts, not shares: imblearn takes no share that asks for less than one row more.
        strategy = {rare: wanted}
        if balance.oversample == "smote":
            if counts[rare] < 2:
                raise ValueError("smote needs two rows of the rarer class at least")
            neighbours = min(_NEIGHBOURS, int(counts[rare]) - 1)
            sampler = SMOTE(sampling_strategy=strategy, k_neighbors=neighbours, random_state=seed)
        else:
            sampler = RandomOverSampler(sampling_strategy=strategy, random_state=seed)
        values, target = sampler.fit_resample(values, target)
    counts = np.bincount(target, minlength=2)
    common, most = int(counts.argmax()), int(counts.min() / (balance.undersample_to or 1.0))
    if balance.undersample_to is not None and counts[common] > most:
        sampler = RandomUnderSampler(sampling_strategy={common: most}, random_state=seed)
        values, target = sampler.fit_resample(values, target)
    return values, target


def list_encoded(recipe: Recipe) -> list[tuple[int, Feature]]:
    """Return the features that have an encoding, with their place: the ordinal ones first, then
    the others, in declared order."""
    encoded = [(i, f) for i, f in enumerate(recipe.features) if f.encoding is not None]
    return sorted(encoded, key=lambda place: place[1].encoding != "ordinal")


def _list_categories(recipe: Recipe) -> list[int]:
    """Return which of the prepared columns are ordinal codes."""
    first = len(list_numbers(recipe))
    ordinal = [f for _, f in list_encoded(recipe) if f.encoding == "ordinal"]
    return list(range(first, first + len(ordinal)))


def list_numbers(recipe: Recipe) -> list[tuple[int, Feature]]:
    """Return the other features, with their place."""
    return [(i, f) for i, f in enumerate(recipe.features) if f.encoding is None]


def _make_preparation(recipe: Recipe, seed: int) -> ColumnTransformer:
    parts: list[tuple[str, Any, list[int]]] = []
    for index, feature in list_numbers(recipe):
        parts.append((f"number {index}", _make_imputer(feature), [index]))
    for index, feature in list_encoded(recipe):
        parts.append((f"category {index}", _make_encoder(recipe, feature, seed), [index]))
    return ColumnTransformer(parts, sparse_threshold=0.0, n_jobs=1)


def _make_imputer(feature: Feature) -> Any:
    if feature.fill is None:
        return "passthrough"
    if feature.fill == "median":
        return SimpleImputer(strategy="median", keep_empty_features=True)
    return SimpleImputer(
        strategy="constant", fill_value=float(feature.fill), keep_empty_features=True
    )


def _make_encoder(recipe: Recipe, feature: Feature, seed: int) -> Any:
    if feature.encoding == "one_hot":
        return OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    if feature.encoding == "ordinal":
        return OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
        )
    if feature.encoding == "frequency":
        return FrequencyEncoder()
    # Cross-fitted: a training row's own target is not in what it is encoded by.
    kind = KFold if recipe.target.task == "regression" else StratifiedKFold
    folds = kind(_ENCODING_FOLDS, shuffle=True, random_state=seed % 2**32)
    return TargetEncoder(target_type=_TARGET_KINDS[recipe.target.task], cv=folds)
