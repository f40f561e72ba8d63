"""A fitted pipeline -> a scoring program.

Each step has one compiler, found by the class that fitted it (``training.compile.models`` has the
models').
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from dropcast.contracts.errors import ProgramError
from dropcast.recipe import Recipe
from dropcast.recipe.references import ReferenceColumns
from dropcast.scoring import FittedFrom, Program, Step
from dropcast.training.compile.models import compile_model
from dropcast.training.compile.steps import CompiledStep, make_step, pack
from dropcast.training.pipelines import (
    FrequencyEncoder,
    InformationFilter,
    list_encoded,
    list_numbers,
)
from dropcast.training.rows import Floats


def compile_program(
    pipeline: Pipeline,
    recipe: Recipe,
    *,
    dataset_version: str,
    references: Mapping[str, str],
    reference_columns: ReferenceColumns,
    values: Floats,
) -> Program:
    """Return the program of a pipeline fitted on the rows ``values`` (n, f).

    Raises ``ProgramError`` for a pipeline that was not fitted on all of the recipe's classes.
    """
    labels = recipe.target.labels
    if labels and pipeline.classes_.tolist() != list(range(len(labels))):
        raise ProgramError(
            f"a program of the labels {', '.join(labels)} needs the classes 0 to "
            f"{len(labels) - 1}, not {pipeline.classes_.tolist()}"
        )
    compiled = list(_compile_steps(pipeline, recipe, values))
    arrays: dict[str, array[Any]] = {
        f"{index}.{name}": values
        for index, (_, found) in enumerate(compiled)
        for name, values in found.items()
    }
    schema = recipe.request_schema
    # Nothing that scores reads a description, and a changed one must not make another program.
    columns = tuple(replace(column, description="") for column in schema.columns)
    return Program(
        dataset=recipe.dataset,
        **vars(replace(schema, columns=columns)),
        features=recipe.features,
        task=recipe.target.task,
        labels=labels,
        unit=recipe.target.unit,
        relative_to=recipe.target.relative_to,
        references={table: dict(columns) for table, columns in reference_columns.items()},
        steps=tuple(Step(kind=kind) for kind, _ in compiled),
        fitted_from=FittedFrom(
            dataset_version=dataset_version,
            recipe_hash=recipe.training_hash,
            references=dict(references),
        ),
        arrays=arrays,
    )


def _compile_steps(pipeline: Pipeline, recipe: Recipe, values: Floats) -> Iterator[CompiledStep]:
    for name, fitted in pipeline.steps:
        if name == "prepare":
            yield from _compile_preparation(fitted, recipe)
        elif name == "select":
            assert isinstance(fitted, InformationFilter)
            yield make_step("gather", inputs=pack("i", fitted.kept_))
        elif name == "scale":
            yield _compile_scale(fitted)
        elif name == "model":
            yield from compile_model(fitted, np.asarray(values).mean(axis=0))
        if hasattr(fitted, "transform"):
            values = fitted.transform(values)


def _compile_preparation(fitted: Any, recipe: Recipe) -> Iterator[CompiledStep]:
    parts = fitted.named_transformers_
    numbers, encoded = list_numbers(recipe), list_encoded(recipe)
    order = [index for index, _ in (*numbers, *encoded)]
    if order != list(range(len(order))):
        yield make_step("gather", inputs=pack("i", np.array(order)))
    fills = np.full(len(order), np.nan)
    for place, (index, _) in enumerate(numbers):
        imputer = parts[f"number {index}"]
        if isinstance(imputer, SimpleImputer):
            fills[place] = imputer.statistics_[0]
    if not np.isnan(fills).all():
        yield make_step("fill", values=pack("d", fills))
    for index, _ in encoded:
        # What was encoded before went out of the chain, so the next category is at its front.
        yield _compile_encoder(parts[f"category {index}"], len(numbers))


def _compile_encoder(fitted: Any, position: int) -> CompiledStep:
    at = pack("i", np.array([position]))
    if isinstance(fitted, OneHotEncoder):
        (categories,) = fitted.categories_
        keys, missing = _cut_missing(categories)
        return make_step(
            "one_hot",
            position=at,
            keys=pack("d", keys),
            missing=pack("i", np.array([int(missing)])),
        )
    categories, table, default = _list_encodings(fitted)
    keys, missing = _cut_missing(categories)
    return make_step(
        "look_up",
        position=at,
        keys=pack("d", keys),
        table=pack("d", table[: len(keys)].ravel()),
        default=pack("d", default),
        missing=pack("d", table[len(keys)] if missing else default),
    )


def _list_encodings(fitted: Any) -> tuple[Any, Any, Any]:
    """Return categories (c,), their values (c, v) and those of an unseen category (v,)."""
    if isinstance(fitted, FrequencyEncoder):
        return fitted.categories_, fitted.shares_[:, np.newaxis], np.zeros(1)
    (categories,) = fitted.categories_
    if isinstance(fitted, OrdinalEncoder):
        codes = np.where(np.isnan(categories), -1.0, np.arange(len(categories), dtype=np.float64))
        return categories, codes[:, np.newaxis], np.array([-1.0])
    assert isinstance(fitted, TargetEncoder)
    table = np.column_stack([np.asarray(values) for values in fitted.encodings_])
    return categories, table, np.atleast_1d(np.asarray(fitted.target_mean_, dtype=np.float64))


def _cut_missing(categories: Sequence[float]) -> tuple[Any, bool]:
    """Return the categories that are values, and whether a missing one follows them."""
    values = np.asarray(categories, dtype=np.float64)
    missing = bool(len(values)) and bool(np.isnan(values[-1]))
    return (values[:-1] if missing else values), missing


def _compile_scale(fitted: Any) -> CompiledStep:
    if isinstance(fitted, StandardScaler):
        return make_step(
            "standard_scale", mean=pack("d", fitted.mean_), deviation=pack("d", fitted.scale_)
        )
    return make_step(
        "min_max_scale", factor=pack("d", fitted.scale_), offset=pack("d", fitted.min_)
    )
