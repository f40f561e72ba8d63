"""One set of rules: the same texts in any format become the same rows and the same reasons."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from tests.ingest.files import EVERY_KIND, Outcome, read_bytes
from tests.ingest.workbooks import make_xlsx

NAMES = [column.name for column in EVERY_KIND.columns]
TEXTS = (
    *("1", " 2.0 ", "-3", "9007199254740993", "1e3", "inf", "NA", "", "true", "No", "a", "b c"),
    *('q"u', "a,b", "2024-02-30 00:00:00", "2024-02-29 23:59:59", "7/4/2021 1:05 PM", "é", "1,5"),
)
ROWS = st.lists(
    st.tuples(*[st.sampled_from(TEXTS) for _ in NAMES]).filter(any), min_size=1, max_size=8
)
SURE = ("1", "2", "true", "n", "a", "1000000000", "0")


def write_csv(rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([NAMES, *rows])
    return stream.getvalue().encode()


def write_json_lines(rows: list[tuple[str, ...]]) -> bytes:
    return "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in rows).encode()


def write_parquet(rows: list[tuple[str, ...]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(list(map(pa.array, zip(*rows, strict=True))), NAMES), buffer
    )
    return buffer.getvalue()


def write_workbook(rows: list[tuple[str, ...]]) -> bytes:
    return make_xlsx({"rows": [NAMES, *rows]})


WRITERS = (write_csv, write_json_lines, write_parquet, write_workbook)


def tell(outcome: Outcome) -> tuple[object, ...]:
    """Return all but line numbers and how the rows stood in the file."""
    rows = [{k: v for k, v in row.items() if k != "_line_number"} for row in outcome.rows]
    return rows, outcome.reasons, outcome.read.facts.reason_counts


@settings(max_examples=40)
@given(rows=ROWS)
def test_the_same_texts_become_the_same_rows_in_every_format(rows: list[tuple[str, ...]]) -> None:
    rows = [*rows, SURE]
    with TemporaryDirectory() as folder:
        told = [tell(read_bytes(write(rows), Path(folder), EVERY_KIND)) for write in WRITERS]
    assert told[1:] == told[:1] * 3


@pytest.mark.parametrize("write", WRITERS)
def test_without_a_good_row_every_format_is_refused(
    write: Callable[[list[tuple[str, ...]]], bytes], tmp_path: Path
) -> None:
    bad: list[tuple[str, ...]] = [("loud", "1", "true", "n", "a", "1", "0")]
    with pytest.raises(FileRefusedError, match=r"1  x: not a number \(line"):
        read_bytes(write(bad), tmp_path, EVERY_KIND)
