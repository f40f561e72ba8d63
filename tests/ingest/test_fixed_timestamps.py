from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.ingest.values import parse_timestamp
from dropcast.ingest.values.fixed_times import make_template, read_local_times
from dropcast.ingest.values.zone_offsets import find_offsets

FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y",
    "%Y%m%d",
    "%d%m%Y%H",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(texts: pa.Array, form: str) -> dict[int, datetime]:
    """Return the time of each row that was read."""
    template = make_template(form)
    assert template is not None
    times = read_local_times(texts, template)
    found = zip(times.rows.tolist(), times.seconds.tolist(), times.fraction.tolist(), strict=True)
    return {row: EPOCH + timedelta(seconds=s, microseconds=f) for row, s, f in found}


@st.composite
def draw_texts(draw: st.DrawFn) -> tuple[str, list[str | None]]:
    """A format and texts in full width, some with another sign at a place, some of no width."""
    form = draw(st.sampled_from(FORMATS))
    texts: list[str | None] = []
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1)))  # noqa: DTZ001 - wall clock times
        text = at.strftime(form)
        if draw(st.booleans()):
            place = draw(st.integers(0, len(text) - 1))
            sign = draw(st.sampled_from("0123456789 :/-TzpPaAmM٣\x00\x1f"))
            text = text[:place] + sign + text[place + 1 :]
        texts.append(draw(st.sampled_from([text, text, text, "", None, text + " "])))
    return form, texts


@given(drawn=draw_texts(), cut=st.integers(0, 3))
@settings(deadline=None, max_examples=300)
def test_what_is_read_is_what_strptime_says(drawn: tuple[str, list[str | None]], cut: int) -> None:
    form, texts = drawn
    found = read(pa.array(texts, pa.string()).slice(cut), form)
    for row, time in found.items():
        text = texts[cut + row]
        assert text is not None
        assert time == parse_timestamp(text, (form,), "UTC")


@pytest.mark.parametrize("form", FORMATS)
def test_every_day_of_a_century_is_read_and_no_other(form: str) -> None:
    days = [datetime(1895, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(36_600)]
    found = read(pa.array([day.strftime(form) for day in days]), form)
    assert list(found.values()) == days
    impossible = ["2019-02-29", "1900-02-29", "2020-04-31", "2020-13-01", "2020-00-10"]
    # Python knows no year 0.
    impossible.append("0000-01-01")
    assert read(pa.array(impossible), "%Y-%m-%d") == {}


def test_times_between_empty_and_other_rows_keep_their_places() -> None:
    texts = pa.array(["", "2020-01-02", None, "2020-1-2", "2020-02-30", "x", "2020-01-03"])
    assert read(texts, "%Y-%m-%d") == {
        1: datetime(2020, 1, 2, tzinfo=UTC),
        6: datetime(2020, 1, 3, tzinfo=UTC),
    }


@pytest.mark.parametrize("form", ["%Y-%m-%d  %H", "%B %d %Y", "%Y %jé"])
def test_a_format_of_no_fixed_width_has_no_template(form: str) -> None:
    assert make_template(form) is None


@given(
    times=st.lists(
        st.datetimes(datetime(1890, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001 - wall clock times
        max_size=20,
    ),
    zone=st.sampled_from(("America/Chicago", "Australia/Lord_Howe", "Africa/Monrovia")),
)
@settings(deadline=None, max_examples=100)
def test_an_offset_is_the_one_that_the_zone_has_at_that_time(
    times: list[datetime], zone: str
) -> None:
    whole = [at.replace(microsecond=0) for at in times]
    seconds = np.array([(at.replace(tzinfo=UTC) - EPOCH).total_seconds() for at in whole], np.int64)
    told = [parse_timestamp(str(at), ("%Y-%m-%d %H:%M:%S",), zone) for at in whole]
    expected = [
        round((at.replace(tzinfo=UTC) - instant).total_seconds())
        for at, instant in zip(whole, told, strict=True)
        if instant is not None
    ]
    assert find_offsets(seconds, zone).tolist() == expected
