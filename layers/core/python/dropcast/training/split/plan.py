"""Which rows are test rows: planned once, recorded, then a function of the record and the row.

So a row keeps its side when files are added, and a later run finds in the champion's record which
of its test rows the champion was never trained on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError, TooFewRowsError
from dropcast.contracts.feature_columns import GROUP_ID, OBSERVED_AT
from dropcast.recipe import GroupSplit, Recipe, StratifiedSplit, TimeSplit
from dropcast.recipe.training import Split
from dropcast.training.rows import FeatureRows, Mask, require_target
from dropcast.training.split.hashes import hash_identities

MIN_CLASS_ROWS = 10
_DAY_MICROSECONDS = 86_400_000_000
_ALL_TIME = (-(2**62), 2**62)


@dataclass(frozen=True, kw_only=True)
class SplitRecord:
    """A planned split. Hashes are 16 hex digits of a uint64; a cut is the last hash of a test row.

    ``cuts``       stratified: one per class; by group: one; by time: none
    ``contested``  row ids seen in several classes whose hash lies between the cuts: test rows, so
                   that equal feature rows stay together
    ``train_span``, ``test_span``  by time: first and last instant of either side, microseconds
                   since 1970 in UTC; what lies in neither is on no side
    ``train_classes``, ``test_classes``  rows of each class on either side; of a regression: rows
    ``train_mean``   regression: the training rows' mean target
    ``naive_error``  regression: the mean absolute error of the naive forecast on training rows
    """

    rule: Split
    cuts: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    train_span: tuple[int, int] = _ALL_TIME
    test_span: tuple[int, int] = _ALL_TIME
    train_classes: tuple[int, ...] = ()
    test_classes: tuple[int, ...] = ()
    train_mean: float | None = None
    naive_error: float | None = None


def plan_split(recipe: Recipe, rows: FeatureRows) -> SplitRecord:
    """Return the record of a split of these rows by the recipe's rule.

    Raises ``TooFewRowsError`` if a class has fewer than :data:`MIN_CLASS_ROWS` rows on a side.
    """
    labels = recipe.target.labels
    classes = find_classes(rows, len(labels))
    _require_rows(_count_classes(classes, labels), "rows", 2 * MIN_CLASS_ROWS, labels)
    record = _PLANNERS[type(recipe.split_rule)](recipe.split_rule, rows, classes)
    train, test = select_train(record, rows), select_test(record, rows)
    train_classes = _count_classes(classes[train], labels)
    test_classes = _count_classes(classes[test], labels)
    _require_rows(train_classes, "training rows", MIN_CLASS_ROWS, labels)
    _require_rows(test_classes, "test rows", MIN_CLASS_ROWS, labels)
    record = replace(record, train_classes=train_classes, test_classes=test_classes)
    if labels:
        return record
    target = require_target(rows)[train]
    error = None if rows.base is None else float(np.abs(target - rows.base[train]).mean())
    return replace(record, train_mean=float(target.mean()), naive_error=error)


def find_classes(rows: FeatureRows, labels: int) -> NDArray[np.int64]:
    """Return each row's class; a regression's rows are all of one."""
    if labels:
        return np.asarray(require_target(rows), dtype=np.int64)
    return np.zeros(len(rows), dtype=np.int64)


def select_test(record: SplitRecord, rows: FeatureRows) -> Mask:
    """Return which rows are test rows, bool (n,): a function of the record and each row alone."""
    return _SELECTORS[type(record.rule)](record, rows)


def select_train(record: SplitRecord, rows: FeatureRows) -> Mask:
    """Return which rows are training rows; by time some may be on neither side."""
    if not isinstance(record.rule, TimeSplit):
        return ~select_test(record, rows)
    return _lies_in(record.train_span, rows)


def select_unseen(record: SplitRecord, rows: FeatureRows) -> Mask:
    """Return which rows a model of this record was neither trained on nor close to.

    They are its test rows and, by time, all later ones.
    """
    if not isinstance(record.rule, TimeSplit):
        return select_test(record, rows)
    return _lies_in((record.test_span[0], _ALL_TIME[1]), rows)


def have_same_identity(first: Split, second: Split) -> bool:
    """Return whether the record of one rule can select among rows made for the other.

    Both then go by the same thing (features, a group's column, a time's), whatever their share and
    seed.
    """
    return type(first) is type(second) and (
        getattr(first, "column", None) == getattr(second, "column", None)
    )


def find_lag_microseconds(rule: TimeSplit) -> int:
    """Return how long before what they are tested on training rows must end."""
    return round(max(rule.gap_days, rule.maturity_days) * _DAY_MICROSECONDS)


def _plan_stratified(
    rule: StratifiedSplit, rows: FeatureRows, classes: NDArray[np.int64]
) -> SplitRecord:
    hashes = hash_identities(rows.row_id, rule.seed)
    present = range(int(classes.max()) + 1)
    cuts = [_find_cut(hashes[classes == c], rule.test_fraction) for c in present]
    several = _find_shared(rows.row_id, classes)
    between = (hash_identities(several, rule.seed) > min(cuts)) & (
        hash_identities(several, rule.seed) <= max(cuts)
    )
    return SplitRecord(
        rule=rule,
        cuts=tuple(_to_hex(cut) for cut in cuts),
        contested=tuple(_to_hex(row_id) for row_id in several[between]),
    )


def _find_shared(row_id: NDArray[np.uint64], classes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the row ids that stand in more than one class."""
    identities, inverse = np.unique(row_id, return_inverse=True)
    low = np.full(len(identities), np.iinfo(np.int64).max)
    high = np.full(len(identities), -1)
    np.minimum.at(low, inverse, classes)
    np.maximum.at(high, inverse, classes)
    return np.asarray(identities[low != high])


