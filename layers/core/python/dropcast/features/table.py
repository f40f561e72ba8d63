"""Checked rows -> feature rows, one dataset version at a time, part by part.

The feature table has one float64 column per feature, then the columns of row identity that the
split needs (their names begin with ``_``, which no feature's may):

``_row_id``       uint64 hash of the features: equal feature rows never stand on both sides
``_target``       int64 index into the recipe's classes
``_group_id``     uint64 hash of the group, only where the recipe splits by group
``_observed_at``  int64 microseconds since 1970 in UTC, only where the recipe splits by time
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropcast.contracts.errors import TooFewRowsError
from dropcast.features.columns import Floats, evaluate_columns
from dropcast.recipe import GroupSplit, Recipe, TimeSplit

# pandas' row hash is keyed so that it is a constant of the data, whatever process computes it.
_HASH_KEY = "dropcast-row-key"


@dataclass(frozen=True, kw_only=True)
class FeatureTable:
    """Feature rows and what was left out on the way; arrays have shape (rows,)."""

    columns: dict[str, NDArray[np.generic]]
    rows_read: int
    duplicates_dropped: int
    undefined_dropped: int

    @property
    def rows(self) -> int:
        return len(self.columns["_row_id"])


def build_feature_table(parts: Iterable[pd.DataFrame], recipe: Recipe) -> FeatureTable:
    """Return the feature rows of all clean parts.

    A row equal to an earlier one in every declared column is dropped, and so is a row for which
    a feature is undefined (a division by zero, say); both are counted.

    Raises ``TooFewRowsError`` if no row is left.
    """
    pieces = [_build_piece(part, recipe) for part in parts]
    if not pieces or not any(len(piece["_row_id"]) for piece in pieces):
        raise TooFewRowsError(f"dataset '{recipe.dataset}' has no rows; drop a file with rows")
    columns = {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}
    whole_row = columns.pop("_whole_row")
    first = np.zeros(len(whole_row), dtype=bool)
    first[np.unique(whole_row, return_index=True)[1]] = True
    values = np.column_stack([columns[f.name] for f in recipe.features])
    defined = np.isfinite(values).all(axis=1)
    kept = first & defined
    if not kept.any():
        raise TooFewRowsError(f"dataset '{recipe.dataset}': no row has every feature defined")
    return FeatureTable(
        columns={name: column[kept] for name, column in columns.items()},
        rows_read=len(whole_row),
        duplicates_dropped=int((~first).sum()),
        undefined_dropped=int((first & ~defined).sum()),
    )


def _build_piece(part: pd.DataFrame, recipe: Recipe) -> dict[str, NDArray[np.generic]]:
    inputs: dict[str, Floats] = {
        c.name: part[c.name].to_numpy(dtype=np.float64, na_value=np.nan)
        for c in recipe.input_columns
    }
    features = {
        # Adding 0.0 makes -0.0 and 0.0 one value, so they are one row.
        f.name: evaluate_columns(f.expression, inputs, len(part)) + 0.0
        for f in recipe.features
    }
    target = part[recipe.target.column].to_numpy(dtype=np.int64)
    piece: dict[str, NDArray[np.generic]] = {
        **features,
        "_row_id": _hash_rows(pd.DataFrame(features)),
        "_target": np.searchsorted(np.asarray(recipe.target.classes), target).astype(np.int64),
        "_whole_row": _hash_rows(part[[c.name for c in recipe.columns]]),
    }
    if isinstance(recipe.split, GroupSplit):
        piece["_group_id"] = _hash_rows(part[[recipe.split.column]])
    if isinstance(recipe.split, TimeSplit):
        instants = part[recipe.split.column].dt.as_unit("us")
        piece["_observed_at"] = instants.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return piece


def _hash_rows(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """Return a uint64 hash of each row's values, shape (rows,)."""
    hashed = pd.util.hash_pandas_object(frame, index=False, hash_key=_HASH_KEY, categorize=False)
    return np.asarray(hashed, dtype=np.uint64)
