"""The page says what was measured, and explains a missed target only by measured lines."""

import pytest

from bench.measure import Figure, Target, compare, find_splits, is_reached, name_split
from bench.methods import METHODS
from bench.page import list_bars, render_page
from operations.pricing import prices

WHOLE = "one row, JSON in to JSON out"


def make_missed(*, what: str = WHOLE, part: str = "b1") -> Figure:
    return Figure(
        part=part,
        what=what,
        unit="µs",
        samples=(100.0, 110.0, 120.0),
        peer="the pipeline",
        peer_samples=(1_000.0, 1_100.0, 1_200.0),
        target=Target(kind="at_least", bound=25),
    )


def make_split(share: str, microseconds: float, *, peer: float | None = None) -> Figure:
    return Figure(
        part="b1",
        what=name_split(WHOLE, share),
        unit="µs",
        samples=(microseconds,) * 3,
        peer="the pipeline" if peer else "",
        peer_samples=(peer,) * 3 if peer else (),
        splits=(WHOLE,),
    )


def render(*figures: Figure) -> str:
    return render_page(figures, command="make bench", day="2026-01-01")


def test_a_missed_target_is_followed_by_the_lines_that_were_measured() -> None:
    page = render(
        make_missed(), make_split("read the body", 19.94), make_split("log it", 40, peer=8)
    )
    assert "| at least 25 × as good | 10 [10–10] | **not reached** |" in page
    assert (
        f"- {WHOLE}, against the pipeline: read the body 19.9 µs; log it 40 µs (the pipeline: 8)."
        in page
    )


def test_a_missed_target_without_a_line_has_no_reason() -> None:
    other = make_missed(what="requests of one row", part="b2")
    page = render(other, make_split("log it", 40))
    assert (
        "- requests of one row, against the pipeline: no line of this run says where it goes."
        in page
    )


def test_a_ceiling_is_not_explained_by_times() -> None:
    peak = Figure(part="b1", what=f"{WHOLE}: peak", unit="MiB", samples=(700.0,), ceiling=600)
    assert is_reached(peak) is False
    assert find_splits(peak, [make_split("log it", 40)]) == []


def test_a_reached_target_is_not_explained() -> None:
    reached = Figure(
        part="c",
        what="rows",
        unit="rows/s",
        samples=(20.0,),
        peer="theirs",
        peer_samples=(10.0,),
        more_is_better=True,
        target=Target(kind="at_least", bound=1),
    )
    page = render(reached)
    assert "| rows | theirs | at least 1 × as good | 2 | reached |" in page
    assert "Not reached" not in page


def test_a_multiple_of_the_peers_time_is_missed_above_its_bound() -> None:
    figure = Figure(
        part="a",
        what="start",
        unit="ms",
        samples=(160.0, 160.0),
        peer="bare",
        peer_samples=(100.0, 100.0),
        target=Target(kind="at_most", bound=1.5),
    )
    ratio = compare(figure)
    assert ratio is not None
    assert ratio.median == pytest.approx(1.6)
    assert is_reached(figure) is False


def test_only_the_parts_that_were_measured_have_a_section() -> None:
    page = render(make_missed())
    sections = [title for title, _ in METHODS.values() if f"## {title}" in page]
    assert sections == [METHODS["b1"][0]]


def test_the_picture_leaves_out_what_a_time_is_made_of() -> None:
    bars = list_bars([make_missed(), make_split("log it", 40, peer=8)])
    assert [bar.label for bar in bars] == [f"{WHOLE} / the pipeline"]


def test_the_page_names_the_prices_that_costs_are_counted_by() -> None:
    _, method = METHODS["g"]
    assert prices.READ_ON in method
    for price in (
        f"${prices.LAMBDA_ARM_GB_SECOND.usd:.10f} a GB-second",
        f"${prices.LAMBDA_REQUEST.usd:.2f} a million invocations",
        f"${prices.API_CALL.usd:.2f} a million REST calls",
        f"${prices.LOG_INGESTION.usd:.2f} a GB of logs",
    ):
        assert price in method
