"""Pictures: well-formed, inside their view box, escaped, and drawn for degenerate rows too."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.training.card import pictures
from dropcast.training.card.pictures.scales import list_ticks, list_time_ticks, widen
from dropcast.training.measure import ScoredRows, count_confusion, draw_curves
from dropcast.training.measure.curves import ActualAgainstPredicted, ScoreHistogram
from dropcast.training.records import Importance
from tests.training.scored import make_scored

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</text><script>alert("1")</script> & \x00\x1b\ufffe name'


def inspect_picture(text: str) -> Element:
    """Return a picture's root after checking what every picture promises."""
    root = fromstring(text)  # noqa: S314 - made by the code under test
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "text", "g", "line", "path", "rect", "circle"),
    }
    assert "nan" not in re.sub(">[^<]*<", "><", text)
    width, height = (float(part) for part in root.get("viewBox", "").split()[2:])
    for x, y in list_points(root):
        assert 0 <= x <= width
        assert 0 <= y <= height
    return root


def list_points(root: Element) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for e in root.iter():
        if e.tag == f"{SVG}path":
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", e.get("d", ""))]
            points += zip(numbers[::2], numbers[1::2], strict=True)
        pairs = [("x", "y"), ("x1", "y1"), ("x2", "y2"), ("cx", "cy")]
        points += [(float(e.get(x, "")), float(e.get(y, ""))) for x, y in pairs if e.get(x)]
        if e.tag == f"{SVG}rect":
            x, y, w, h = (float(e.get(name, "")) for name in ("x", "y", "width", "height"))
            assert w >= 0
            assert h >= 0
            points.append((x + w, y + h))
    return points


def read_texts(root: Element) -> list[str]:
    return [(next(iter(e)).tail if len(e) else e.text) or "" for e in root.iter(f"{SVG}text")]


def draw_all(rows: ScoredRows, labels: Sequence[str], instants: bool = False) -> list[str]:
    curves = draw_curves(rows, np.arange(len(rows)) * 3_600_000_000 if instants else None)
    drawn = [pictures.draw_score_histogram(curves.score_histogram, labels)]
    if curves.actual_against_predicted:
        drawn.append(pictures.draw_actual_against_predicted(curves.actual_against_predicted))
    if curves.roc is not None and curves.precision_recall is not None and curves.calibration:
        drawn += [
            pictures.draw_roc(curves.roc, labels),
            pictures.draw_precision_recall(curves.precision_recall, labels),
            pictures.draw_calibration(curves.calibration, labels),
            pictures.draw_confusion(count_confusion(rows), labels),
        ]
    return drawn


@given(
    drawn=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), min_size=1, max_size=30),
    classes=st.sampled_from([2, 4]),
    names=st.lists(st.text(max_size=60), min_size=4, max_size=4),
)
def test_any_classes_are_drawn_whatever_their_names(
    drawn: list[tuple[int, float]], classes: int, names: list[str]
) -> None:
    targets = np.array([target % classes for target, _ in drawn])
    likely = np.array([share for _, share in drawn])[:, np.newaxis]
    rest = np.tile((1 - likely) / (classes - 1), (1, classes - 1))
    rows = make_scored(targets, np.hstack([rest, likely]))
    for picture in draw_all(rows, names[:classes]):
        inspect_picture(picture)


@given(
    drawn=st.lists(
        st.tuples(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12)), min_size=1, max_size=30
    ),
    instants=st.booleans(),
)
def test_any_values_are_drawn(drawn: list[tuple[float, float]], instants: bool) -> None:
    values = np.array(drawn)
    for picture in draw_all(make_scored(values[:, 0], values[:, 1:]), [], instants):
        inspect_picture(picture)


@given(
    found=st.lists(
        st.builds(
            Importance,
            name=st.text(max_size=50),
            mean=st.floats(-10, 10),
            std=st.floats(0, 10),
        ),
        max_size=30,
    )
)
def test_any_importances_are_drawn_the_greatest_first(found: list[Importance]) -> None:
    root = inspect_picture(pictures.draw_importances(found, "roc_auc"))
    assert len(list(root.iter(f"{SVG}rect"))) == min(len(found), 20)


