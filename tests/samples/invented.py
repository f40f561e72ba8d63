"""Invented names and the text of a file: what the generators of samples share.

The same bytes come out on every machine and Python: only the standard library draws, no float is
written with more digits than its arithmetic is sure of, and nothing sums floats by ``sum`` (which
rounds otherwise since 3.12).
"""

import csv
import io
import random
from collections.abc import Iterable

COLOURS = (
    "Amber",
    "Azure",
    "Cobalt",
    "Coral",
    "Crimson",
    "Ivory",
    "Jade",
    "Ochre",
    "Teal",
    "Umber",
)
THINGS = (
    "Anvils",
    "Barrels",
    "Compasses",
    "Doorknobs",
    "Envelopes",
    "Funnels",
    "Gaskets",
    "Hinges",
    "Inkwells",
    "Jigsaws",
    "Kettles",
    "Ladders",
    "Magnets",
    "Napkins",
)
DOINGS = ("Counting", "Folding", "Painting", "Sorting", "Stacking", "Waxing", "Weighing")


def invent_name(chance: random.Random) -> str:
    """Return a name that nobody has, such as ``Teal Gaskets``."""
    return f"{chance.choice(COLOURS)} {chance.choice(THINGS)}"


def invent_title(chance: random.Random) -> str:
    """Return a title of a record that does not exist, such as ``Waxing the Ladders``."""
    return f"{chance.choice(DOINGS)} the {chance.choice(THINGS)}"


def clip(value: float, lowest: float, highest: float) -> float:
    """Return the value, or the bound that it is beyond."""
    return min(highest, max(lowest, value))


def render_csv(header: Iterable[str], rows: Iterable[Iterable[object]], *, tail: str = "") -> str:
    """Return a CSV file's text; ``tail`` follows the last row as it is."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue() + tail
