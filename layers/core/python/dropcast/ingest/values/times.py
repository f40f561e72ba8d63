"""One instant at a time, by ``strptime`` and the column's zone.

A text is read by the first of its column's formats that fits. A time without an offset is local
time of the column's zone; of an hour that a clock change repeats it is the first, and an hour
that a clock change leaves out is read with the offset from before it (PEP 495, fold 0).
"""

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from dropcast.ingest.values.numbers import NUMBER

EPOCH_SECONDS = "epoch_seconds"
# How a time is written that is one in its file, and no text.
INSTANT = "%Y-%m-%d %H:%M:%S.%f"
MICROSECONDS = 1_000_000
DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_timestamp(text: str, formats: tuple[str, ...], timezone: str | None) -> datetime | None:
    """Return the instant of ``text``, with a zone; ``None`` if no format fits.

    >>> parse_timestamp("7/19/2017 13:45", ("%m/%d/%Y %H:%M",), "UTC").isoformat()
    '2017-07-19T13:45:00+00:00'
    """
    for form in formats:
        try:
            if form == EPOCH_SECONDS:
                return _parse_seconds(text)
            value = datetime.strptime(text, form)  # noqa: DTZ007  the zone follows
            if value.tzinfo is None:
                value = value.replace(tzinfo=find_zone(timezone))
            return value.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _parse_seconds(text: str) -> datetime:
    if not re.fullmatch(NUMBER, text):
        raise ValueError(text)
    microseconds = float(text) * MICROSECONDS
    if not math.isfinite(microseconds):
        raise OverflowError(text)
    return _EPOCH + timedelta(microseconds=round(microseconds))


@cache
def find_zone(timezone: str | None) -> tzinfo:
    """Return the zone; UTC needs no zone files on the machine."""
    return UTC if timezone in (None, "UTC") else ZoneInfo(str(timezone))
