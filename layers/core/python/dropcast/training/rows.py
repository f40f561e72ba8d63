"""Feature rows as arrays: what every step of training takes in and hands on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.contracts.feature_columns import (
    BASE,
    GROUP_ID,
    OBSERVED_AT,
    ROW_ID,
    TARGET,
    name_slice_column,
)
from dropcast.recipe import Recipe

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

# The feature table's identity columns and the fields that hold them.
_IDENTITY_COLUMNS = {
    ROW_ID: "row_id",
    TARGET: "target",
    BASE: "base",
    GROUP_ID: "group_id",
    OBSERVED_AT: "observed_at",
}


@dataclass(frozen=True, kw_only=True)
class FeatureRows:
    """n rows of f features.

    ``values``       float64 (n, f), C order, NaN is missing; columns are ``names``
    ``row_id``       uint64 (n,), a hash of the row's features
    ``target``       (n,): int64 class index, or float64 for a regression; ``None`` where it is kept
                     apart
    ``base``         float64 (n,), what the target is relative to, where the recipe says so
    ``group_id``     uint64 (n,), only where the recipe splits by group
    ``observed_at``  int64 (n,), microseconds since 1970 in UTC, for a split by time or a series
    ``slices``       bool (n, s): whether a row belongs to each of the recipe's s slices
    """

    names: tuple[str, ...]
    values: Floats
    row_id: NDArray[np.uint64]
    target: NDArray[Any] | None
    base: Floats | None = None
    group_id: NDArray[np.uint64] | None = None
    observed_at: NDArray[np.int64] | None = None
    slices: Mask | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.row_id)


def read_feature_rows(columns: Mapping[str, NDArray[np.generic]], recipe: Recipe) -> FeatureRows:
    """Return the rows of a feature table's columns, features in declared order.

    Raises ``DocumentError`` naming the columns that the table lacks.
    """
    names = tuple(feature.name for feature in recipe.features)
    slices = [name_slice_column(index) for index in range(len(recipe.slices))]
    missing = sorted({*names, *slices, ROW_ID} - set(columns))
    if missing:
        raise DocumentError(f"the feature table lacks the columns {', '.join(missing)}")
    identity: dict[str, Any] = {
        field: np.asarray(columns[name]) if name in columns else None
        for name, field in _IDENTITY_COLUMNS.items()
    }
    values = np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in names])
    return FeatureRows(
        names=names,
        values=np.ascontiguousarray(values),
        slices=np.column_stack([columns[name] == 1 for name in slices]) if slices else None,
        **identity,
    )


def take_rows(rows: FeatureRows, chosen: Mask | NDArray[np.int64]) -> FeatureRows:
    """Return the rows of a mask or of positions, in that order."""
    fields = (*_IDENTITY_COLUMNS.values(), "slices")
    taken: dict[str, Any] = {
        field: None if column is None else column[chosen]
        for field in fields
        for column in [getattr(rows, field)]
    }
    return FeatureRows(names=rows.names, values=rows.values[chosen], **taken)


def require_target(rows: FeatureRows) -> NDArray[Any]:
    """Return the target, shape (n,); raise ``DocumentError`` where it is kept apart."""
    if rows.target is None:
        raise DocumentError("these feature rows carry no target")
    return rows.target


def compute_learned_target(rows: FeatureRows) -> NDArray[Any]:
    """Return what a model learns, (n,): the class, the number, or ln(number / base)."""
    target = require_target(rows)
    return target if rows.base is None else np.log(target / rows.base)


def measure_naive_error(rows: FeatureRows) -> float | None:
    """Return the mean absolute error of the naive forecast on rows; ``None`` without one."""
    if rows.base is None:
        return None
    return float(np.abs(require_target(rows) - rows.base).mean())


def sort_rows(rows: FeatureRows) -> FeatureRows:
    """Return the rows in the order of time (where they have one) and identity.

    What is fitted then depends on the set of rows and not on the order of the files.
    """
    keys: list[NDArray[Any]] = [require_target(rows), rows.row_id]
    keys += [column for column in (rows.group_id, rows.observed_at) if column is not None]
    return take_rows(rows, np.lexsort(keys))
