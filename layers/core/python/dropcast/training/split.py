"""Which rows are test rows: planned once, recorded, and then a function of the record and the row.

So a row keeps its side when files are added, and a later run can tell which of its test rows
the champion was never trained on by asking the champion's record.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError, TooFewRowsError
from dropcast.recipe import GroupSplit, StratifiedSplit, TimeSplit
from dropcast.training.hashing import mix
from dropcast.training.rows import FeatureRows, Mask, require_target

MIN_CLASS_ROWS = 10


@dataclass(frozen=True, kw_only=True)
class SplitRecord:
    """A planned split. Hashes are 16 hex digits of a uint64; a cut is the last hash of a test row.

    ``cuts``       stratified: one per class; by group: one; by time: none
    ``contested``  row ids seen in both classes whose hash lies between the cuts: test rows, so
                   that equal feature rows stay together
    ``boundary_microseconds``  by time: the first test instant, since 1970 in UTC
    ``train_classes``, ``test_classes``  rows of each class on either side
    """

    rule: StratifiedSplit | GroupSplit | TimeSplit
    cuts: tuple[str, ...]
    contested: tuple[str, ...]
    boundary_microseconds: int | None
    train_classes: tuple[int, int]
    test_classes: tuple[int, int]


def plan_split(rule: StratifiedSplit | GroupSplit | TimeSplit, rows: FeatureRows) -> SplitRecord:
    """Return the record of a split of these rows.

    Raises ``TooFewRowsError`` if a class has fewer than :data:`MIN_CLASS_ROWS` rows on a side.
    """
    target = require_target(rows)
    _require_rows(_count_classes(target), "rows", 2 * MIN_CLASS_ROWS)
    record = _PLANNERS[type(rule)](rule, rows)
    test = select_test(record, rows)
    train_classes, test_classes = _count_classes(target[~test]), _count_classes(target[test])
    _require_rows(train_classes, "training rows", MIN_CLASS_ROWS)
    _require_rows(test_classes, "test rows", MIN_CLASS_ROWS)
    return replace(record, train_classes=train_classes, test_classes=test_classes)


def select_test(record: SplitRecord, rows: FeatureRows) -> Mask:
    """Return which rows are test rows, bool (n,): a function of the record and each row alone."""
    return _SELECTORS[type(record.rule)](record, rows)


def have_same_identity(
    first: StratifiedSplit | GroupSplit | TimeSplit,
    second: StratifiedSplit | GroupSplit | TimeSplit,
) -> bool:
    """Return whether the record of one rule can be asked about rows made for the other: both go
    by the same thing (features, a group's column, a time's), whatever their share and seed."""
    return type(first) is type(second) and (
        getattr(first, "column", None) == getattr(second, "column", None)
    )


def _make_record(rule: StratifiedSplit | GroupSplit | TimeSplit, **fields: Any) -> SplitRecord:
    defaults: dict[str, Any] = {"cuts": (), "contested": (), "boundary_microseconds": None}
    return SplitRecord(
        rule=rule, train_classes=(0, 0), test_classes=(0, 0), **{**defaults, **fields}
    )


def _plan_stratified(rule: StratifiedSplit, rows: FeatureRows) -> SplitRecord:
    target, hashes = require_target(rows), mix(rows.row_id, rule.seed)
    cuts = [_find_cut(hashes[target == c], rule.test_fraction) for c in (0, 1)]
    both = np.intersect1d(rows.row_id[target == 0], rows.row_id[target == 1])
    between = (mix(both, rule.seed) > min(cuts)) & (mix(both, rule.seed) <= max(cuts))
    return _make_record(
        rule,
        cuts=tuple(_to_hex(cut) for cut in cuts),
        contested=tuple(_to_hex(row_id) for row_id in both[between]),
    )


def _select_stratified(record: SplitRecord, rows: FeatureRows) -> Mask:
    assert isinstance(record.rule, StratifiedSplit)
    cuts = np.array([int(cut, 16) for cut in record.cuts], dtype=np.uint64)
    below = mix(rows.row_id, record.rule.seed) <= cuts[require_target(rows)]
    contested = np.array([int(row_id, 16) for row_id in record.contested], dtype=np.uint64)
    selected: Mask = below | np.isin(rows.row_id, contested)
    return selected


def _plan_groups(rule: GroupSplit, rows: FeatureRows) -> SplitRecord:
    groups = _require_column(rows.group_id, "_group_id")
    cut = _find_cut(mix(groups, rule.seed), rule.test_fraction)
    return _make_record(rule, cuts=(_to_hex(cut),))


def _select_groups(record: SplitRecord, rows: FeatureRows) -> Mask:
    assert isinstance(record.rule, GroupSplit)
    groups = _require_column(rows.group_id, "_group_id")
    selected: Mask = mix(groups, record.rule.seed) <= np.uint64(int(record.cuts[0], 16))
    return selected


def _plan_time(rule: TimeSplit, rows: FeatureRows) -> SplitRecord:
    instants = np.sort(_require_column(rows.observed_at, "_observed_at"))
    boundary = instants[len(instants) - _count_share(rule.test_fraction, len(instants))]
    return _make_record(rule, boundary_microseconds=int(boundary))


def _select_time(record: SplitRecord, rows: FeatureRows) -> Mask:
    boundary = record.boundary_microseconds
    selected: Mask = _require_column(rows.observed_at, "_observed_at") >= boundary
    return selected


_PLANNERS: dict[type, Callable[[Any, FeatureRows], SplitRecord]] = {
    StratifiedSplit: _plan_stratified,
    GroupSplit: _plan_groups,
    TimeSplit: _plan_time,
}
_SELECTORS: dict[type, Callable[[SplitRecord, FeatureRows], Mask]] = {
    StratifiedSplit: _select_stratified,
    GroupSplit: _select_groups,
    TimeSplit: _select_time,
}


def _find_cut(hashes: NDArray[np.uint64], fraction: float) -> int:
    """Return the largest hash among the lowest share of them; equal hashes fall together."""
    return int(np.sort(hashes)[_count_share(fraction, len(hashes)) - 1])


def _count_share(fraction: float, rows: int) -> int:
    """Return the share rounded up, undisturbed by how the fraction is spelled in binary."""
    return max(1, math.ceil(fraction * rows - 1e-9))


def _to_hex(value: int | np.uint64) -> str:
    return f"{int(value):016x}"


def _count_classes(target: NDArray[np.int64]) -> tuple[int, int]:
    return int((target == 0).sum()), int((target == 1).sum())


def _require_rows(classes: tuple[int, int], what: str, least: int) -> None:
    if min(classes) < least:
        raise TooFewRowsError(
            f"the classes have {classes[0]:,} and {classes[1]:,} {what}; a model needs at least "
            f"{least} of each: drop more rows"
        )


def _require_column(column: NDArray[Any] | None, name: str) -> NDArray[Any]:
    if column is None:
        raise DocumentError(f"the feature table lacks the column {name} that the split needs")
    return column
