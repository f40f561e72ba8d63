"""Tables that are not one record a line, by the layouts that the food prices declare."""

from datetime import date
from pathlib import Path

import pytest

from dropcast.contracts.errors import FileRefusedError, RecipeError
from dropcast.recipe import Recipe, SheetCross, SheetTable, Source, Wide, text
from tests.ingest.files import Outcome, make_recipe, read_bytes
from tests.ingest.sipsa import PRICES
from tests.ingest.workbooks import Cell, Sheets, make_xlsx

WEEKLY: list[Cell] = [
    "Producto",
    "Mercado mayorista",
    "Precio mínimo",
    "Precio máximo",
    "Precio medio",
]
GROUPED: list[Cell] = [
    "Productos y mercados",
    "Precio mínimo",
    "Precio máximo",
    "Precio medio",
    "Tendencia",
]
WEEK = "Boletín semanal precios mayoristas - 26 de diciembre de 2020 al 1 de enero de 2021"


def read_prices(sheets: Sheets, folder: Path, **times: str) -> Outcome:
    return read_bytes(make_xlsx(sheets, **times), folder, PRICES)  # type: ignore[arg-type]


def tell(outcome: Outcome) -> list[tuple[object, ...]]:
    return [
        (r["product"], r["market"], f"{r['reported_on']:%d/%m/%Y %H}", r["price"], r["frequency"])
        for r in outcome.rows
    ]


def test_a_wide_file_is_a_row_for_each_present_cell_and_the_counts_add_up(tmp_path: Path) -> None:
    body = (
        ",Fecha,Mercado,Piña *,Mango tommy*,Papa  criolla\n"
        '0,2/01/2017,"Medellín,\nCMA",650.0,n.d.,1200\n'
        "1,2/01/2017,Valledupar,n.d.,,n.d.\n"
        "2,2/01/2017,too,few\n"
        "3,02/01/2017,Cali,-5,loud,700\n"
    )
    outcome = read_bytes(body.encode(), tmp_path, PRICES)
    cma = "Medellín, Central Mayorista de Antioquia"
    assert tell(outcome) == [
        ("Piña", cma, "02/01/2017 05", 650.0, "day"),
        ("Papa criolla", cma, "02/01/2017 05", 1200.0, "day"),
        ("Papa criolla", "Cali", "02/01/2017 05", 700.0, "day"),
    ]
    assert outcome.lines == [2, 2, 6]
    assert list(zip(outcome.bad_lines, outcome.reasons, strict=True)) == [
        (5, "too few fields: 4, the header has 6"),
        (6, "price: '-5' is below the minimum 1".replace("'-5'", "-5")),
        (6, "price: 'loud' is not a number"),
    ]
    read = outcome.read
    assert read.facts.missing_cells == 4
    whole_lines = 3
    assert (
        read.rows_accepted + (read.rows_quarantined - 1) + read.facts.missing_cells
        == 3 * whole_lines
    )
    assert read.facts.ignored_columns == ("unnamed field 1",)
    assert "frequency" not in read.absent_columns


@pytest.mark.parametrize("block_bytes", [1, 64, 2**20])
def test_a_wide_file_is_the_same_in_blocks_of_any_size(block_bytes: int, tmp_path: Path) -> None:
    lines = [f'{day}/03/2017,"A,\nB",{day},n.d.,3\n' for day in range(1, 29)]
    body = "fecha,mercado,Yuca,Coco,Lulo\n" + "".join(lines)
    outcome = read_bytes(body.encode(), tmp_path, PRICES, block_bytes=block_bytes)
    assert [r["price"] for r in outcome.rows[:4]] == [1.0, 3.0, 2.0, 3.0]
    assert outcome.lines == [line for n in range(28) for line in [2 + 2 * n] * 2]
    assert outcome.read.facts.missing_cells == 28


def test_two_headers_that_mean_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"(?s)mean one column.*Piña - Piña \(field 3\)"):
        read_bytes("fecha,mercado,Piña,Piña *\n1/01/2017,a,1,2\n".encode(), tmp_path, PRICES)


