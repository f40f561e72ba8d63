"""A zone's offset at many local times: looked up once a day where the day has one offset."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

import numpy as np

from dropcast.ingest.values.arrays import Integers
from dropcast.ingest.values.times import DAY_SECONDS, find_zone

_FIRST_SECOND = -62_135_596_800
_LAST_SECOND = 253_402_300_799
# Days are looked up together, and what was found is kept: files hold the same days again.
_DAYS_TOGETHER = 512
_KEPT = 256


def find_offsets(seconds: Integers, timezone: str | None) -> Integers:
    """Return the zone's offset in seconds at each local second since 1970, shape (rows,)."""
    zone = find_zone(timezone)
    if zone is UTC or not len(seconds):
        return np.zeros(len(seconds), np.int64)
    days = seconds // DAY_SECONDS
    groups = days // _DAYS_TOGETHER
    least = int(groups.min())
    present = np.bincount(groups - least) > 0
    places = (np.cumsum(present) - 1)[groups - least]
    found = [_find_day_offsets(timezone, s + least) for s in np.flatnonzero(present).tolist()]
    table = np.stack(found)
    of_group = days - groups * _DAYS_TOGETHER
    offsets: Integers = table[places, 0, of_group]
    changing = np.flatnonzero(offsets != table[places, 1, of_group])
    offsets[changing] = _look_up_offsets(seconds[changing], zone)
    return offsets


@lru_cache(maxsize=_KEPT)
def _find_day_offsets(timezone: str | None, group: int) -> Integers:
    """Return the offsets at the first and the last second of days, shape (2, days)."""
    first = (np.arange(_DAYS_TOGETHER) + group * _DAYS_TOGETHER) * DAY_SECONDS
    zone = find_zone(timezone)
    found = np.stack(
        [_look_up_offsets(first, zone), _look_up_offsets(first + DAY_SECONDS - 1, zone)]
    )
    found.setflags(write=False)
    return found


def _look_up_offsets(seconds: Integers, zone: tzinfo) -> Integers:
    offsets = []
    for second in np.clip(seconds, _FIRST_SECOND, _LAST_SECOND).tolist():
        local = datetime(1970, 1, 1) + timedelta(seconds=second)  # noqa: DTZ001  local time
        offset = zone.utcoffset(local)
        offsets.append(0 if offset is None else round(offset.total_seconds()))
    return np.array(offsets, np.int64)
