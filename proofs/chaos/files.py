"""Small files of the suite's dataset, drawn by seed: clean, with bad rows, or not readable."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

HEADER = "reading,pressure,flow,open"
# Rows that ingest must put in quarantine: each breaks one rule of the recipe.
DIRT = ("{name},11.5,3.1,1", "{name},abc,2,0", "{name},4,,1", "{name},4,2,7", "{name},,,")


@dataclass(frozen=True, kw_only=True)
class DrawnFile:
    """A file's bytes, the number of its data rows, and how many of those are bad."""

    body: bytes
    rows: int
    bad: int
    kind: str


def draw_file(random: Random, *, mark: str, kind: str, rows: int) -> DrawnFile:
    """Return a file of about ``rows`` rows; every row's name begins with ``mark``.

    ``kind``  ``clean``, ``dirty``, ``gzip``, or one of ``POISONS``
    """
    if kind in POISONS:
        return DrawnFile(body=POISONS[kind](random, mark), rows=0, bad=0, kind=kind)
    lines = [_draw_row(random, f"{mark}-{number}") for number in range(rows)]
    bad = 0
    if kind == "dirty":
        bad = random.randint(1, 5)
        for number in random.sample(range(rows), bad):
            lines[number] = random.choice(DIRT).format(name=f"{mark}-{number}")
    body = ("\n".join([HEADER, *lines]) + "\n").encode()
    if kind == "gzip":
        body = gzip.compress(body, mtime=0)
    return DrawnFile(body=body, rows=rows, bad=bad, kind=kind)


def draw_stations(random: Random) -> bytes:
    """Return a small file of the reference table ``police_stations``."""
    rows = [
        f"{number},Station {number},{41 + random.random():.5f},{-88 + random.random():.5f}"
        for number in range(1, random.randint(3, 6))
    ]
    return ("\n".join(["district,district_name,latitude,longitude", *rows]) + "\n").encode()


def _draw_row(random: Random, name: str) -> str:
    is_open = random.random() < 0.5
    pressure = min(10.0, max(0.0, random.gauss(6.0 if is_open else 4.0, 1.5)))
    return f"{name},{pressure:.3f},{random.uniform(0, 9):.3f},{int(is_open)}"


POISONS: dict[str, Callable[[Random, str], bytes]] = {
    "other columns": lambda random, mark: f"title,{mark}\nx,{random.random()}\n".encode(),
    "cut gzip": lambda random, mark: gzip.compress(
        f"{HEADER}\n{mark},1,{random.random()},1\n".encode() * 50, mtime=0
    )[:-9],
    "binary": lambda random, mark: b"\x7fELF" + random.randbytes(400) + mark.encode(),
    "empty": lambda _random, _mark: b"",
    "pickle": lambda _random, mark: b"\x80\x04cposix\nsystem\n" + mark.encode() + b"\x85R.",
}
