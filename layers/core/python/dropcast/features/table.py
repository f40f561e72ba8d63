"""Checked rows -> feature rows of one dataset version.

The feature table has one float64 column per feature (a text is its hash), then the columns of row
identity that training needs (their names begin with ``_``, which no feature's may):

``_row_id``       uint64 hash of the features: equal feature rows never stand on both sides
``_target``       int64 class index, or float64 for a regression
``_base``         float64, what the target is relative to, only where the recipe says so
``_group_id``     uint64 hash of the group, only where the recipe splits by group
``_observed_at``  int64 microseconds since 1970 in UTC, where the recipe splits by time or has a
                  series
``_slice_<i>``    int64, 1 where the row belongs to the recipe's slice i
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropcast.contracts.errors import InvalidTargetError, TooFewRowsError
from dropcast.contracts.feature_columns import (
    BASE,
    GROUP_ID,
    OBSERVED_AT,
    ROW_ID,
    TARGET,
    name_slice_column,
)
from dropcast.features.columns import ColumnTable, Floats, evaluate_columns, make_feature
from dropcast.features.frames import (
    assemble_rows,
    hash_rows,
    make_column_table,
    read_microseconds,
)
from dropcast.recipe import Expression, GroupSplit, Recipe, TimeSplit
from dropcast.recipe.references import ReferenceColumns


@dataclass(frozen=True, kw_only=True)
class FeatureTable:
    """Feature rows and what was left out on the way; arrays have shape (rows,).

    ``undefined_dropped``   rows without a value of a feature that nothing fills
    ``untargeted_dropped``  rows whose target is not known (yet)
    """

    columns: dict[str, NDArray[np.generic]]
    rows_read: int
    duplicates_dropped: int
    replaced_dropped: int
    undefined_dropped: int
    untargeted_dropped: int

    @property
    def rows(self) -> int:
        """The number of feature rows."""
        return len(self.columns[ROW_ID])


def build_feature_table(
    parts: Iterable[pd.DataFrame], recipe: Recipe, references: ReferenceColumns | None = None
) -> FeatureTable:
    """Return the feature rows of all clean parts, with the present rows of the reference tables.

    Raises ``TooFewRowsError`` if no row is left, ``InvalidTargetError`` if the target's expression
    gives what is no class.
    """
    assembled = assemble_rows(parts, recipe)
    table = make_column_table(assembled.frame, recipe, references or {})
    features = {
        f.name: make_feature(evaluate_columns(f.expression, table)) for f in recipe.features
    }
    base = _evaluate_base(recipe, table)
    target = _evaluate_number(recipe.target.expression, table)
    defined = _find_defined(features, base, recipe)
    targeted = np.isfinite(target)
    kept = defined & targeted
    if not kept.any():
        raise TooFewRowsError(
            f"dataset '{recipe.dataset}': of {len(kept):,} rows none has every feature and its "
            f"target; {int((~defined).sum()):,} lack a feature"
        )
    columns: dict[str, NDArray[np.generic]] = {
        **features,
        ROW_ID: hash_rows(pd.DataFrame(features)),
        **_make_identity(recipe, assembled.frame),
        **_make_slices(recipe, table),
    }
    if base is not None:
        columns[BASE] = base
    columns = {name: column[kept] for name, column in columns.items()}
    columns[TARGET] = _make_target(target[kept], recipe)
    return FeatureTable(
        columns=columns,
        rows_read=assembled.rows_read,
        duplicates_dropped=assembled.duplicates_dropped,
        replaced_dropped=assembled.replaced_dropped,
        undefined_dropped=int((~defined).sum()),
        untargeted_dropped=int((defined & ~targeted).sum()),
    )


def _evaluate_number(expression: Expression, table: ColumnTable) -> Floats:
    values = evaluate_columns(expression, table)
    assert isinstance(values, np.ndarray)
    return values


def _evaluate_base(recipe: Recipe, table: ColumnTable) -> Floats | None:
    """Return what the target is relative to; what is not positive has no logarithm: missing."""
    if recipe.target.relative_to is None:
        return None
    base = _evaluate_number(recipe.target.relative_to, table).copy()
    base[~(base > 0)] = np.nan
    return base


def _find_defined(
    features: dict[str, Floats], base: Floats | None, recipe: Recipe
) -> NDArray[np.bool_]:
    needed = [features[f.name] for f in recipe.features if f.fill is None and f.encoding is None]
    if base is not None:
        needed.append(base)
    rows = len(next(iter(features.values())))
    if not needed:
        return np.ones(rows, dtype=bool)
    return np.asarray(np.isfinite(np.column_stack(needed)).all(axis=1))


def _make_identity(recipe: Recipe, frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    identity: dict[str, NDArray[np.generic]] = {}
    if isinstance(recipe.split_rule, GroupSplit):
        identity[GROUP_ID] = hash_rows(frame[[recipe.split_rule.column]])
    time = recipe.series.time if recipe.series else None
    if isinstance(recipe.split_rule, TimeSplit):
        time = recipe.split_rule.column
    if time is not None:
        identity[OBSERVED_AT] = read_microseconds(frame[time]).astype(np.int64)
    return identity


def _make_slices(recipe: Recipe, table: ColumnTable) -> dict[str, NDArray[np.generic]]:
    return {
        name_slice_column(index): (_evaluate_number(piece.expression, table) == 1).astype(np.int64)
        for index, piece in enumerate(recipe.slices)
    }


def _make_target(target: Floats, recipe: Recipe) -> NDArray[np.generic]:
    labels = recipe.target.labels
    if not labels:
        if recipe.target.relative_to is not None and not (target > 0).all():
            raise InvalidTargetError(
                f"dataset '{recipe.dataset}': {int((target <= 0).sum()):,} targets are not above 0 "
                "and are to be learned relative to a quantity; let the columns' minimum say so"
            )
        return target
    strange = sorted({float(v) for v in np.unique(target)} - set(map(float, range(len(labels)))))
    if strange:
        raise InvalidTargetError(
            f"dataset '{recipe.dataset}': the target's expression gives {strange[:5]}; with the "
            f"labels {', '.join(labels)} it may give 0 to {len(labels) - 1}: correct the recipe, "
            "or the column's categories"
        )
    return target.astype(np.int64)