def test_ignored_headers_of_a_wide_table_are_no_names(tmp_path: Path) -> None:
    wide = Wide(
        name="w", identifiers=("target",), name_column="name", value_column="x", ignored=("Id",)
    )
    recipe = make_recipe(text("name"), source=Source(layouts=(wide,)))
    outcome = read_bytes(b"id,target,a,b\n7,1,2,3\n", tmp_path, recipe)
    assert [(r["name"], r["x"]) for r in outcome.rows] == [("a", 2.0), ("b", 3.0)]
    assert outcome.read.facts.ignored_columns == ("id (field 1)",)
    plain = read_bytes(b"x,target,name\n2,1,a\n", tmp_path, recipe)
    assert [(r["name"], r["x"]) for r in plain.rows] == [("a", 2.0)]


def test_a_weekly_sheet_is_dated_by_its_own_title_or_by_the_index(tmp_path: Path) -> None:
    row: list[Cell] = ["Yuca", "Cali, Santa Helena", 100, 300, 200]
    outcome = read_prices(
        {
            "Índice": [["Boletín semanal - 2 a 8 de junio de 2018"], ["Al 9 de junio de 2018"]],
            "1.1": [["Boletín semanal"], ["1.1 Verduras"], WEEKLY, row],
            "1.2": [[WEEK], [], WEEKLY, row],
        },
        tmp_path,
    )
    assert tell(outcome) == [
        ("Yuca", "Cali, Santa Elena", "08/06/2018 05", 200.0, "week"),
        ("Yuca", "Cali, Santa Elena", "01/01/2021 05", 200.0, "week"),
    ]


def test_a_header_may_have_two_rows_and_notes_stand_below_the_table(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        [WEEK],
        ["Producto", "Mercado mayorista", "     Pesos por kilogramo", None, None, "Tendencia*"],
        [None, None, "Precio mínimo", "Precio máximo", "Precio medio"],
        ["Yuca", "Cali, Cavasa", 100, 300, 200, "+++"],
        ["Yuca", "Tunja", 100, 300, None, "n.d."],
        [],
        ["n.d: no disponible"],
    ]
    outcome = read_prices(
        {"1.1": rows, "1.9": [["1.9. Arroz y subproductos en molino*"], *rows]}, tmp_path
    )
    assert [r["trend"] for r in outcome.rows] == ["+++"]
    assert outcome.quarantined[0]["line_number"] == "1.1!5"
    assert outcome.reasons == ["price: the value is missing, and the column needs one"]
    assert outcome.read.facts.notes == (
        "sheet '1.9' was not read: the recipe leaves out '1.9. Arroz y subproductos en molino*'",
        "rows read as titles and notes (one cell alone, or the header again): 1",
    )


def test_markets_below_each_product_are_dated_by_the_day_the_document_was_made(
    tmp_path: Path,
) -> None:
    rows: list[list[Cell]] = [
        ["Cuadro 1. Verduras"],
        GROUPED,
        ["Acelga *"],
        ["Cali, Cavasa", 1, 3, 2, "="],
        ["Cuadro 2. Frutas"],
        GROUPED,
        ["Cali, Cavasa", 1, 3, 2, "="],
        ["Yuca"],
        ["Tunja", 1, 3, 2, "x"],
        ["Tunja (Boyacá)", 1, 3, 2, "="],
    ]
    made = {"made": "2014-11-29T03:26:10Z", "saved": "2014-12-01T10:00:00Z"}
    outcome = read_prices({"B": rows}, tmp_path, **made)
    assert tell(outcome) == [
        ("Acelga", "Cali, Cavasa", "28/11/2014 05", 2.0, "week"),
        ("Yuca", "Tunja, Complejo de Servicios del Sur", "28/11/2014 05", 2.0, "week"),
    ]
    assert list(zip(outcome.bad_places, outcome.reasons, strict=True)) == [
        ("B!7", "product: the value is missing, and the column needs one"),
        ("B!9", "trend: 'x' is not one of '---', '--', '-', '=', '+', '++', '+++'"),
    ]


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"made": "2014-11-28T15:00:00Z", "saved": "2014-12-09T15:00:00Z"},
        {"made": "2014-11-28T15:00:00Z", "saved": "2014-11-01T15:00:00Z"},
        {"made": "someday", "saved": "2014-11-28T15:00:00Z"},
    ],
)
def test_a_sheet_that_tells_no_date_is_refused(times: dict[str, str], tmp_path: Path) -> None:
    rows: list[list[Cell]] = [GROUPED, ["Acelga"], ["Cali, Cavasa", 1, 3, 2, "="]]
    with pytest.raises(FileRefusedError, match=r"(?s)does not say which date.*Found:      none"):
        read_prices({"B": rows}, tmp_path, **times)


