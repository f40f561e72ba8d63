"""Run with the layers of what serves: the bits of every operation over many values.

The C library computes ``log``, ``exp``, ``sin`` and the like, and every architecture has its own
version of them, so equal bits are a finding here and no matter of course.
"""

import inspect
import json
import math
import random
import struct
import sys
from collections.abc import Callable, Iterator

from dropcast.recipe.operations import OPERATIONS_ON_VALUES, OPERATIONS_WITH_SETTINGS

COUNT = 20_000
# What features, windows, references, links and kernels call beside the operations.
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "math.exp": math.exp,
    "math.sqrt": math.sqrt,
    "math.asin": math.asin,
    "math.radians": math.radians,
}
_SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, math.pi, 5e-324, 2.2e-308, 1.7e308, math.inf, math.nan)
_YEAR_9999_MICROSECONDS = 253_402_300_799 * 10**6


def draw_values(source: random.Random) -> Iterator[float]:
    """Yield values of every size without end.

    They are made of random bits and exact steps alone: a power of ten would come from the C
    library that is under test.
    """
    yield from _SPECIAL
    while True:
        yield source.uniform(-1.0, 1.0)
        yield math.ldexp(source.uniform(-1.0, 1.0), source.randint(-40, 12))
        (value,) = struct.unpack("<d", source.getrandbits(64).to_bytes(8, "little"))
        yield value


def apply_function(function: Callable[..., float | str | None], *arguments: float) -> str:
    """Return the result's bits as text, or the name of the error."""
    try:
        result = function(*arguments)
    except (ValueError, OverflowError) as error:
        return type(error).__name__
    return float(result).hex() if isinstance(result, float) else repr(result)


def compute_bits() -> dict[str, list[str]]:
    """Return the results of each function, in the order of the drawn values."""
    results: dict[str, list[str]] = {}
    for name, function in {**OPERATIONS_ON_VALUES, **FUNCTIONS}.items():
        values = draw_values(random.Random(name))  # noqa: S311 - the same values on both machines
        pairs = name in OPERATIONS_ON_VALUES and len(inspect.signature(function).parameters) == 2
        results[name] = [
            apply_function(function, next(values), *([next(values)] if pairs else []))
            for _ in range(COUNT)
        ]
    source = random.Random("calendar")  # noqa: S311
    for name in ("minute", "hour", "weekday", "day", "month", "year"):
        for zone in ("UTC", "America/Chicago", "America/Bogota"):
            compute = OPERATIONS_WITH_SETTINGS[name](zone)
            instants = [
                float(source.randrange(_YEAR_9999_MICROSECONDS)) for _ in range(COUNT // 20)
            ]
            results[f"{name} in {zone}"] = [apply_function(compute, value) for value in instants]
    drawn = draw_values(random.Random("sums"))  # noqa: S311
    sums = [[value for _ in range(20) if math.isfinite(value := next(drawn))] for _ in range(COUNT)]
    results["math.fsum"] = [apply_function(math.fsum, values) for values in sums]  # type: ignore[arg-type]
    return results


if __name__ == "__main__":
    json.dump(compute_bits(), sys.stdout)
