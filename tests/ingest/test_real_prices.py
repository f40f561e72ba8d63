"""The real price files, each with the counts that a reading cell by cell gave."""

import csv
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from dropcast.contracts.errors import FileRefusedError
from tests.ingest.files import Outcome, read_bytes
from tests.ingest.sipsa import PRICES
from tests.real_data import real_data

KEY = ("product", "market", "reported_on")


def read_real(name: str, folder: Path) -> Outcome:
    return read_bytes(real_data(f"sipsa/{name}").read_bytes(), folder, PRICES)


def count_priced_rows(path: Path) -> int:
    """Return the rows of a weekly annex that hold three numbers side by side below each other's
    header, in sheets of prices a kilogram."""
    count = 0
    with path.open("rb") as stream:
        workbook = CalamineWorkbook.from_filelike(stream)
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python()
            titles = [cell for row in rows[:12] for cell in row if isinstance(cell, str)]
            if not any("Precio medio" in t for t in titles) or any("molino" in t for t in titles):
                continue
            numbers = [[isinstance(cell, float | int) for cell in row] for row in rows]
            count += sum(any(row[i : i + 3] == [True] * 3 for i in (1, 2)) for row in numbers)
    return count


@dataclass(frozen=True, kw_only=True)
class Annex:
    """A weekly annex: its format, its rows, its Friday and its first row."""

    name: str
    form: str
    rows: int
    day: str
    first: tuple[str, float, float, float, str]


ANNEXES = (
    Annex(
        name="2014_48.xls",
        form="xls",
        rows=4594,
        day="2014-11-28",
        first=("Acelga", 2500, 3200, 2917, "++"),
    ),
    Annex(
        name="2016_33.xls",
        form="xls",
        rows=4579,
        day="2016-08-19",
        first=("Acelga", 933, 1067, 1017, "-"),
    ),
    Annex(
        name="2018_multi_sheet.xlsx",
        form="xlsx",
        rows=4678,
        day="2018-06-08",
        first=("Acelga", 1200, 1533, 1344, "+"),
    ),
    Annex(
        name="2021_biff.xls",
        form="xls",
        rows=3505,
        day="2021-05-07",
        first=("Acelga", 1200, 1400, 1311, "="),
    ),
    Annex(
        name="2021_zip_named_xls.xls",
        form="xlsx",
        rows=4395,
        day="2021-10-08",
        first=("Acelga", 1333, 1333, 1333, "++"),
    ),
    Annex(
        name="2023_07.xlsx",
        form="xlsx",
        rows=4370,
        day="2023-02-24",
        first=("Acelga", 1600, 1667, 1622, "-"),
    ),
)


@pytest.mark.parametrize("annex", ANNEXES, ids=lambda annex: annex.name)
def test_a_weekly_annex_is_read_whole(annex: Annex, tmp_path: Path) -> None:
    outcome = read_real(f"weekly/{annex.name}", tmp_path)
    assert (outcome.read.facts.format, outcome.read.rows_quarantined) == (annex.form, 0)
    assert outcome.read.rows_accepted == annex.rows
    assert count_priced_rows(real_data(f"sipsa/weekly/{annex.name}")) == annex.rows
    assert {row["reported_on"].isoformat() for row in outcome.rows} == {
        f"{annex.day}T05:00:00+00:00"
    }
    assert {row["frequency"] for row in outcome.rows} == {"week"}
    assert set(Counter(tuple(row[k] for k in KEY) for row in outcome.rows).values()) == {1}
    row = outcome.rows[0]
    told = ("product", "price_minimum", "price_maximum", "price", "trend")
    assert tuple(row[k] for k in told) == annex.first
    ordered = [r["price_minimum"] <= r["price"] <= r["price_maximum"] for r in outcome.rows]
    assert all(ordered)


def test_the_daily_table_is_a_row_for_each_price(tmp_path: Path) -> None:
    outcome = read_real("daily_2017.csv", tmp_path)
    read = outcome.read
    assert (read.rows_accepted, read.rows_quarantined, read.facts.missing_cells) == (
        85_110,
        0,
        18_488,
    )
    assert read.rows_accepted + read.facts.missing_cells == 3047 * 34
    assert len({row["reported_on"] for row in outcome.rows}) == 234
    assert set(Counter(tuple(row[k] for k in KEY) for row in outcome.rows).values()) == {1}
    with real_data("sipsa/daily_2017.csv").open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in list(csv.reader(stream))[1:] for cell in row[3:]]
    prices = [float(cell) for cell in cells if cell != "n.d."]
    assert sorted(row["price"] for row in outcome.rows) == sorted(prices)


def test_a_product_and_market_have_one_name_in_all_files(tmp_path: Path) -> None:
    daily = read_real("daily_2017.csv", tmp_path / "daily").rows
    weekly = read_real("weekly/2018_multi_sheet.xlsx", tmp_path / "weekly").rows
    markets = {r["market"] for r in daily} - {r["market"] for r in weekly}
    assert markets == {"Barranquilla", "Valledupar"}
    # What is left are means over varieties, which the annexes list apart.
    products = {r["product"] for r in daily} - {r["product"] for r in weekly}
    assert products == {
        *("Banano", "Fríjol verde", "Guayaba", "Mandarina", "Naranja"),
        *("Papa criolla", "Papa negra", "Piña", "Tomate", "Yuca"),
    }


@pytest.mark.parametrize("seed", range(24))
def test_a_damaged_annex_is_read_or_refused_and_never_more(seed: int, tmp_path: Path) -> None:
    body = bytearray(real_data("sipsa/weekly/2021_biff.xls").read_bytes())
    draw = random.Random(seed)
    for _ in range(10 ** draw.randrange(4)):
        body[draw.randrange(8, len(body))] = draw.randrange(256)
    with suppress(FileRefusedError):
        read_bytes(bytes(body[: draw.choice((-1, -5000, len(body)))]), tmp_path, PRICES)
