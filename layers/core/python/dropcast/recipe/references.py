"""Look values up in reference tables, and find the nearest of their points.

The columns of a table that expressions read are part of the scoring program, so they are plain
tuples: table -> column -> values.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from dropcast.contracts.serialization.frozen import dataclass

Cell = float | str | None
ReferenceColumns = Mapping[str, Mapping[str, tuple[Cell, ...]]]


@dataclass(frozen=True, kw_only=True)
class ReferenceDocument:
    """The reference columns as a field of a document."""

    columns: dict[str, dict[str, tuple[float | str | None, ...]]]


# Mean radius of the earth (IUGG), metres.
EARTH_RADIUS_METRES = 6_371_008.8


def make_reference_operation(
    operation: str, settings: Sequence[float | str], references: ReferenceColumns
) -> Callable[..., Cell]:
    """Return the function that computes an operation over the rows of its reference table.

    >>> towns = {"towns": {"name": ("Tunja", "Cali"), "altitude": (2820.0, 1018.0)}}
    >>> look_up = make_reference_operation("look_up_number", ("towns", "name", "altitude"), towns)
    >>> look_up("Cali"), look_up("Bogotá")
    (1018.0, nan)
    """
    table, first, second = (str(setting) for setting in settings)
    columns = references[table]
    if operation == "nearest_metres":
        return _make_nearest(columns[first], columns[second])
    return _make_look_up(
        columns[first], columns[second], None if operation == "look_up_text" else math.nan
    )


def _make_look_up(
    keys: Sequence[Cell], values: Sequence[Cell], missing: Cell
) -> Callable[[Cell], Cell]:
    """Return the value of the first row of a key; of an unknown key the value is missing."""
    found: dict[Cell, Cell] = {}
    for key, value in zip(keys, values, strict=True):
        if key is not None and value is not None:
            found.setdefault(key, value)
    return lambda key: found.get(key, missing)


def _make_nearest(
    latitudes: Sequence[Cell], longitudes: Sequence[Cell]
) -> Callable[[float, float], float]:
    points = [
        (math.radians(latitude), math.radians(longitude), math.cos(math.radians(latitude)))
        for latitude, longitude in zip(latitudes, longitudes, strict=True)
        if isinstance(latitude, float) and isinstance(longitude, float)
    ]

    def compute(latitude: float, longitude: float) -> float:
        if not (math.isfinite(latitude) and math.isfinite(longitude) and points):
            return math.nan
        phi, lam = math.radians(latitude), math.radians(longitude)
        cosine = math.cos(phi)
        least = min(
            math.sin((other - phi) / 2) ** 2
            + cosine * other_cosine * math.sin((other_lam - lam) / 2) ** 2
            for other, other_lam, other_cosine in points
        )
        # Haversine (Sinnott 1984). Rounding may lead just beyond 0 and 1.
        return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(min(1.0, max(0.0, least))))

    return compute
