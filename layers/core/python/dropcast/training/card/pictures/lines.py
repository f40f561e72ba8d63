"""Pictures of lines: ROC, precision and recall, calibration, actual against predicted."""

from collections.abc import Sequence
from itertools import pairwise

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
    render_dots,
    render_empty,
    render_line,
    render_path,
    render_svg,
)
from dropcast.training.card.pictures.scales import Scale, list_ticks, list_time_ticks, place, widen
from dropcast.training.measure.curves import (
    ActualAgainstPredicted,
    CalibrationCurve,
    PrecisionRecallCurve,
    RocCurve,
)

Points = Sequence[tuple[float, float]]
_ONE_CLASS = "Not drawn: the rows hold one class only."


def draw_roc(curves: Sequence[RocCurve], labels: Sequence[str]) -> str:
    """Return the ROC curves as an SVG, beside the diagonal of a guess.

    ``labels`` are the names of all classes.
    """
    if not curves:
        return render_empty("ROC curve", _ONE_CLASS)
    return _draw_shares(
        title="ROC curve",
        x_label="False positive rate",
        y_label="True positive rate",
        entries=[f"{labels[c.class_index]} (area {c.area:.3f})" for c in curves],
        lines=[list(zip(c.false_positive_rate, c.true_positive_rate, strict=True)) for c in curves],
        guess=[(0, 0), (1, 1)],
    )


def draw_precision_recall(curves: Sequence[PrecisionRecallCurve], labels: Sequence[str]) -> str:
    """Return precision by recall as an SVG; for a single class beside the precision of a guess."""
    if not curves:
        return render_empty("Precision and recall", _ONE_CLASS)
    share = curves[0].positive_share
    return _draw_shares(
        title="Precision and recall",
        x_label="Recall",
        y_label="Precision",
        entries=[f"{labels[c.class_index]} (average {c.average_precision:.3f})" for c in curves],
        lines=[list(zip(c.recall, c.precision, strict=True)) for c in curves],
        guess=[(0, share), (1, share)] if len(curves) == 1 else [],
    )


def draw_calibration(curves: Sequence[CalibrationCurve], labels: Sequence[str]) -> str:
    """Return observed by predicted share as an SVG, beside the diagonal of a calibrated model.

    A single class has 95 % intervals.
    """
    if not curves:
        return render_empty("Calibration", _ONE_CLASS)
    reaches = [(b.mean_predicted, b.low, b.high) for b in curves[0].bins]
    return _draw_shares(
        title="Calibration",
        x_label="Mean predicted probability",
        y_label="Observed share",
        entries=[labels[c.class_index] for c in curves],
        lines=[[(b.mean_predicted, b.observed_share) for b in c.bins] for c in curves],
        guess=[(0, 0), (1, 1)],
        reaches=reaches if len(curves) == 1 else [],
        dotted=True,
    )


def draw_actual_against_predicted(points: ActualAgainstPredicted, unit: str = "") -> str:
    """Return the actual and the predicted value as an SVG.

    Two lines over time where each row has an instant of its own, else predicted by actual beside
    the diagonal. ``unit`` is the target's.
    """
    if not points.actual:
        return render_empty("Actual and predicted", "Not drawn: there are no rows.")
    of_unit = f" ({unit})" if unit else ""
    instants = points.instants
    if instants and len(instants) > 1 and all(a < b for a, b in pairwise(instants)):
        return _draw_over_time(points, instants, f"Value{of_unit}")
    low, high = widen(
        min(*points.actual, *points.predicted), max(*points.actual, *points.predicted)
    )
    frame = Frame(
        x=Scale(low=low, high=high, start=LEFT, end=WIDTH - RIGHT),
        y=Scale(low=low, high=high, start=HEIGHT - BOTTOM, end=TOP),
        x_label=f"Actual{of_unit}",
        y_label=f"Predicted{of_unit}",
        x_ticks=list_ticks(low, high, most=5),
        y_ticks=list_ticks(low, high),
    )
    dots = render_dots(
        _place_all(frame, list(zip(points.actual, points.predicted, strict=True))),
        radius=2.5,
        opacity=0.6,
    )
    body = render_axes(frame) + _render_guess(frame, [(low, low), (high, high)])
    return render_svg(
        title="Actual and predicted",
        description=f"Predicted by actual value of {len(points.actual):,} rows.",
        body=body + colour_series(0, dots),
    )


