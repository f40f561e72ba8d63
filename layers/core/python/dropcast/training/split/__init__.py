"""Which rows are training rows and which are test rows."""

from dropcast.training.split.hashes import hash_identities
from dropcast.training.split.plan import (
    MIN_CLASS_ROWS,
    SplitRecord,
    find_classes,
    find_lag_microseconds,
    have_same_identity,
    plan_split,
    select_test,
    select_train,
    select_unseen,
)

__all__ = [
    "MIN_CLASS_ROWS",
    "SplitRecord",
    "find_classes",
    "find_lag_microseconds",
    "hash_identities",
    "have_same_identity",
    "plan_split",
    "select_test",
    "select_train",
    "select_unseen",
]
