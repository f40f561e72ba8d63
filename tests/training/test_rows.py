"""Feature rows from a table's columns and back."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.training import hide_target, list_table_columns, read_feature_rows, take_rows
from dropcast.training.rows import require_target, sort_rows

TABLE: dict[str, NDArray[np.generic]] = {
    "b": np.array([1.0, 2.0, 3.0]),
    "a": np.array([4.0, 5.0, 6.0]),
    "_row_id": np.array([30, 10, 20], dtype=np.uint64),
    "_target": np.array([0, 1, 0]),
    "_observed_at": np.array([5, 5, 4]),
}


def test_a_table_is_read_in_the_order_of_the_features_and_written_back() -> None:
    rows = read_feature_rows(TABLE, ["a", "b"])
    assert rows.values.tolist() == [[4.0, 1.0], [5.0, 2.0], [6.0, 3.0]]
    assert rows.values.flags["C_CONTIGUOUS"]
    assert rows.group_id is None
    back = list_table_columns(rows)
    assert {k: v.tolist() for k, v in back.items()} == {k: v.tolist() for k, v in TABLE.items()}


def test_a_table_that_lacks_columns_is_refused() -> None:
    with pytest.raises(DocumentError, match="lacks the columns _row_id, c"):
        read_feature_rows({"a": TABLE["a"]}, ["a", "c"])


def test_rows_are_taken_with_all_that_belongs_to_them() -> None:
    taken = take_rows(read_feature_rows(TABLE, ["a"]), np.array([True, False, True]))
    assert taken.values.tolist() == [[4.0], [6.0]]
    assert taken.row_id.tolist() == [30, 20]
    assert require_target(taken).tolist() == [0, 0]
    assert taken.observed_at is not None
    assert taken.observed_at.tolist() == [5, 4]


def test_rows_are_sorted_by_time_and_then_by_identity() -> None:
    assert sort_rows(read_feature_rows(TABLE, ["a"])).row_id.tolist() == [20, 10, 30]


def test_a_hidden_target_is_not_there() -> None:
    hidden = hide_target(read_feature_rows(TABLE, ["a"]))
    assert "_target" not in list_table_columns(hidden)
    with pytest.raises(DocumentError, match="no target"):
        require_target(hidden)
