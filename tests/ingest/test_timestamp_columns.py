from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.ingest.values import parse_timestamp
from dropcast.ingest.values.time_columns import make_pattern, parse_timestamps

FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %H:%M",
    "%Y%m%d",
    "%d%m%Y%H",
    "epoch_seconds",
)
ZONES = ("UTC", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@st.composite
def draw_text(draw: st.DrawFn) -> str:
    """A time as people write it, sometimes with a sign too many or another in its place."""
    at = draw(st.datetimes(datetime(1890, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001 - wall clock times
    text = at.strftime(draw(st.sampled_from(FORMATS[:-1])))
    if draw(st.booleans()):
        text = text.replace("/0", "/").replace("-0", "- ")
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(text)))
        sign = draw(st.sampled_from("0123456789 :/-.ZpPmM٣\x1f"))
        text = text[:place] + sign + text[place + draw(st.integers(0, 1)) :]
    return text


@given(
    texts=st.lists(draw_text(), min_size=1, max_size=20),
    formats=st.lists(st.sampled_from(FORMATS), min_size=1, max_size=3, unique=True),
    zone=st.sampled_from(ZONES),
)
@settings(max_examples=300)
def test_what_is_sure_of_a_column_is_what_strptime_says(
    texts: list[str], formats: list[str], zone: str
) -> None:
    micros, sure = parse_timestamps(pa.array(texts), tuple(formats), zone)
    for text, micro, is_sure in zip(texts, micros.tolist(), sure.tolist(), strict=True):
        if is_sure:
            expected = parse_timestamp(text, tuple(formats), zone)
            assert expected == EPOCH + timedelta(microseconds=micro)


@pytest.mark.parametrize("zone", ZONES)
def test_ordinary_times_are_sure_on_every_day_of_a_clock_change(zone: str) -> None:
    start = datetime(2021, 1, 1)  # noqa: DTZ001 - wall clock times
    hours = [start + timedelta(minutes=30 * i) for i in range(2 * 24 * 366)]
    texts = pa.array([hour.strftime(FORMATS[0]) for hour in hours])
    micros, sure = parse_timestamps(texts, FORMATS[:1], zone)
    assert sure.all()
    expected = [parse_timestamp(text, FORMATS[:1], zone) for text in texts.to_pylist()]
    assert [EPOCH + timedelta(microseconds=m) for m in micros.tolist()] == expected


def test_nulls_and_other_words_are_not_sure() -> None:
    texts = pa.array([None, "noon", "2020-02-30 00:00:00", "2020-02-29 00:00:60"], pa.string())
    _, sure = parse_timestamps(texts, FORMATS[:1], "UTC")
    assert sure.tolist() == [False] * 4


@pytest.mark.parametrize(
    "form", ["%A %d %m %Y", "%d %m", "%Y-%m-%d %Y", "%Y-%m-%d %I:%M", "%Yé%m%d"]
)
def test_a_format_with_words_that_have_no_translation_is_left_to_strptime(form: str) -> None:
    assert make_pattern(form) is None
