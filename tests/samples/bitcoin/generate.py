"""Writes the generated sample of ``bitcoin``: no price in it was ever paid.

Columns and dirt are those of a real export of hourly bars: hours that are missing, hours without a
trade, a bar that comes twice, and a few bars that no check should let through. An hour's return takes
back a part of the return before it, far more of it than on a real market, so that 1,000 test rows
can separate a model from chance.

``python -m tests.samples.bitcoin.generate`` writes both files again, byte for byte.
"""

import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.samples.invented import render_csv

SAMPLE = Path(__file__).with_name("generated_sample.csv")
REQUEST = SAMPLE.with_name("request.json")
SEED = 20260104
HOURS = 5_000
FIRST_HOUR = datetime(2023, 1, 1, tzinfo=UTC)
FIRST_PRICE = 20_000.0
TAKEN_BACK = 0.25
REQUEST_BARS = 31
HEADER = ("datetime", "open", "high", "low", "close", "volume")

# First hour -> how many are missing from there.
GAPS = {411: 5, 1_250: 1, 1_900: 9, 2_777: 2, 3_600: 33, 4_444: 3}
WITHOUT_TRADES = frozenset({800, 2_300, 4_100})
REPEATED = frozenset({1_000, 3_000})
# Hour -> what stands there instead (column, text).
BAD = {
    600: ("close", ""),
    1_600: ("volume", "-3.5"),
    2_600: ("open", "n.a."),
    3_333: ("datetime", "2023-05-19 25:00:00"),
}


def generate_bars() -> Iterator[dict[str, object]]:
    """Yield one made-up bar an hour, none left out."""
    chance = random.Random(SEED)
    close, last_return, volatility = FIRST_PRICE, 0.0, 0.006
    for hour in range(HOURS):
        opened = close
        volatility = 0.006 + 0.9 * (volatility - 0.006) + 0.0006 * chance.gauss(0, 1)
        spread = max(0.002, volatility)
        change = -TAKEN_BACK * last_return + chance.gauss(0, spread)
        upper, lower = abs(chance.gauss(0, spread / 2)), abs(chance.gauss(0, spread / 2))
        volume = 900 * math.exp(chance.gauss(60 * abs(change), 0.5))
        if hour in WITHOUT_TRADES:
            change = upper = lower = volume = 0.0
        close = round(opened * math.exp(change), 2)
        last_return = change
        yield {
            "datetime": (FIRST_HOUR + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S"),
            "open": opened,
            "high": round(max(opened, close) * (1 + upper), 2),
            "low": round(min(opened, close) * (1 - lower), 2),
            "close": close,
            "volume": round(volume, 6),
        }


def generate_rows() -> Iterator[list[object]]:
    """Yield the file's rows below the header."""
    missing = {hour for first, hours in GAPS.items() for hour in range(first, first + hours)}
    for hour, bar in enumerate(generate_bars()):
        if hour in BAD:
            column, text = BAD[hour]
            bar[column] = text
        row = [bar[name] for name in HEADER]
        if hour not in missing:
            yield row
        if hour in REPEATED:
            yield row


def render_sample() -> str:
    """Return the whole file as text."""
    return render_csv(HEADER, generate_rows())


def render_request() -> str:
    """Return a request that asks for what follows the sample's last bars, oldest first."""
    rows = [
        {"open_time": str(bar.pop("datetime")).replace(" ", "T") + "Z", **bar}
        for bar in list(generate_bars())[-REQUEST_BARS:]
    ]
    return json.dumps({"rows": rows}, indent=2) + "\n"


if __name__ == "__main__":
    SAMPLE.write_text(render_sample(), newline="\n")
    REQUEST.write_text(render_request(), newline="\n")
