"""Feature rows from a table's columns."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.recipe import Feature, Slice, col
from dropcast.recipes import find_recipe
from dropcast.training.rows import read_feature_rows, require_target, sort_rows, take_rows

RECIPE = replace(
    find_recipe("spotify_preference"),
    features=(Feature("a", col("energy")), Feature("b", col("tempo"))),
    slices=(Slice(name="loud", expression=col("loudness") > -5),),
)
TABLE: dict[str, NDArray[np.generic]] = {
    "b": np.array([1.0, 2.0, 3.0]),
    "a": np.array([4.0, 5.0, 6.0]),
    "_row_id": np.array([30, 10, 20], dtype=np.uint64),
    "_target": np.array([0, 1, 0]),
    "_observed_at": np.array([5, 5, 4]),
    "_slice_0": np.array([1, 0, 1]),
}


def test_a_table_is_read_in_the_order_of_the_features() -> None:
    rows = read_feature_rows(TABLE, RECIPE)
    assert rows.values.tolist() == [[4.0, 1.0], [5.0, 2.0], [6.0, 3.0]]
    assert rows.values.flags["C_CONTIGUOUS"]
    assert rows.group_id is None
    assert rows.slices is not None
    assert rows.slices.tolist() == [[True], [False], [True]]


def test_a_table_that_lacks_columns_is_refused() -> None:
    with pytest.raises(DocumentError, match="lacks the columns _row_id, _slice_0, b"):
        read_feature_rows({"a": TABLE["a"]}, RECIPE)


def test_rows_are_taken_with_all_that_belongs_to_them() -> None:
    taken = take_rows(read_feature_rows(TABLE, RECIPE), np.array([True, False, True]))
    assert taken.values.tolist() == [[4.0, 1.0], [6.0, 3.0]]
    assert taken.row_id.tolist() == [30, 20]
    assert require_target(taken).tolist() == [0, 0]
    assert taken.observed_at is not None
    assert taken.observed_at.tolist() == [5, 4]
    assert taken.slices is not None
    assert taken.slices.tolist() == [[True], [True]]


def test_rows_are_sorted_by_time_and_then_by_identity() -> None:
    assert sort_rows(read_feature_rows(TABLE, RECIPE)).row_id.tolist() == [20, 10, 30]


def test_a_target_that_is_kept_apart_is_not_there() -> None:
    columns = {name: values for name, values in TABLE.items() if name != "_target"}
    with pytest.raises(DocumentError, match="no target"):
        require_target(read_feature_rows(columns, RECIPE))
