"""Cross-validation folds inside the training rows, of the same kind as the recipe's split."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dropcast.recipe import GroupSplit, TimeSplit
from dropcast.recipe.training import Split
from dropcast.training.rows import FeatureRows
from dropcast.training.split import find_classes, find_lag_microseconds, hash_identities

FOLDS = 5
Positions = NDArray[np.int64]


def make_folds(
    rule: Split, rows: FeatureRows, *, labels: int, seed: int
) -> list[tuple[Positions, Positions]]:
    """Return (training positions, validation positions) of each fold.

    Stratified: equal feature rows are in one fold, each class spread evenly. By group: a group
    is in one fold. By time: a fold is validated by a model of earlier rows only, which end as
    long before it as the rule's gap and label maturity say. ``labels`` is the number of classes,
    0 for a regression.
    """
    if isinstance(rule, TimeSplit):
        return list(_list_time_folds(rule, rows))
    grouped = isinstance(rule, GroupSplit)
    fold = _assign_groups(rows, seed) if grouped else _assign_stratified(rows, labels, seed)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]


def _assign_stratified(rows: FeatureRows, labels: int, seed: int) -> Positions:
    """Deal each class's distinct feature rows, in hash order, to the folds."""
    identities, first, inverse = np.unique(rows.row_id, return_index=True, return_inverse=True)
    hashes, classes = hash_identities(identities, seed), find_classes(rows, labels)[first]
    fold = np.empty(len(identities), dtype=np.int64)
    for c in range(max(1, labels)):
        members = np.flatnonzero(classes == c)
        fold[members[np.argsort(hashes[members])]] = np.arange(len(members)) % FOLDS
    return fold[inverse]


def _assign_groups(rows: FeatureRows, seed: int) -> Positions:
    """Cut the groups, in hash order, where the rows so far pass each share."""
    assert rows.group_id is not None
    groups, inverse, sizes = np.unique(rows.group_id, return_inverse=True, return_counts=True)
    order = np.argsort(hash_identities(groups, seed))
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    fold = np.empty(len(groups), dtype=np.int64)
    fold[order] = np.minimum(middle * FOLDS / len(rows), FOLDS - 1).astype(np.int64)
    return fold[inverse]


def _list_time_folds(rule: TimeSplit, rows: FeatureRows) -> Iterator[tuple[Positions, Positions]]:
    """Cut time in FOLDS + 1 chunks of about equal rows; the first is never validated."""
    assert rows.observed_at is not None
    instants = rows.observed_at
    shares = len(rows) * np.arange(1, FOLDS + 1) // (FOLDS + 1)
    starts = [*np.sort(instants)[shares], None]
    for start, end in pairwise(starts):
        inside = instants >= start if end is None else (instants >= start) & (instants < end)
        train = np.flatnonzero(instants < start - find_lag_microseconds(rule))
        if len(train) and inside.any():
            yield train, np.flatnonzero(inside)
