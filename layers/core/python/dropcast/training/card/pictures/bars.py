"""Pictures of bars: how a score spreads, and how much each feature matters."""

from collections.abc import Sequence

from dropcast.training.card.pictures.drawing import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Entry,
    Frame,
    arrange_legend,
    colour_series,
    render_axes,
    render_empty,
    render_line,
    render_path,
    render_rectangle,
    render_svg,
    render_text,
)
from dropcast.training.card.pictures.scales import Scale, list_ticks, place, widen
from dropcast.training.measure.curves import ScoreHistogram
from dropcast.training.records import Importance

MOST_BARS = 20
_BAR_LINE = 20.0
_NAME_WIDTH = 130.0
_X_LABELS = {
    "second_class": "Predicted probability of the second class",
    "true_class": "Predicted probability of the true class",
    "residual": "Residual: actual minus predicted",
}


def draw_score_histogram(
    histogram: ScoreHistogram, labels: Sequence[str] = (), unit: str = ""
) -> str:
    """Return the spread of the score as an SVG.

    For classes (``labels``, one a line of counts) as shares of each class's rows, so that a rare
    class is seen; for residuals in rows, in ``unit``.
    """
    residual = histogram.score == "residual"
    title = "Residuals" if residual else "Scores by true class"
    totals = [sum(line) for line in histogram.counts]
    if not any(totals):
        return render_empty(title, "Not drawn: there are no rows.")
    scales = [1.0 if residual else 1 / total if total else 0.0 for total in totals]
    heights = [
        [count * scale for count in line]
        for line, scale in zip(histogram.counts, scales, strict=True)
    ]
    entries = (
        [
            Entry(series=i, text=f"{label} ({total:,} rows)")
            for i, (label, total) in enumerate(zip(labels, totals, strict=True))
        ]
        if not residual
        else []
    )
    legend, top = arrange_legend(entries, TOP - 4)
    height = HEIGHT + top - TOP
    most = max(max(line) for line in heights)
    low, high = histogram.edges[0], histogram.edges[-1]
    frame = Frame(
        x=Scale(low=low, high=high, start=LEFT, end=WIDTH - RIGHT),
        y=Scale(low=0, high=most, start=height - BOTTOM, end=top),
        x_label=_X_LABELS[histogram.score] + (f" ({unit})" if unit else ""),
        y_label="Rows" if residual else "Share of the class's rows",
        x_ticks=list_ticks(low, high),
        y_ticks=list_ticks(0, most),
    )
    drawn = [
        colour_series(series, _render_steps(frame, histogram.edges, line))
        for series, line in enumerate(heights)
        if totals[series]
    ]
    return render_svg(
        title=title,
        description=f"{frame.y_label} by {frame.x_label[0].lower()}{frame.x_label[1:]}.",
        body=legend + render_axes(frame) + "".join(drawn),
        height=height,
    )


def draw_importances(importances: Sequence[Importance], metric: str) -> str:
    """Return the features that matter most, at most ``MOST_BARS``, as an SVG.

    Bars show the loss in ``metric`` when a feature is shuffled, with one standard deviation to each
    side.
    """
    title = "Permutation importance"
    if not importances:
        return render_empty(title, "Not drawn: no importance was measured.")
    shown = sorted(importances, key=lambda found: (-found.mean, found.name))[:MOST_BARS]
    low, high = widen(
        min(0.0, *(found.mean - found.std for found in shown)),
        max(0.0, *(found.mean + found.std for found in shown)),
    )
    bottom = TOP + _BAR_LINE * len(shown)
    frame = Frame(
        x=Scale(low=low, high=high, start=_NAME_WIDTH + 14, end=WIDTH - RIGHT - 8),
        y=Scale(low=0, high=1, start=bottom, end=TOP),
        x_label=f"Loss in {metric} when shuffled, ± one standard deviation",
        y_label="",
        x_ticks=list_ticks(low, high, most=5),
        y_ticks=(),
    )
    bars = [_render_bar(frame, i, found) for i, found in enumerate(shown)]
    zero = place(frame.x, 0)
    left_out = len(importances) - len(shown)
    more = f"; {left_out:,} smaller ones are not drawn" if left_out else ""
    return render_svg(
        title=title,
        description=f"{shown[0].name} matters most, {shown[0].mean:.3g} in {metric}{more}.",
        body=_render_label(frame, bottom)
        + "".join(bars)
        + render_line(zero, TOP, zero, bottom, opacity=0.7),
        height=bottom + BOTTOM,
    )


def _render_label(frame: Frame, bottom: float) -> str:
    # The label is longer than the axis: it is set across the whole picture instead.
    bare = Frame(x=frame.x, y=frame.y, x_label="", y_label="", x_ticks=frame.x_ticks, y_ticks=())
    label = render_text(WIDTH - RIGHT, bottom + 36, frame.x_label, anchor="end", width=WIDTH - 20)
    return render_axes(bare) + label


def _render_bar(frame: Frame, line: int, found: Importance) -> str:
    top = TOP + line * _BAR_LINE
    ends = sorted((place(frame.x, 0), place(frame.x, found.mean)))
    middle = top + _BAR_LINE / 2
    bar = render_rectangle(ends[0], top + 3, ends[1] - ends[0], _BAR_LINE - 6, opacity=0.75)
    reach = [place(frame.x, found.mean + side * found.std) for side in (-1, 1)]
    return (
        render_text(_NAME_WIDTH + 6, middle + 4, found.name, anchor="end", width=_NAME_WIDTH)
        + colour_series(0, bar)
        + render_line(reach[0], middle, reach[1], middle, opacity=0.8)
    )


def _render_steps(frame: Frame, edges: Sequence[float], heights: Sequence[float]) -> str:
    """Return bars without gaps as one outline over a soft fill."""
    bottom = frame.y.start
    outline = [(place(frame.x, edges[0]), bottom)]
    for index, height in enumerate(heights):
        y = place(frame.y, height)
        outline += [(place(frame.x, edges[index]), y), (place(frame.x, edges[index + 1]), y)]
    outline.append((place(frame.x, edges[-1]), bottom))
    steps = " ".join(f"{x:.1f} {y:.1f}" for x, y in outline)
    return f'<path d="M{steps}Z" stroke="none" fill-opacity="0.18"/>' + render_path(outline)
