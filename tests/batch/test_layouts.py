"""Files that are not one record a line, read by the deployed dialect and the program's columns."""

from pathlib import Path

from dropcast.batch import make_table
from dropcast.recipes import RECIPES
from tests.batch.programs import make_recipe_program
from tests.batch.scoring import score_body
from tests.ingest.workbooks import Cell, make_xlsx

PRICES = RECIPES["sipsa_prices"]
PROGRAM = make_recipe_program(PRICES)


def test_a_wide_file_is_answered_for_each_present_cell(tmp_path: Path) -> None:
    days = [f"{day:02d}/01/2017" for day in range(1, 15)]
    lines = [f"{i},{day},Cali,{100 + i},n.d." for i, day in enumerate(days)]
    lines[12] = f"12,{days[12]},Cali,loud,7"
    body = "\n".join([",Fecha,Mercado,Piña *,Mango tommy*", *lines]) + "\n"
    scored = score_body(body.encode(), PRICES, PROGRAM, tmp_path)
    rows = scored.list_rows()
    assert [row["line_number"] for row in rows] == [12, 13, 15]
    assert {(row["product"], row["market"], row["frequency"]) for row in rows} == {
        ("Piña", "Cali", "day")
    }
    assert scored.stats.facts.missing_cells == 13
    problems = {(row["line_number"], row["text"]): row["reasons"] for row in scored.list_problems()}
    assert len(problems) == 10 + 2
    # Two records of one line: each has its own text and its own reasons.
    assert "price" in problems["14", "Cali,13/01/2017,Piña,loud,day"]
    (mango,) = [text for line, text in problems if line == "14" and "Mango" in text]
    assert "1 are here since the series begins" in problems["14", mango]


def test_what_a_layout_fills_and_no_answer_needs_may_hold_anything(tmp_path: Path) -> None:
    names = {column.name for column in PROGRAM.columns}
    assert names == {"product", "market", "reported_on", "frequency", "price"}
    table = make_table(PROGRAM, PRICES)
    others = [column for column in table.columns if column.name not in names]
    assert {"price_minimum", "price_maximum"} <= {column.name for column in others}
    assert all(c.nullable and not c.required and c.kind == "text" for c in others)
    header: list[Cell] = [
        *("Producto", "Mercado mayorista", "Precio mínimo", "Precio máximo", "Precio medio")
    ]
    week = "Boletín semanal precios mayoristas - 26 de diciembre de 2020 al 1 de enero de 2021"
    sheet: list[list[Cell]] = [[week], header, ["Ahuyama", "Cali", "odd", "odder", 650.0]]
    scored = score_body(make_xlsx({"1.1": sheet}), PRICES, PROGRAM, tmp_path)
    (problem,) = scored.list_problems()
    assert problem["line_number"] == "1.1!3"
    assert "too few rows of the series before it: 11 rows" in problem["reasons"]
