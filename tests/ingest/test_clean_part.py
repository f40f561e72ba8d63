import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dropcast.ingest.outputs import clean_part
from tests.ingest.files import EVERY_KIND, read_bytes

HEAD = "x,n,flag,kind,at,target\n"
ROW = "1,2,yes,a,2020-01-01 00:00:00,0\n"


def make_rows(count: int) -> bytes:
    lines = [f"{i % 10},{i},no,b c,160000{i:04d},{i % 2}\n" for i in range(count)]
    return (HEAD + "".join(lines)).encode()


def test_a_clean_part_has_the_declared_columns_in_order_and_the_line(tmp_path: Path) -> None:
    read_bytes((HEAD + ROW).encode(), tmp_path, EVERY_KIND)
    schema = pq.read_schema(tmp_path / "clean.parquet")
    assert list(zip(schema.names, schema.types, strict=True)) == [
        ("x", pa.float64()),
        ("n", pa.int64()),
        ("flag", pa.bool_()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("target", pa.int64()),
        ("_line_number", pa.int64()),
    ]


def test_a_clean_part_is_the_same_bytes_whatever_the_blocks(tmp_path: Path) -> None:
    body = make_rows(3000) + b"11,1,no,a,,0\n" + ROW.encode()
    made = []
    for block_bytes in (700, 5000, 2**20):
        folder = tmp_path / str(block_bytes)
        read_bytes(body, folder, EVERY_KIND, block_bytes=block_bytes)
        made.append([(folder / name).read_bytes() for name in ("clean.parquet", "quarantine.csv")])
    assert made[0] == made[1] == made[2]


def test_row_groups_have_a_fixed_number_of_rows_whatever_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_part, "ROW_GROUP_ROWS", 1000)
    read_bytes(make_rows(2500), tmp_path, EVERY_KIND, block_bytes=4000)
    metadata = pq.read_metadata(tmp_path / "clean.parquet")
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [1000, 1000, 500]
    assert {group.column(0).compression for group in groups} == {"ZSTD"}


def test_rows_too_wide_to_hold_are_written_before_a_row_group_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_part, "_MOST_HELD_BYTES", 20_000)
    read_bytes(make_rows(2500), tmp_path, EVERY_KIND, block_bytes=4000)
    assert pq.read_metadata(tmp_path / "clean.parquet").num_row_groups > 2


PROGRAM = """
import io, sys
from pathlib import Path
from dropcast.ingest import fingerprint_file, read_file
from tests.ingest.files import EVERY_KIND
body = sys.argv[1].encode()
read = read_file(
    lambda: io.BytesIO(body),
    fingerprint=fingerprint_file(lambda: io.BytesIO(body)),
    recipe=EVERY_KIND,
    clean_path=Path(sys.argv[2], "clean.parquet"),
    quarantine_path=Path(sys.argv[2], "quarantine.csv"),
)
print(read.rows_accepted, read.rows_quarantined, "pandas" in sys.modules)
"""


def test_reading_a_file_imports_no_pandas(tmp_path: Path) -> None:
    """Importing it takes half a second of a cold start, and pyarrow does so unasked."""
    body = HEAD + ROW * 2 + ROW.replace("yes", "maybe") + ROW.replace("2,", ",")
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, body, str(tmp_path)],
        env={"PYTHONPATH": "layers/core/python:."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.stdout, finished.stderr) == ("3 1 False\n", "")