def test_two_dates_in_the_index_are_refused_as_contradicting(tmp_path: Path) -> None:
    index: list[list[Cell]] = [
        ["Boletín semanal 8 de junio de 2018"],
        ["Boletín semanal 9 de junio de 2018"],
    ]
    with pytest.raises(FileRefusedError, match="2018-06-08, 2018-06-09"):
        read_prices({"I": index, "1": [WEEKLY, ["Yuca", "Cali", 1, 3, 2]]}, tmp_path)


@pytest.mark.parametrize("told", ["5 de enero de 2024", "viernes, 5 Enero, 2024", date(2024, 1, 5)])
def test_a_bulletin_crosses_products_and_cities(told: Cell, tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["Precios mayoristas"],
        [told],
        ["Precio $/Kg", "Bogotá, Corabastos", None, "Cali, Cavasa"],
        [None, "Precio", "Var. %", "Precio", "Var. %"],
        ["Hortalizas y verduras"],
        ["Acelga *", 1200, 0.05, "n.d.", "n.d."],
        [],
        ["Papa  negra", "caro", -1, 900],
    ]
    outcome = read_prices({"Hoja 1": rows}, tmp_path)
    assert tell(outcome) == [
        ("Acelga", "Bogotá, D.C., Corabastos", "05/01/2024 05", 1200.0, "day"),
        ("Papa negra", "Cali, Cavasa", "05/01/2024 05", 900.0, "day"),
    ]
    assert [row["variation"] for row in outcome.rows] == [0.05, None]
    assert (outcome.bad_places, outcome.reasons) == (
        ["Hoja 1!8"],
        ["price: 'caro' is not a number"],
    )
    assert outcome.read.facts.missing_cells == 1


def test_names_closer_than_their_value_columns_are_no_cross_table(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["5 de enero de 2024"], ["Precio $/Kg", "Cali", "Tunja"], ["Yuca", 1]]
    with pytest.raises(FileRefusedError, match="No sheet of the workbook"):
        read_prices({"a": rows}, tmp_path)


def test_a_row_of_the_price_service_is_a_row_of_the_same_table(tmp_path: Path) -> None:
    body = (
        '{"ciudad": "Popayán", "codProducto": 12, "producto": "Mango tommy", "enviado": 1,'
        ' "fechaCaptura": "2024-01-05T00:00:00-05:00", "precioPromedio": 1234.5, "regId": 7,'
        ' "fechaCreacion": "2024-01-05T10:11:12.123-05:00"}\n'
    )
    outcome = read_bytes(body.encode(), tmp_path, PRICES)
    (row,) = outcome.rows
    assert row["market"] == "Popayán, Plaza de mercado del barrio Bolívar"
    assert (row["product"], row["price"], row["product_code"]) == ("Mango Tommy", 1234.5, 12)
    assert row["reported_on"].isoformat() == "2024-01-05T05:00:00+00:00"
    assert row["created_on"].isoformat() == "2024-01-05T15:11:12.123000+00:00"


def test_a_recipe_with_layouts_is_the_same_after_a_trip_through_json() -> None:
    assert Recipe.from_json(PRICES.to_json()) == PRICES


def test_what_a_source_contradicts_is_listed_at_once() -> None:
    layouts = (
        Wide(name="w", identifiers=("nobody",), name_column="x", value_column="x"),
        SheetTable(name="t", columns=()),
        SheetCross(name="c", corner=(), row_column="x", name_column="x", value_columns=()),
    )
    source = Source(
        decimal_separator=",",
        thousands_separator=",",
        month_names=("enero",),
        strip_suffixes=(" ",),
        layouts=layouts,
    )
    with pytest.raises(RecipeError) as caught:
        make_recipe(source=source)
    for problem in (
        "decimal_separator and thousands_separator are both ','",
        "month_names has 1 names; give 12 or none",
        "strip_suffixes has an empty text; remove it",
        "layout 'w': no column 'nobody'",
        "layout 't': give one of columns at least, and 1 or more header_rows",
        "layout 'c': corner and value_columns must have one entry at least",
    ):
        assert problem in str(caught.value)
