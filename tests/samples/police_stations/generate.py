"""Write the generated sample of ``police_stations``: no real station, street or number is in it.

The columns are those of the real export, in its capitals; the headquarters' district is a word.

``python -m tests.samples.police_stations.generate`` writes the file again, byte for byte.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.samples.invented import render_csv

SAMPLE = Path(__file__).with_name("generated_sample.csv")
HEADER = (
    "DISTRICT",
    "DISTRICT NAME",
    "ADDRESS",
    "CITY",
    "STATE",
    "ZIP",
    "LATITUDE",
    "LONGITUDE",
    "LOCATION",
)
STATIONS = (
    ("Headquarters", "Generated Headquarters", 41.8312, -87.6235),
    ("1", "Generated Amber", 41.9874, -87.7078),
    ("2", "Generated Azure", 41.9331, -87.6492),
    ("3", "Generated Cobalt", 41.9187, -87.7654),
    ("4", "Generated Coral", 41.8613, -87.6907),
    ("5", "Generated Ivory", 41.7953, -87.7189),
    ("6", "Generated Jade", 41.7668, -87.6057),
    ("7", "Generated Umber", 41.6925, -87.6441),
)


def generate_rows() -> Iterator[list[object]]:
    """Yield the file's rows below the header."""
    for number, (district, name, latitude, longitude) in enumerate(STATIONS):
        address = f"{100 * number + 1} E Generated St"
        place = f"({latitude}, {longitude})"
        yield [district, name, address, "Chicago", "IL", 60600, latitude, longitude, place]


def render_sample() -> str:
    """Return the whole file as text."""
    return render_csv(HEADER, generate_rows())


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\n")
