"""What people fetch: names, dialects, and nothing that a spreadsheet takes for a formula."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from dropcast.batch.results import ResultWriter, lay_out_results
from dropcast.ingest import defuse
from dropcast.recipe import Column, number, text
from dropcast.recipes import RECIPES
from dropcast.scoring import Program
from tests.batch.programs import make_recipe_program
from tests.batch.scoring import Scored, score_body
from tests.ingest.files import EVERY_KIND
from tests.ingest.workbooks import make_xlsx
from tests.scoring.programs import make_logistic, make_program, step

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)


def read_columns(*columns: Column) -> Program:
    """Return a program that reads ``x`` and carries these columns beside it."""
    program = make_recipe_program(EVERY_KIND)
    return replace(program, columns=(EVERY_KIND.find_column("x"), *columns))


def score_kinds(body: str, folder: Path) -> Scored:
    program = read_columns(*(c for c in EVERY_KIND.columns if c.name not in ("x", "target")))
    return score_body(body.encode(), EVERY_KIND, program, folder)


def test_each_kind_is_spelled_so_that_programs_and_people_read_it(tmp_path: Path) -> None:
    scored = score_kinds(
        "x,n,flag,name,kind,at\n"
        '0.1,4,yes,"=cmd(""x"")",a,2024-05-01 00:00:00\n'
        "1e-7,,,,b c,\n"
        '3,1152921504606846976,0,"-2, or ""so""",a,1714539600.25\n',
        tmp_path,
    )
    first, second, third = scored.list_shown()
    told = ("line_number", "x", "n", "flag", "name", "kind", "at")
    assert [first[name] for name in told] == [
        *("2", "0.1", "4", "true", '\'=cmd("x")', "a", "2024-05-01T05:00:00Z")
    ]
    assert [second[name] for name in told] == ["3", "1e-7", "", "", "", "b c", ""]
    assert [third[name] for name in told] == [
        *("4", "3", "1152921504606846976", "false", '\'-2, or "so"', "a"),
        "2024-05-01T05:00:00.250000Z",
    ]
    # Parquet starts no formula: texts are as they are.
    assert [row["name"] for row in scored.list_rows()] == ['=cmd("x")', None, '-2, or "so"']


def test_the_csv_is_rfc_4180_with_line_feeds(tmp_path: Path) -> None:
    scored = score_kinds(
        'x,n,flag,name,kind,at\n1,1,1,"a\nb ""c""",a,2024-05-01 00:00:00\n', tmp_path
    )
    assert b"\r" not in scored.csv
    assert b'"a\nb ""c"""' in scored.csv
    assert scored.csv.endswith(b"\n")
    assert scored.csv.startswith(b'"line_number","x","n","flag","name","kind","at","prediction"')


def test_a_column_with_a_name_of_the_answers_gives_way(tmp_path: Path) -> None:
    program = read_columns(text("label"), number("prediction"), number("input_prediction"))
    body = b"x,label,prediction,input_prediction\n1,mine,5,6\n"
    scored = score_body(body, EVERY_KIND, program, tmp_path)
    (row,) = scored.list_rows()
    assert row["input_label"] == "mine"
    assert (row["input_prediction"], row["input_input_prediction"]) == (5.0, 6.0)
    assert row["label"] in program.labels
    assert row["prediction"] in (0, 1)
    assert row[f"probability_{row['label']}"] >= 0.5


def test_a_label_that_looks_like_a_formula_is_defused_in_the_csv(tmp_path: Path) -> None:
    program = replace(make_recipe_program(EVERY_KIND), labels=("=no", "+yes"))
    scored = score_body(b"x\n1\n", EVERY_KIND, program, tmp_path)
    (row,), (shown,) = scored.list_rows(), scored.list_shown()
    assert shown["label"] == f"'{row['label']}"
    assert row["label"] in program.labels


def test_the_parquet_says_its_unit_and_where_it_comes_from(tmp_path: Path) -> None:
    recipe = RECIPES["sipsa_prices"]
    scored = score_body(
        b"product,market,reported_on,frequency,price\na,b,2024-05-01,day,1\n",
        recipe,
        make_recipe_program(recipe),
        tmp_path,
    )
    schema = pq.read_schema(io.BytesIO(scored.parquet))
    assert schema.field("prediction").metadata == {b"unit": b"COP/kg"}
    assert schema.metadata[b"made-by"] == b"test"