def _select_stratified(record: SplitRecord, rows: FeatureRows) -> Mask:
    assert isinstance(record.rule, StratifiedSplit)
    cuts = np.array([int(cut, 16) for cut in record.cuts], dtype=np.uint64)
    classes = find_classes(rows, len(cuts) - 1)
    below = hash_identities(rows.row_id, record.rule.seed) <= cuts[classes]
    contested = np.array([int(row_id, 16) for row_id in record.contested], dtype=np.uint64)
    selected: Mask = below | np.isin(rows.row_id, contested)
    return selected


def _plan_groups(rule: GroupSplit, rows: FeatureRows, classes: NDArray[np.int64]) -> SplitRecord:
    del classes
    groups = _require_column(rows.group_id, GROUP_ID)
    cut = _find_cut(hash_identities(groups, rule.seed), rule.test_fraction)
    return SplitRecord(rule=rule, cuts=(_to_hex(cut),))


def _select_groups(record: SplitRecord, rows: FeatureRows) -> Mask:
    assert isinstance(record.rule, GroupSplit)
    groups = _require_column(rows.group_id, GROUP_ID)
    selected: Mask = hash_identities(groups, record.rule.seed) <= np.uint64(int(record.cuts[0], 16))
    return selected


def _plan_time(rule: TimeSplit, rows: FeatureRows, classes: NDArray[np.int64]) -> SplitRecord:
    del classes
    instants = np.sort(_require_column(rows.observed_at, OBSERVED_AT))
    newest = int(instants[-1])
    oldest = _ALL_TIME[0] if rule.window_days is None else newest - _days(rule.window_days)
    end = newest - _days(rule.maturity_days)
    eligible = instants[(instants >= oldest) & (instants <= end)]
    if not len(eligible):
        raise TooFewRowsError(
            f"no row is older than the {rule.maturity_days:g} days that labels take to become "
            "final: drop older rows"
        )
    if rule.test_days is not None:
        # The first test row, so that adding nothing moves nothing.
        boundary = int(eligible[np.searchsorted(eligible, end - _days(rule.test_days))])
    else:
        assert rule.test_fraction is not None
        share = _count_share(rule.test_fraction, len(eligible))
        boundary = int(eligible[len(eligible) - share])
    train_end = boundary - find_lag_microseconds(rule) - 1
    return SplitRecord(rule=rule, train_span=(oldest, train_end), test_span=(boundary, end))


def _select_time(record: SplitRecord, rows: FeatureRows) -> Mask:
    return _lies_in(record.test_span, rows)


def _lies_in(span: tuple[int, int], rows: FeatureRows) -> Mask:
    instants = _require_column(rows.observed_at, OBSERVED_AT)
    selected: Mask = (instants >= span[0]) & (instants <= span[1])
    return selected


_PLANNERS: dict[type, Callable[[Any, FeatureRows, NDArray[np.int64]], SplitRecord]] = {
    StratifiedSplit: _plan_stratified,
    GroupSplit: _plan_groups,
    TimeSplit: _plan_time,
}
_SELECTORS: dict[type, Callable[[SplitRecord, FeatureRows], Mask]] = {
    StratifiedSplit: _select_stratified,
    GroupSplit: _select_groups,
    TimeSplit: _select_time,
}


def _days(days: float) -> int:
    return round(days * _DAY_MICROSECONDS)


def _find_cut(hashes: NDArray[np.uint64], fraction: float) -> int:
    """Return the largest hash among the lowest share of them; equal hashes fall together."""
    if not len(hashes):
        return 0
    return int(np.sort(hashes)[_count_share(fraction, len(hashes)) - 1])


def _count_share(fraction: float, rows: int) -> int:
    """Return the share rounded up, undisturbed by how the fraction is written in binary."""
    return max(1, math.ceil(fraction * rows - 1e-9))


def _to_hex(value: int | np.uint64) -> str:
    return f"{int(value):016x}"


def _count_classes(classes: NDArray[np.int64], labels: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(np.bincount(classes, minlength=max(1, len(labels))).tolist())


def _require_rows(counts: tuple[int, ...], what: str, least: int, labels: tuple[str, ...]) -> None:
    if min(counts) >= least:
        return
    if not labels:
        raise TooFewRowsError(
            f"there are {counts[0]:,} {what}; a model needs at least {least}: drop more rows"
        )
    named = ", ".join(f"'{label}' {count:,}" for label, count in zip(labels, counts, strict=True))
    raise TooFewRowsError(
        f"of each class a model needs at least {least} {what}; there are {named}: drop more rows"
    )


def _require_column(column: NDArray[Any] | None, name: str) -> NDArray[Any]:
    if column is None:
        raise DocumentError(f"the feature table lacks the column {name} that the split needs")
    return column