def test_hostile_names_are_text_alone() -> None:
    rows = make_scored(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    hostile = [HOSTILE, "no"]
    drawn = draw_all(rows, hostile) + draw_all(rows, hostile[::-1])
    drawn.append(pictures.draw_importances([Importance(name=HOSTILE, mean=1, std=0)], HOSTILE))
    points = ActualAgainstPredicted(instants=None, actual=(1.0,), predicted=(2.0,))
    drawn.append(pictures.draw_actual_against_predicted(points, HOSTILE))
    for picture in drawn:
        inspect_picture(picture)
        assert "<script" not in picture


def test_a_name_that_is_cut_is_told_whole() -> None:
    long = "the_feature_with_the_longest_name_of_all"
    root = inspect_picture(pictures.draw_importances([Importance(name=long, mean=1, std=0)], "f1"))
    assert long not in read_texts(root)
    assert long in [title.text for title in root.iter(f"{SVG}title")]


def test_the_matrix_shows_counts_and_shares_of_the_true_class() -> None:
    texts = read_texts(inspect_picture(pictures.draw_confusion([[30, 10], [0, 0]], ["no", "yes"])))
    assert {"30", "75.0%", "10", "25.0%"} <= set(texts)
    assert texts.count("0") == 2
    assert texts.count("no") == 2


def test_a_matrix_of_many_classes_numbers_its_columns() -> None:
    counts = np.eye(15, dtype=int).tolist()
    root = inspect_picture(pictures.draw_confusion(counts, [f"c{i}" for i in range(15)]))
    assert {"c0 1", "1", "c14 15", "15"} <= set(read_texts(root))


def test_nothing_to_draw_says_why() -> None:
    no_rows = ActualAgainstPredicted(instants=None, actual=(), predicted=())
    empty = ScoreHistogram(score="residual", edges=(0.0, 1.0), counts=((0,),))
    for picture in (
        pictures.draw_roc((), ["no", "yes"]),
        pictures.draw_precision_recall((), ["no", "yes"]),
        pictures.draw_calibration((), ["no", "yes"]),
        pictures.draw_confusion([[0, 0], [0, 0]], ["no", "yes"]),
        pictures.draw_importances((), "f1"),
        pictures.draw_actual_against_predicted(no_rows),
        pictures.draw_score_histogram(empty),
    ):
        assert any(text.startswith("Not drawn: ") for text in read_texts(inspect_picture(picture)))


def test_rows_of_one_instant_are_drawn_as_points_not_as_a_line() -> None:
    def count_dots(instants: tuple[int, ...] | None) -> int:
        points = ActualAgainstPredicted(instants=instants, actual=(1, 2, 3), predicted=(1, 2, 4))
        root = inspect_picture(pictures.draw_actual_against_predicted(points, "USD"))
        return len(list(root.iter(f"{SVG}circle")))

    assert [count_dots(when) for when in (None, (1, 1, 2), (1, 2, 3))] == [3, 3, 0]


@given(low=st.floats(-1e300, 1e300), width=st.floats(0, 1e300), most=st.integers(2, 10))
def test_ticks_are_few_ascending_and_inside(low: float, width: float, most: int) -> None:
    start, end = widen(low, low + width)
    ticks = list_ticks(start, end, most=most)
    values = [tick.value for tick in ticks]
    slack = (end / 2 - start / 2) * 1e-6
    assert len(values) <= most
    assert values == sorted(set(values))
    assert all(start - slack <= value <= end + slack for value in values)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-110, 90, ["-100", "-50", "0", "50"]),
        (0, 2.5e6, ["0", "500,000", "1e6", "1.5e6", "2e6", "2.5e6"]),
        (0, 0.00002, ["0", "5e-6", "1e-5", "1.5e-5", "2e-5"]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, texts: list[str]) -> None:
    assert [tick.text for tick in list_ticks(low, high)] == texts


def test_ticks_of_time_are_days_or_hours() -> None:
    hour = 3_600_000_000
    assert [t.text for t in list_time_ticks(0, 24 * hour)] == [
        *("01-01 00:00", "01-01 12:00", "01-02 00:00")
    ]
    assert [t.text for t in list_time_ticks(hour, 72 * hour)] == [
        *("1970-01-02", "1970-01-03", "1970-01-04")
    ]