def test_a_file_without_an_answer_makes_tables_without_rows(tmp_path: Path) -> None:
    program = make_recipe_program(EVERY_KIND)
    scored = score_body(b"x\n11\n12\n", EVERY_KIND, program, tmp_path)
    assert scored.list_rows() == scored.list_shown() == []
    assert scored.csv.startswith(b'"line_number","x"')
    assert (scored.stats.rows_scored, scored.stats.rows_refused) == (0, 2)
    header_alone = score_body(b"x\n", EVERY_KIND, program, tmp_path)
    assert header_alone.stats.rows_scored == header_alone.stats.rows_refused == 0


def test_a_row_whose_answer_is_no_number_is_a_problem(tmp_path: Path) -> None:
    program = replace(
        make_program(step("linear", coefficients=[1e308], intercept=[0]), width=1, outputs=1),
        dataset="things",
        columns=(number("x0"),),
    )
    scored = score_body(b"x0\n1\n10\n2e5\n", EVERY_KIND, program, tmp_path)
    assert [row["line_number"] for row in scored.list_rows()] == [2]
    reasons = {row["line_number"]: row["reasons"] for row in scored.list_problems()}
    assert set(reasons) == {"3", "4"}
    assert "the prediction is no finite number" in reasons["3"]


def test_rows_of_a_workbook_tell_their_sheet_and_of_other_files_their_line(tmp_path: Path) -> None:
    recipe = EVERY_KIND
    sheets: Any = {"May": [["x"], [1.0], [11.0], [2.0]], "June": [["x"], [3.0]]}
    scored = score_body(make_xlsx(sheets), recipe, make_recipe_program(recipe), tmp_path)
    assert [(row["place"], row["x"]) for row in scored.list_rows()] == [
        ("May!2", 1.0),
        ("May!4", 2.0),
        ("June!2", 3.0),
    ]
    assert [row["line_number"] for row in scored.list_problems()] == ["May!3"]
    plain = score_body(b"x\n1\n", recipe, make_recipe_program(recipe), tmp_path)
    assert "place" not in plain.list_rows()[0]


def test_formats_give_the_same_answers(tmp_path: Path) -> None:
    recipe, program = EVERY_KIND, make_recipe_program(EVERY_KIND)
    table = pa.table({"x": [0.5, 2.0]})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    lines = "\n".join(json.dumps({"x": x}) for x in (0.5, 2.0))
    bodies = [b"x\n0.5\n2\n", sink.getvalue(), lines.encode(), b"ex;y\n0.5;1\n2;1\n"]
    found = [score_body(body, recipe, program, tmp_path).list_rows() for body in bodies]
    answers = [[row["probability_yes"] for row in rows] for rows in found]
    assert answers == [answers[0]] * len(bodies)


@given(st.lists(FLOATS, min_size=1, max_size=20), TEXTS)
def test_numbers_come_back_from_the_csv_to_the_bit_and_texts_defused(
    numbers: list[float], word: str
) -> None:
    program = replace(make_logistic(), columns=(number("x0"), text("x1", nullable=True)))
    layout = lay_out_results(program, placed=False, metadata={})
    rows = pa.table(
        {
            "x0": numbers,
            "x1": pa.array([word] * len(numbers), pa.string()),
            "_line_number": pa.array(range(len(numbers)), pa.int64()),
        }
    )
    answers = np.column_stack([numbers, numbers[::-1]])
    with TemporaryDirectory() as folder:
        paths = {"parquet_path": Path(folder, "p"), "csv_path": Path(folder, "c")}
        with ResultWriter(layout, **paths) as writer:
            writer.add(rows, answers, None)
        stored = pq.read_table(paths["parquet_path"])
        shown = list(
            csv.DictReader(io.StringIO(paths["csv_path"].read_bytes().decode(), newline=""))
        )
    assert stored.column("x1").to_pylist() == [word] * len(numbers)
    assert [row["x1"] for row in shown] == [defuse(word)] * len(numbers)
    for index, line in enumerate(shown):
        for name in ("x0", "probability_class 0", "probability_class 1"):
            value = stored.column(name)[index].as_py()
            assert float(line[name]).hex() == value.hex()
