"""The scorer of whole columns, which needs numpy; what serves requests never imports it."""

from dropcast.scoring.batch.columns import (
    BATCH_MAKERS,
    BLOCK_ROWS,
    build_batch_scorer,
    count_block_rows,
)
from dropcast.scoring.batch.trees import make_leaf_finder

__all__ = [
    "BATCH_MAKERS",
    "BLOCK_ROWS",
    "build_batch_scorer",
    "count_block_rows",
    "make_leaf_finder",
]