def _draw_over_time(points: ActualAgainstPredicted, instants: Sequence[int], y_label: str) -> str:
    low, high = widen(
        min(*points.actual, *points.predicted), max(*points.actual, *points.predicted)
    )
    legend, top = arrange_legend(
        [Entry(series=0, text="actual"), Entry(series=1, text="predicted")], TOP - 4
    )
    first, last = float(instants[0]), float(instants[-1])
    frame = Frame(
        x=Scale(low=first, high=last, start=LEFT, end=WIDTH - RIGHT),
        y=Scale(low=low, high=high, start=HEIGHT - BOTTOM, end=top),
        x_label="Time (UTC)",
        y_label=y_label,
        x_ticks=list_time_ticks(first, last),
        y_ticks=list_ticks(low, high),
    )
    lines = [
        colour_series(series, render_path(_place_all(frame, _pair(instants, values))))
        for series, values in enumerate((points.actual, points.predicted))
    ]
    return render_svg(
        title="Actual and predicted",
        description=f"Actual and predicted value of the latest {len(instants):,} rows over time.",
        body=legend + render_axes(frame) + "".join(lines),
    )


def _draw_shares(
    *,
    title: str,
    x_label: str,
    y_label: str,
    entries: Sequence[str],
    lines: Sequence[Points],
    guess: Points,
    reaches: Sequence[tuple[float, float, float]] = (),
    dotted: bool = False,
) -> str:
    """Return lines between two shares from 0 to 1; a ``reach`` is (x, low, high)."""
    legend, top = arrange_legend([Entry(series=i, text=t) for i, t in enumerate(entries)], TOP - 4)
    height = HEIGHT + top - TOP
    frame = Frame(
        x=Scale(low=0, high=1, start=LEFT, end=WIDTH - RIGHT),
        y=Scale(low=0, high=1, start=height - BOTTOM, end=top),
        x_label=x_label,
        y_label=y_label,
        x_ticks=list_ticks(0, 1),
        y_ticks=list_ticks(0, 1),
    )
    bars = "".join(_render_reach(frame, *reach) for reach in reaches)
    drawn = [
        colour_series(series, _render_series(_place_all(frame, line), dotted=dotted))
        for series, line in enumerate(lines)
    ]
    return render_svg(
        title=title,
        description=f"{y_label} by {x_label[0].lower()}{x_label[1:]}: {'; '.join(entries)}.",
        body=legend + render_axes(frame) + _render_guess(frame, guess) + bars + "".join(drawn),
        height=height,
    )


def _render_series(points: Points, *, dotted: bool) -> str:
    dots = render_dots(points, radius=3, opacity=1) if dotted or len(points) == 1 else ""
    return render_path(points) + dots


def _render_guess(frame: Frame, points: Points) -> str:
    placed = _place_all(frame, points)
    return "".join(render_line(*a, *b, opacity=0.5, dash="4 4") for a, b in pairwise(placed))


def _render_reach(frame: Frame, x: float, low: float, high: float) -> str:
    across = place(frame.x, x)
    return render_line(across, place(frame.y, low), across, place(frame.y, high), opacity=0.6)


def _place_all(frame: Frame, points: Points) -> list[tuple[float, float]]:
    return [(place(frame.x, x), place(frame.y, y)) for x, y in points]


def _pair(instants: Sequence[int], values: Sequence[float]) -> list[tuple[float, float]]:
    return [(float(instant), value) for instant, value in zip(instants, values, strict=True)]
