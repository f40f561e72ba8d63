import numpy as np
import pytest

from dropcast.contracts.errors import DocumentError
from dropcast.contracts.ports import BlobStore
from dropcast.storage.tables.arrays import ArrayTables
from dropcast.storage.tables.frames import FrameTables

COLUMNS = {
    "a": np.array([0.1, -0.0, np.nan, 5e-324]),
    "_row_id": np.array([0, 1, 2**63, 2**64 - 1], dtype=np.uint64),
    "_target": np.array([0, 1, 1, 0], dtype=np.int64),
}


def assert_same_bits(found: dict[str, np.ndarray]) -> None:
    assert list(found) == list(COLUMNS)
    for name, values in COLUMNS.items():
        assert found[name].dtype == values.dtype
        assert found[name].tobytes() == values.tobytes()


def test_both_parquet_libraries_read_what_either_wrote_to_the_bit(store: BlobStore) -> None:
    FrameTables(store=store).write("by_pyarrow", COLUMNS)
    ArrayTables(store=store).write("by_arro3", COLUMNS)
    for key in ("by_pyarrow", "by_arro3"):
        assert_same_bits(ArrayTables(store=store).read(key))
        frame = FrameTables(store=store).read(key)
        assert_same_bits({name: frame[name].to_numpy() for name in COLUMNS})


def test_the_same_table_is_the_same_bytes(store: BlobStore) -> None:
    first = FrameTables(store=store).write("k", COLUMNS)
    assert FrameTables(store=store).write("k", COLUMNS) == first


def test_chosen_columns_are_read_alone_and_missing_ones_are_named(store: BlobStore) -> None:
    tables = ArrayTables(store=store)
    tables.write("k", COLUMNS)
    assert list(tables.read("k", ["_target"])) == ["_target"]
    with pytest.raises(DocumentError, match="table 'k' lacks the columns b, c"):
        tables.read("k", ["a", "c", "b"])
