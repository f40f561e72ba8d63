"""Every recipe with the checked rows of its generated sample."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import wraps
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypeVar

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from dropcast.features import build_feature_table, read_reference_columns
from dropcast.features.frames import assemble_rows
from dropcast.ingest import fingerprint_file, read_file
from dropcast.recipe import Candidate, Recipe, Table
from dropcast.recipe.references import ReferenceColumns
from dropcast.recipes import RECIPES
from dropcast.training.rows import FeatureRows, read_feature_rows, take_rows
from dropcast.training.split import SplitRecord, plan_split, select_test, select_train

SAMPLES = Path(__file__).parents[1] / "samples"
# Enough trees for every branch of the code, few enough for a test.
_SMALL = {"n_estimators": 8, "max_iter": 8}


T = TypeVar("T", bound=Table)
R = TypeVar("R")


def _once_each(function: Callable[[T], R]) -> Callable[[T], R]:
    """Keep what a function gave for each dataset: recipes hold mappings, so no cache takes them."""
    kept: dict[str, R] = {}

    @wraps(function)
    def call(table: T) -> R:
        if table.dataset not in kept:
            kept[table.dataset] = function(table)
        return kept[table.dataset]

    return call


def list_recipes() -> list[Recipe]:
    return list(RECIPES.values())


def list_fits() -> Iterator[tuple[Recipe, Candidate]]:
    """Yield every candidate of every recipe, with few trees."""
    for recipe in list_recipes():
        for candidate in recipe.candidates:
            yield recipe, shrink(candidate)


def shrink(candidate: Candidate) -> Candidate:
    """Return the candidate with few trees."""
    parameters = {
        name: min(_SMALL[name], value) if name in _SMALL and isinstance(value, int) else value
        for name, value in candidate.parameters.items()
    }
    return dataclasses.replace(candidate, parameters=parameters, search={})


def find_sample(dataset: str) -> Path:
    """Return the dataset's generated sample."""
    found = (SAMPLES / dataset).glob("generated_sample.*")
    # What `score` saves beside it has more endings.
    (path,) = (path for path in found if path.stem == "generated_sample")
    return path


def read_request(dataset: str) -> Any:
    return json.loads((SAMPLES / dataset / "request.json").read_text())


@_once_each
def read_sample(table: Table) -> pd.DataFrame:
    """Return the accepted rows of a table's sample, as its clean part holds them."""
    body = find_sample(table.dataset).read_bytes()

    def open_raw() -> BinaryIO:
        return BytesIO(body)

    with TemporaryDirectory() as folder:
        clean = Path(folder, "clean.parquet")
        read_file(
            open_raw,
            fingerprint=fingerprint_file(open_raw),
            recipe=table,
            clean_path=clean,
            quarantine_path=Path(folder, "quarantine.csv"),
        )
        frame: pd.DataFrame = pq.read_table(clean).to_pandas()
    return frame


@_once_each
def read_references(recipe: Recipe) -> ReferenceColumns:
    """Return the reference columns of the recipe, from the tables' samples."""
    return read_reference_columns({t.dataset: read_sample(t) for t in recipe.references}, recipe)


@_once_each
def assemble_sample(recipe: Recipe) -> pd.DataFrame:
    """Return the rows of the sample that count, in series order."""
    return assemble_rows([read_sample(recipe)], recipe).frame


@_once_each
def make_rows(recipe: Recipe) -> FeatureRows:
    """Return the feature rows of the sample."""
    table = build_feature_table([read_sample(recipe)], recipe, read_references(recipe))
    return read_feature_rows(table.columns, recipe)


@_once_each
def split_sample(recipe: Recipe) -> tuple[SplitRecord, FeatureRows, FeatureRows]:
    """Return the recipe's split of its sample, training rows and test rows."""
    rows = make_rows(recipe)
    record = plan_split(recipe, rows)
    train, test = select_train(record, rows), select_test(record, rows)
    return record, take_rows(rows, train), take_rows(rows, test)


def same_bits(first: Any, second: Any) -> bool:
    """Return whether two tables of numbers are equal, missing ones included."""
    return bool(np.array_equal(np.asarray(first), np.asarray(second), equal_nan=True))
