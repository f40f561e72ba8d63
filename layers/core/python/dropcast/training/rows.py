"""Feature rows as arrays: what every step of training takes in and hands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError

Mask = NDArray[np.bool_]

# The feature table's identity columns and the fields that hold them.
IDENTITY_COLUMNS = {
    "_row_id": "row_id",
    "_target": "target",
    "_group_id": "group_id",
    "_observed_at": "observed_at",
}


@dataclass(frozen=True, kw_only=True)
class FeatureRows:
    """n rows of f features.

    ``values``       float64 (n, f), C order, finite; columns are ``names``
    ``row_id``       uint64 (n,), a hash of the row's features
    ``target``       int64 (n,), 0 or 1, or None where it is kept apart
    ``group_id``     uint64 (n,), only where the recipe splits by group
    ``observed_at``  int64 (n,), microseconds since 1970 in UTC, only for a split by time
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    row_id: NDArray[np.uint64]
    target: NDArray[np.int64] | None
    group_id: NDArray[np.uint64] | None = None
    observed_at: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.row_id)


def read_feature_rows(
    columns: Mapping[str, NDArray[np.generic]], names: Sequence[str]
) -> FeatureRows:
    """Return the rows of a table's columns; ``names`` are the features in declared order.

    Raises ``DocumentError`` naming the columns that the table lacks.
    """
    missing = sorted({*names, "_row_id"} - set(columns))
    if missing:
        raise DocumentError(f"the feature table lacks the columns {', '.join(missing)}")
    identity: dict[str, Any] = {
        field: np.asarray(columns[name]) if name in columns else None
        for name, field in IDENTITY_COLUMNS.items()
    }
    values = np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in names])
    return FeatureRows(names=tuple(names), values=np.ascontiguousarray(values), **identity)


def list_table_columns(rows: FeatureRows) -> dict[str, NDArray[np.generic]]:
    """Return the rows as a table's columns: the way back of :func:`read_feature_rows`."""
    features: dict[str, NDArray[np.generic]] = {
        name: np.ascontiguousarray(rows.values[:, index]) for index, name in enumerate(rows.names)
    }
    identity = {name: getattr(rows, field) for name, field in IDENTITY_COLUMNS.items()}
    return features | {name: column for name, column in identity.items() if column is not None}


def take_rows(rows: FeatureRows, chosen: Mask | NDArray[np.int64]) -> FeatureRows:
    """Return the rows of a mask or of positions, in that order."""
    identity = {field: getattr(rows, field) for field in IDENTITY_COLUMNS.values()}
    taken: dict[str, Any] = {
        field: None if column is None else column[chosen] for field, column in identity.items()
    }
    return FeatureRows(names=rows.names, values=rows.values[chosen], **taken)


def hide_target(rows: FeatureRows) -> FeatureRows:
    """Return the rows without their target."""
    return replace(rows, target=None)


def require_target(rows: FeatureRows) -> NDArray[np.int64]:
    """Return the target, shape (n,); raise ``DocumentError`` where it is kept apart."""
    if rows.target is None:
        raise DocumentError("these feature rows carry no target")
    return rows.target


def sort_rows(rows: FeatureRows) -> FeatureRows:
    """Return the rows in the order of time (where they have one) and identity, so that what is
    fitted depends on the set of rows and not on the order of the files."""
    keys: list[NDArray[Any]] = [require_target(rows), rows.row_id]
    keys += [column for column in (rows.group_id, rows.observed_at) if column is not None]
    return take_rows(rows, np.lexsort(keys))
