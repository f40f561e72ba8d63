"""Writes the generated sample of ``chicago_arrests``: no crime in it was ever reported.

Columns and dirt are those of real exports: whole numbers as floats, three ways to write a date in
one column, crimes without coordinates, a crime reported again when an arrest was made, a coordinate
far from the city, missing cells and a few rows that no check should let through. Of the newest
weeks fewer arrests are recorded than there will be.

``python -m tests.samples.chicago_arrests.generate`` writes the file again, byte for byte.
"""

import math
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tests.samples.chicago_arrests.kinds import KINDS, PLACES, STREETS
from tests.samples.invented import clip, render_csv

SAMPLE = Path(__file__).with_name("generated_sample.csv")
SEED = 20260105
CRIMES = 2_000
DAYS = 360
FIRST_DAY = datetime(2023, 1, 2)  # noqa: DTZ001  local time of Chicago, as the portal writes it
NOT_YET_RECORDED = timedelta(days=28)
HEADER = (
    "id",
    "case_number",
    "date",
    "block",
    "iucr",
    "primary_type",
    "description",
    "location_description",
    "arrest",
    "domestic",
    "beat",
    "district",
    "ward",
    "community_area",
    "fbi_code",
    "x_coordinate",
    "y_coordinate",
    "year",
    "updated_on",
    "latitude",
    "longitude",
    "location",
)
COORDINATES = ("x_coordinate", "y_coordinate", "latitude", "longitude", "location")


def write_short(moment: datetime) -> str:
    """``7/19/2023 13:45``, as a spreadsheet saves it."""
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:{moment.minute:02}"


WAYS_TO_WRITE: tuple[tuple[float, Callable[[datetime], str]], ...] = (
    (0.7, lambda moment: moment.strftime("%m/%d/%Y %I:%M:%S %p")),
    (0.2, write_short),
    (0.1, lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.000")),
)

# Index of a crime -> what stands there instead, column by column.
MISSING: dict[int, dict[str, object]] = {
    44: {"location_description": ""},
    45: {"ward": "", "community_area": ""},
    620: {"location_description": ""},
    880: {"location_description": "", "district": ""},
    1_500: {"latitude": 36.619446395, "longitude": -91.686565684},
}
BAD: dict[int, dict[str, object]] = {
    130: {"date": ""},
    460: {"date": "31/12/2023 10:00"},
    790: {"arrest": "unknown"},
    1_120: {"primary_type": ""},
    1_450: {"latitude": 0.0, "longitude": 0.0},
    1_780: {"community_area": "4.5", "domestic": ""},
}


def generate_crime(chance: random.Random, number: int) -> dict[str, object]:
    """Return one made-up crime; its moments are not written out yet."""
    kind = chance.choices(tuple(KINDS), weights=[common for common, _ in KINDS.values()])[0]
    place = chance.choices(tuple(PLACES), weights=[common for common, _ in PLACES.values()])[0]
    primary_type, description, iucr, fbi_code = kind
    when = FIRST_DAY + timedelta(minutes=chance.randrange(DAYS * 24 * 60))
    district = chance.randint(1, 7)
    latitude = clip(42.0 - 0.045 * district + chance.gauss(0, 0.012), 41.65, 42.02)
    longitude = clip(chance.gauss(-87.68, 0.04), -87.8, -87.53)
    odds = KINDS[kind][1]
    log_odds = math.log(odds / (1 - odds)) + PLACES[place][1]
    log_odds += 0.12 * (district - 4) + 0.4 * (when.hour < 6)
    arrested = chance.random() < 1 / (1 + math.exp(-log_odds))
    late = when > FIRST_DAY + timedelta(days=DAYS) - NOT_YET_RECORDED and chance.random() < 0.4
    x, y = 1_176_000 + 272_000 * (longitude + 87.63), 1_900_000 + 364_000 * (latitude - 41.88)
    return {
        "id": f"{90_000_000 + number}.0",
        "case_number": f"GN{100_000 + number}",
        "date": when,
        "block": f"{chance.randrange(1, 80):03}XX {chance.choice(STREETS)}",
        "iucr": iucr,
        "primary_type": primary_type,
        "description": description,
        "location_description": place,
        "arrest": arrested and not late,
        "domestic": "DOMESTIC" in description or chance.random() < 0.08,
        "beat": float(100 * district + chance.randint(11, 34)),
        "district": float(district),
        "ward": float(chance.randint(7 * district - 6, 7 * district)),
        "community_area": float(chance.randint(11 * district - 10, 11 * district)),
        "fbi_code": fbi_code,
        "x_coordinate": float(round(x)),
        "y_coordinate": float(round(y)),
        "year": float(when.year),
        "updated_on": when + timedelta(days=7, minutes=chance.randrange(600)),
        "latitude": round(latitude, 9),
        "longitude": round(longitude, 9),
        "location": f"({round(latitude, 9)}, {round(longitude, 9)})",
    }


def generate_rows() -> Iterator[list[object]]:
    """Yield the file's rows below the header."""
    chance = random.Random(SEED)
    shares, ways = zip(*WAYS_TO_WRITE, strict=True)
    crimes = [generate_crime(chance, number) for number in range(CRIMES)]
    told_again = []
    for crime in crimes:
        if chance.random() < 0.02:
            crime.update(dict.fromkeys(COORDINATES, ""))
        if chance.random() < 0.015 and not crime["arrest"]:
            updated = crime["updated_on"]
            assert isinstance(updated, datetime)
            told_again.append({**crime, "arrest": True, "updated_on": updated + timedelta(days=20)})
    for index, crime in enumerate(crimes + told_again):
        write = chance.choices(ways, weights=shares)[0]
        moments = {name: write(crime[name]) for name in ("date", "updated_on")}
        shown = {**crime, **moments, **MISSING.get(index, {}), **BAD.get(index, {})}
        yield [shown[name] for name in HEADER]


def render_sample() -> str:
    """Return the whole file as text; its last row is cut short, as a broken export leaves it."""
    return render_csv(HEADER, generate_rows(), tail="90099999.0,GN199999,12/0\n")


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\n")
