"""The scoring program: a fitted model as data, never code. ``scoring.program_file`` writes it."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dropcast.recipe import Column, Feature

Typecode = Literal["d", "i", "B"]
Step = Literal["standard_scale"]
Model = Literal["logistic_regression", "random_forest", "hist_gradient_boosting"]


@dataclass(frozen=True, kw_only=True)
class FittedFrom:
    """What a program was fitted from: hashes of the dataset's manifest and of the recipe."""

    dataset_version: str
    recipe_hash: str


@dataclass(frozen=True, kw_only=True)
class Program:
    """A model that can be scored without the library that fitted it.

    ``columns``   what a row must carry; ``features`` are computed from them
    ``classes``, ``labels``  the target's values and their names; the second is positive
    ``steps``     learned transformations of the features, in order
    ``arrays``    the numbers of the steps and the model by name; see ``scoring.check``
    """

    dataset: str
    columns: tuple[Column, ...]
    features: tuple[Feature, ...]
    classes: tuple[int, int]
    labels: tuple[str, str]
    steps: tuple[Step, ...]
    model: Model
    fitted_from: FittedFrom
    arrays: Mapping[str, "array[Any]"]
