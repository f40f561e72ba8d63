"""Filling and encoding of the features: the first step of every pipeline."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from dropcast.recipe import Feature, Recipe
from dropcast.training.pipelines.encoders import FrequencyEncoder

_TARGET_KINDS = {"binary": "binary", "multiclass": "multiclass", "regression": "continuous"}
_ENCODING_FOLDS = 5


def list_encoded(recipe: Recipe) -> list[tuple[int, Feature]]:
    """Return the features that have an encoding, with their place.

    The ordinal ones come first, then the others, each in declared order.
    """
    encoded = [(i, f) for i, f in enumerate(recipe.features) if f.encoding is not None]
    return sorted(encoded, key=lambda place: place[1].encoding != "ordinal")


def list_categories(recipe: Recipe) -> list[int]:
    """Return which of the prepared columns are ordinal codes."""
    first = len(list_numbers(recipe))
    ordinal = [f for _, f in list_encoded(recipe) if f.encoding == "ordinal"]
    return list(range(first, first + len(ordinal)))


def list_numbers(recipe: Recipe) -> list[tuple[int, Feature]]:
    """Return the other features, with their place."""
    return [(i, f) for i, f in enumerate(recipe.features) if f.encoding is None]


def make_preparation(recipe: Recipe, seed: int) -> ColumnTransformer:
    """Return the step that fills numbers, then encodes each encoded feature."""
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
