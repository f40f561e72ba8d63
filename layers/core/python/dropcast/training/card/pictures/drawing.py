"""The parts that every picture is made of: the SVG itself, text, frame with axes, legend.

All text is escaped here and nowhere else. Lengths are pixels of the view box.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dropcast.training.card.pictures.scales import Scale, Tick, place

WIDTH = 420.0
HEIGHT = 320.0
FONT = 12.0
LEFT, RIGHT, TOP, BOTTOM = 72.0, 14.0, 30.0, 46.0
# About how wide a character of the font is.
_LETTER = 6.4
_LEGEND_LINE = 16.0
# Middling tones: at least 3 to 1 against a white and a black page.
_COLOURS = ("#2f7ebc", "#d1661a", "#2a9461", "#a65bc4", "#c2477a", "#8a7f14")
_DASHES = ("none", "7 3", "2 3", "8 3 2 3")
# What XML does not let a document hold, escaped or not.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The place of the data inside a picture: two scales and what is written on their axes."""

    x: Scale
    y: Scale
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the legend: the series' number, which is its colour, and its name."""

    series: int
    text: str


def render_svg(*, title: str, description: str, body: str, height: float = HEIGHT) -> str:
    """Return a whole SVG; ``body`` is made by this package."""
    head = render_text(8, 16, title, weight=600)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:g} {height:g}" '
        f'width="{WIDTH:g}" height="{height:g}" fill="currentColor" '
        f'style="max-width:100%;height:auto;font:{FONT:g}px system-ui,sans-serif">'
        f"<title>{clean(title)}</title><desc>{clean(description)}</desc>{head}{body}</svg>"
    )


def render_empty(title: str, sentence: str) -> str:
    """Return a picture that says why there is nothing to see."""
    body = render_text(8, 44, sentence, opacity=0.8)
    return render_svg(title=title, description=sentence, body=body, height=64)


def clean(text: str) -> str:
    """Return text that an SVG may hold: escaped, control characters replaced.

    >>> clean("R&B <live>")
    'R&amp;B &lt;live&gt;'
    """
    return escape(_UNPRINTABLE.sub("\ufffd", text))


def shorten(text: str, width: float) -> str:
    """Return the text cut to what fits into a width in pixels, with an ellipsis."""
    most = max(1, int(width / _LETTER))
    return text if len(text) <= most else text[: most - 1] + "…"


def render_text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    opacity: float = 1.0,
    weight: int = 400,
    turned: bool = False,
    width: float = WIDTH,
) -> str:
    """Return a text of at most ``width`` pixels; one that is cut has the whole as its title."""
    shown = shorten(text, width)
    tip = "" if shown == text else f"<title>{clean(text)}</title>"
    extra = f' opacity="{opacity:g}"' if opacity < 1 else ""
    extra += f' font-weight="{weight}"' if weight != 400 else ""
    extra += f' text-anchor="{anchor}"' if anchor != "start" else ""
    extra += f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{extra}>{tip}{clean(shown)}</text>'


def render_line(
    x1: float, y1: float, x2: float, y2: float, *, opacity: float = 1.0, dash: str = "none"
) -> str:
    """Return a straight line between two points, in pixels, in the colour of the text."""
    dashed = "" if dash == "none" else f' stroke-dasharray="{dash}"'
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'opacity="{opacity:g}"{dashed}/>'
    )


def render_rectangle(
    x: float, y: float, width: float, height: float, *, opacity: float = 1.0
) -> str:
    """Return a rectangle in the colour of what is around it."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill-opacity="{opacity:.2f}"/>'
    )


def render_path(points: Sequence[tuple[float, float]]) -> str:
    """Return a line through the points, in pixels, in the colour of what is around it."""
    steps = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{steps}" fill="none" stroke-width="1.8" stroke-linejoin="round"/>'


def render_dots(points: Sequence[tuple[float, float]], *, radius: float, opacity: float) -> str:
    """Return dots at the points, in pixels, in the colour of what is around them."""
    circles = (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>' for x, y in points)
    return f'<g fill-opacity="{opacity:g}" stroke="none">{"".join(circles)}</g>'


def colour_series(series: int, body: str) -> str:
    """Return a body in the colour and dashes of a series (0, 1, ...)."""
    colour = series % len(_COLOURS)
    paint = f"var(--series-{colour + 1},{_COLOURS[colour]})"
    dash = _DASHES[series // len(_COLOURS) % len(_DASHES)]
    dashed = "" if dash == "none" else f";stroke-dasharray:{dash}"
    return f'<g style="stroke:{paint};fill:{paint}{dashed}">{body}</g>'


def render_axes(frame: Frame) -> str:
    """Return grid lines, tick texts and axis labels."""
    left, right, bottom, top = frame.x.start, frame.x.end, frame.y.start, frame.y.end
    parts = [render_line(left, bottom, right, bottom, opacity=0.7)]
    for tick in frame.y_ticks:
        y = place(frame.y, tick.value)
        parts.append(render_line(left, y, right, y, opacity=0.15))
        parts.append(render_text(left - 6, y + 4, tick.text, anchor="end", opacity=0.8))
    for tick in frame.x_ticks:
        x = place(frame.x, tick.value)
        parts.append(render_line(x, bottom, x, bottom + 4, opacity=0.7))
        parts.append(render_text(x, bottom + 17, tick.text, anchor=_anchor(frame, x), opacity=0.8))
    parts.append(
        render_text((left + right) / 2, bottom + 36, frame.x_label, anchor="middle", width=340)
    )
    if frame.y_label:
        middle = (top + bottom) / 2
        parts.append(
            render_text(13, middle, frame.y_label, anchor="middle", turned=True, width=bottom - top)
        )
    return "".join(parts)


def arrange_legend(entries: Sequence[Entry], top: float) -> tuple[str, float]:
    """Return the legend from ``top`` down, as many lines as it needs, and where it ends."""
    parts, x, y = [], 8.0, top
    for entry in entries:
        text = shorten(entry.text, WIDTH - 60)
        width = 30 + len(text) * _LETTER + 12
        if x > 8 and x + width > WIDTH - 8:
            x, y = 8.0, y + _LEGEND_LINE
        stroke = render_path([(x, y + 8), (x + 22, y + 8)])
        parts.append(colour_series(entry.series, stroke))
        parts.append(render_text(x + 28, y + 12, entry.text, width=WIDTH - 60))
        x += width
    return "".join(parts), y + (_LEGEND_LINE if entries else 0) + 8


def _anchor(frame: Frame, x: float) -> str:
    """Long texts at the right end are set so that they stay inside the picture."""
    long = any(len(tick.text) > 7 for tick in frame.x_ticks)
    return "end" if long and x > frame.x.end - 30 else "middle"
