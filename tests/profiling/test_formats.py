import csv
import gzip
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dropcast.ingest import FileRead, fingerprint_file, read_file
from dropcast.profiling import ProfileError, RawTable, plan_dataset, read_table, render_dataset
from dropcast.recipe import Recipe
from tests.ingest.workbooks import make_xlsx
from tests.profiling.tables import AGES, ROWS, SHARES, YES_NO, draw

Rows = list[dict[str, Any]]
FIRST_DAY = date(2024, 1, 1)
MEMBERS = draw(lambda chance, _: chance.choice((True, False)), seed=31)
TOWNS = draw(lambda chance, _: chance.choice(("León", "Cali, Valle", 'the "Hill"')), seed=32)
DAYS = [FIRST_DAY + timedelta(days=number // 2) for number in range(ROWS)]
TABLE: Rows = [
    {
        "Share": share,
        "Age (years)": age,
        "member": member,
        "Town": town,
        "day": day,
        "answer": answer,
    }
    for share, age, member, town, day, answer in zip(
        SHARES, AGES, MEMBERS, TOWNS, DAYS, YES_NO, strict=True
    )
]


def write_csv(rows: Rows, delimiter: str = ",") -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def write_json_lines(rows: Rows) -> bytes:
    return "".join(f"{json.dumps(row, default=str)}\n" for row in rows).encode()


def write_parquet_table(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def write_parquet(rows: Rows) -> bytes:
    return write_parquet_table(pa.Table.from_pylist(rows))


def write_workbook(rows: Rows) -> bytes:
    return make_xlsx({"Data": [list(rows[0]), *(list(row.values()) for row in rows)]})


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "csv": write_csv,
    "tsv": lambda rows: write_csv(rows, "\t"),
    "csv.gz": lambda rows: gzip.compress(write_csv(rows), mtime=0),
    "jsonl": write_json_lines,
    "jsonl.gz": lambda rows: gzip.compress(write_json_lines(rows), mtime=0),
    "parquet": write_parquet,
    "xlsx": write_workbook,
}


def read_bytes(folder: Path, content: bytes) -> RawTable:
    path = folder / "table.dat"
    path.write_bytes(content)
    return read_table(path)


def guess_recipe(table: RawTable, target: str = "answer") -> Recipe:
    """Return the recipe that is guessed, as its module has it."""
    plan = plan_dataset(table, dataset="made_up", target=target)
    module: dict[str, object] = {}
    exec(render_dataset(plan).recipe, module)  # noqa: S102 - the source is what is tested
    recipe = module["RECIPE"]
    assert isinstance(recipe, Recipe)
    return recipe


def ingest(content: bytes, recipe: Recipe, folder: Path) -> FileRead:
    return read_file(
        lambda: BytesIO(content),
        fingerprint=fingerprint_file(lambda: BytesIO(content)),
        recipe=recipe,
        clean_path=folder / "clean.parquet",
        quarantine_path=folder / "quarantine.csv",
    )


@pytest.mark.parametrize("form", WRITERS)
def test_a_table_is_guessed_alike_in_every_format_and_its_recipe_reads_it_whole(
    tmp_path: Path, form: str
) -> None:
    content = WRITERS[form](TABLE)
    table = read_bytes(tmp_path, content)
    assert table.headers == ("Share", "Age (years)", "member", "Town", "day", "answer")
    assert table.cells["town"].tolist() == TOWNS
    recipe = guess_recipe(table)
    assert [(column.name, column.kind) for column in recipe.columns] == [
        ("share", "number"),
        ("age_years", "integer"),
        ("member", "boolean"),
        ("town", "text"),
        ("day", "timestamp"),
        ("answer", "boolean"),
    ]
    read = ingest(content, recipe, tmp_path)
    assert (read.rows_accepted, read.rows_quarantined) == (ROWS, 0)
    clean = pq.read_table(tmp_path / "clean.parquet").to_pydict()
    assert clean["share"] == SHARES
    assert clean["member"] == MEMBERS
    assert clean["town"] == TOWNS
    assert clean["day"] == [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in DAYS]


HEADER: dict[str, bytes] = {
    "csv": b"Share,Town,answer",
    "tsv": b"Share\tTown\tanswer\n",
    "csv.gz": gzip.compress(b"Share,Town,answer\r\n\r\n", mtime=0),
    "parquet": write_parquet_table(pa.Table.from_pylist(TABLE).slice(0, 0)),
    "xlsx": make_xlsx({"Data": [["Share", "Town", "answer"]]}),
}


@pytest.mark.parametrize("form", HEADER)
def test_a_header_without_rows_is_too_little_to_learn_from(tmp_path: Path, form: str) -> None:
    table = read_bytes(tmp_path, HEADER[form])
    assert len(table.cells) == 0
    with pytest.raises(ProfileError, match="0 different whole rows"):
        plan_dataset(table, dataset="made_up", target="answer")


@pytest.mark.parametrize("form", WRITERS)
def test_one_column_is_no_dataset(tmp_path: Path, form: str) -> None:
    content = WRITERS[form]([{"only": row["answer"]} for row in TABLE])
    said = "No sheet of the workbook has a header" if form == "xlsx" else "1 named column"
    with pytest.raises(ProfileError, match=said):
        read_bytes(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16 text; this format is not read"),
        (b"%PDF-1.7 rest", "a PDF document"),
        (random.Random(1).randbytes(5000), "shorten it to 60"),
        (b'[{"a": 1}]', "JSON, and not one object a line"),
        (b'{"a": \n{"a"\n', "no line that is an object"),
        (b"{}\n{}\n", "no line that is an object"),
        (b"PAR1" + b"\0" * 40, "Parquet and damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "a workbook and damaged"),
        (gzip.compress(gzip.compress(b"a,b\n", mtime=0), mtime=0), "gzip file inside a gzip file"),
        (make_xlsx({"Empty": []}), "No sheet of the workbook has a header"),
        (make_xlsx({"Data": [[1, 2.5], [3, 4]]}), "No sheet of the workbook has a header"),
    ],
)
def test_what_cannot_be_read_is_refused_as_ingest_refuses_it(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(ProfileError, match=said) as refused:
        read_bytes(tmp_path, content)
    assert str(tmp_path / "table.dat") in str(refused.value)


def test_ragged_and_damaged_rows_are_left_out_and_the_recipe_says_why(tmp_path: Path) -> None:
    lines = write_csv(TABLE).decode().splitlines()
    content = "\n".join([*lines[:100], "1,2", *lines[100:], "1,2,3,4,5,6,7"]).encode()
    table = read_bytes(tmp_path, content)
    assert table.set_aside == {"too few fields": 1, "too many fields": 1}
    recipe = render_dataset(plan_dataset(table, dataset="made_up", target="answer")).recipe
    assert "2 row(s) with too many or too few fields were left out" in join_comments(recipe)

    table = read_bytes(tmp_path, content + b'\n1,2,true,"x" y,,no\n')
    assert table.rows_cut == 3
    recipe = render_dataset(plan_dataset(table, dataset="made_up", target="answer")).recipe
    assert "3 row(s) that cannot be read (text after a closing quote" in join_comments(recipe)


def join_comments(source: str) -> str:
    return " ".join(line.removeprefix("# ") for line in source.splitlines())


def test_a_text_of_two_encodings_is_read_by_an_older_one(tmp_path: Path) -> None:
    content = write_csv(TABLE) + "0.5,30,True,León,2024-05-01,yes\n".encode("cp1252")
    table = read_bytes(tmp_path, content)
    assert table.fallback_encoding == "cp1252"
    assert {"León", "LeÃ³n"} <= set(table.cells["town"])
    read = ingest(content, guess_recipe(table), tmp_path)
    assert (read.rows_accepted, read.facts.encoding) == (ROWS + 1, "cp1252")


def test_of_a_workbook_the_first_sheet_with_a_header_is_read_and_sheets_like_it(
    tmp_path: Path,
) -> None:
    header, rows = list(TABLE[0]), [list(row.values()) for row in TABLE]
    content = make_xlsx(
        {
            "About": [["Made by the shop"], ["for the year"]],
            "Index": [[1, "First"], [2, "Second"]],
            "First": [["All orders"], [], header, *rows[:300]],
            "Second": [header, *rows[300:]],
            "Codes": [["code", "meaning"], ["a", "open"]],
        }
    )
    table = read_bytes(tmp_path, content)
    assert (table.format, len(table.cells)) == ("xlsx", ROWS)
    assert [note.split("'")[1] for note in table.notes] == ["About", "Index", "Codes"]
    source = render_dataset(plan_dataset(table, dataset="made_up", target="answer")).recipe
    assert "Of the workbook: sheet 'About' was not read" in join_comments(source)
    read = ingest(content, guess_recipe(table), tmp_path)
    assert (read.rows_accepted, read.rows_quarantined) == (ROWS, 0)


def test_objects_that_lack_names_or_hold_nested_values_are_read(tmp_path: Path) -> None:
    rows: Rows = [
        {k: v for k, v in row.items() if k != "Town" or number % 5}
        | {"tags": [number], "\ud800": 1}
        for number, row in enumerate(TABLE)
    ]
    content = write_json_lines(rows)
    table = read_bytes(tmp_path, content)
    assert list(table.names.values()) == ["share", "age_years", "member", "day", "answer", "town"]
    assert int(table.cells["town"].eq("").sum()) == ROWS // 5
    read = ingest(content, guess_recipe(table), tmp_path)
    assert (read.rows_accepted, read.rows_quarantined) == (ROWS, 0)


def test_parquet_columns_of_lists_are_left_out_and_whole_floats_stay_numbers(
    tmp_path: Path,
) -> None:
    amounts = [float(number * 37 % 1000) for number in range(ROWS)]
    whole = pa.Table.from_pylist(TABLE).append_column("tags", pa.array([[1, 2]] * ROWS))
    content = write_parquet_table(whole.append_column("amount", pa.array(amounts)))
    table = read_bytes(tmp_path, content)
    assert "tags" not in table.names.values()
    recipe = guess_recipe(table)
    assert recipe.find_column("amount").kind == "number"
    assert ingest(content, recipe, tmp_path).rows_accepted == ROWS


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 300_000)
    for refused in ({"most_content_mib": 1}, {"most_texts_mib": 1}):
        with pytest.raises(ProfileError, match=r"more than 1 MiB.*take a part of it"):
            read_table(path, **refused)
    assert len(read_table(path).cells) == 1
