"""Names of the feature table's columns that are not features.

The features package writes them and training reads them. All begin with ``_``, which no feature's
name may.
"""

# uint64, a hash of the row's features: equal feature rows never stand on both sides of a split.
ROW_ID = "_row_id"
# int64 class index, or float64 for a regression.
TARGET = "_target"
# float64, what the target is relative to; only where the recipe says so.
BASE = "_base"
# uint64, a hash of the group; only where the recipe splits by group.
GROUP_ID = "_group_id"
# int64, microseconds since 1970 in UTC; where the recipe splits by time or has a series.
OBSERVED_AT = "_observed_at"


def name_slice_column(index: int) -> str:
    """Return the column of the recipe's slice ``index``: int64, 1 where the row belongs to it.

    >>> name_slice_column(0)
    '_slice_0'
    """
    return f"_slice_{index}"
