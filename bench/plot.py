"""The ratios as a picture: plain SVG, a bar on each line, on a logarithmic scale."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_LINE, _TOP, _BOTTOM = 22, 34, 10
_LABELS, _BARS, _NUMBERS = 560, 420, 90
_WIDTH = _LABELS + _BARS + _NUMBERS


@dataclass(frozen=True, kw_only=True)
class Bar:
    """How many times better ours is than a peer: the median and its quartiles."""

    label: str
    median: float
    low: float
    high: float


def draw_bars(bars: Sequence[Bar]) -> str:
    """Return the SVG document; a bar goes to the left of 1 where the peer is better."""
    values = [value for bar in bars for value in (bar.low, bar.high)]
    lowest = min(0, math.floor(math.log10(min(values, default=1))))
    highest = max(1, math.ceil(math.log10(max(values, default=10))))

    def place(value: float) -> float:
        return _LABELS + _BARS * (math.log10(value) - lowest) / (highest - lowest)

    height = _TOP + _LINE * len(bars) + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="12" role="img">',
        "<title>How many times better than each peer</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for power in range(lowest, highest + 1):
        x = place(10**power)
        colour = "#444444" if power == 0 else "#dddddd"
        parts.append(
            f'<line x1="{x:.1f}" y1="{_TOP - 6}" x2="{x:.1f}" y2="{height - _BOTTOM}" '
            f'stroke="{colour}"/>'
            f'<text x="{x:.1f}" y="{_TOP - 12}" text-anchor="middle">{10**power:g} ×</text>'
        )
    for index, bar in enumerate(bars):
        parts.append(_draw_bar(bar, place, _TOP + _LINE * index))
    return "\n".join([*parts, "</svg>", ""])


def _draw_bar(bar: Bar, place: Callable[[float], float], top: int) -> str:
    one, end = place(1), place(bar.median)
    middle = top + _LINE / 2
    colour = "#2a6f97" if bar.median >= 1 else "#c1432e"
    return (
        f'<text x="{_LABELS - 8}" y="{middle + 4}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect x="{min(one, end):.1f}" y="{top + 4}" width="{abs(end - one):.1f}" '
        f'height="{_LINE - 8}" fill="{colour}"/>'
        f'<line x1="{place(bar.low):.1f}" y1="{middle}" x2="{place(bar.high):.1f}" y2="{middle}" '
        f'stroke="#111111" stroke-width="2"/>'
        f'<text x="{_WIDTH - 4}" y="{middle + 4}" text-anchor="end">{bar.median:.3g} ×</text>'
    )
