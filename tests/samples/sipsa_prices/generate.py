"""Write the generated sample of ``sipsa_prices``: no product or market in it has such prices.

One row a product, market and week, as the long table has them; with the dirt of the real bulletins:
weeks that a market does not report, products that it never sells, ``n.d.`` for missing, a trailing
`` *`` on names, equal rows and a few rows that no check should let through. A price follows its
season and what a week alone brought is mostly gone the next, so last week's price is not the best
forecast.

``python -m tests.samples.sipsa_prices.generate`` writes both files again, byte for byte.
"""

import json
import math
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.samples.invented import render_csv

SAMPLE = Path(__file__).with_name("generated_sample.csv")
REQUEST = SAMPLE.with_name("request.json")
SEED = 20260106
WEEKS = 130
FIRST_WEEK = date(2021, 7, 2)  # a Friday, the last day of a bulletin's week
REQUEST_WEEKS = 16
HEADER = ("product", "market", "reported_on", "price", "price_minimum", "price_maximum")
PRODUCTS = (
    "Amber beet",
    "Azure corn",
    "Cobalt leek",
    "Coral yam",
    "Crimson kale",
    "Ivory bean",
    "Jade plum",
    "Ochre pear",
    "Rust onion",
    "Slate fig",
    "Teal melon",
    "Umber root",
)
MARKETS = ("Anvil Hall", "Barrel Yard", "Funnel Gate", "Kettle Cross", "Ladder Quay")
STARRED = frozenset({"Coral yam", "Slate fig"})

# Number of a row -> what stands there instead (column, text).
ODD: dict[int, tuple[tuple[str, str], ...]] = {
    99: (("price_minimum", "n.d."), ("price_maximum", "n.d.")),
    1_234: (("price_minimum", ""),),
}
BAD: dict[int, tuple[tuple[str, str], ...]] = {
    500: (("price", "n.d."),),
    1_500: (("price", ""),),
    2_500: (("price", "-120"),),
    3_500: (("reported_on", "2022-13-01"),),
    4_500: (("product", ""), ("market", "")),
    5_500: (("price", "cheap"),),
}
REPEATED = frozenset({700, 701, 4_200})


def generate_prices(chance: random.Random, level: float) -> list[tuple[int, int, int]]:
    """Return one made-up series: mean, least and greatest price of each week, in COP a kilogram.

    The logarithm is a level, a yearly season, a deviation that fades by a tenth a week, and what
    the week alone brings.
    """
    height, phase = 0.1 + 0.15 * chance.random(), chance.randrange(52)
    deviation = chance.gauss(0, 0.1)
    prices = []
    for week in range(WEEKS):
        deviation = 0.9 * deviation + chance.gauss(0, 0.03)
        season = height * math.sin(2 * math.pi * (week + phase) / 52)
        price = level * math.exp(season + deviation + chance.gauss(0, 0.07))
        below, above = 0.02 + 0.1 * chance.random(), 0.02 + 0.1 * chance.random()
        prices.append((round(price), round(price * (1 - below)), round(price * (1 + above))))
    return prices


def generate_series() -> Iterator[list[dict[str, object]]]:
    """Yield the weeks of each product in each market, none left out."""
    chance = random.Random(SEED)
    for product in PRODUCTS:
        level = 600 + 5_000 * chance.random()
        for market in MARKETS:
            prices = generate_prices(chance, level * (0.85 + 0.3 * chance.random()))
            if chance.random() < 0.12:
                continue
            yield [
                {
                    "product": product,
                    "market": market,
                    "reported_on": (FIRST_WEEK + timedelta(weeks=week)).isoformat(),
                    **dict(zip(HEADER[3:], three, strict=True)),
                }
                for week, three in enumerate(prices)
            ]


def generate_rows() -> Iterator[list[object]]:
    """Yield the file's rows below the header, week by week as they were reported."""
    chance = random.Random(SEED + 1)
    weeks = zip(*generate_series(), strict=True)
    rows = [row for week in weeks for row in week if chance.random() > 0.008]
    for number, row in enumerate(rows):
        if row["product"] in STARRED and chance.random() < 0.3:
            row["product"] = f"{row['product']} *"
        shown = {**row, **dict(ODD.get(number, ())), **dict(BAD.get(number, ()))}
        for _ in range(2 if number in REPEATED else 1):
            yield [shown[name] for name in HEADER]


def render_sample() -> str:
    """Return the whole file as text."""
    return render_csv(HEADER, generate_rows())


def render_request() -> str:
    """Return a request that asks for what follows a series' last weeks, oldest first.

    A file's day begins at midnight in Bogota: 05:00 UTC, all year round.
    """
    rows = [
        {**row, "reported_on": f"{row['reported_on']}T05:00:00Z"}
        for row in next(generate_series())[-REQUEST_WEEKS:]
    ]
    return json.dumps({"rows": rows}, indent=2) + "\n"


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\n")
    REQUEST.write_text(render_request(), newline="\n")
