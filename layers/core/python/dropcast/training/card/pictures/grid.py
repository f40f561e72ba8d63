"""The picture of a confusion matrix."""

from collections.abc import Sequence

from dropcast.training.card.pictures.drawing import (
    RIGHT,
    WIDTH,
    clean,
    colour_series,
    render_empty,
    render_rectangle,
    render_svg,
    render_text,
)

_LEFT, _TOP = 110.0, 62.0
# Above this many classes a cell has no space for its text; it keeps its shade and its tip.
_MOST_WRITTEN = 10


def draw_confusion(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    """Return a matrix [truth][predicted] of rows as an SVG.

    A cell is as strong as its share of the true class's rows, which is written under its count.
    """
    total = sum(sum(line) for line in confusion)
    if not total:
        return render_empty("Confusion", "Not drawn: there are no rows.")
    k = len(confusion)
    side = (WIDTH - RIGHT - _LEFT) / k
    high = min(side, 64.0)
    bottom = _TOP + high * k
    parts = [
        render_text((_LEFT + WIDTH - RIGHT) / 2, 36, "Predicted", anchor="middle", opacity=0.8),
        render_text(13, (_TOP + bottom) / 2, "Truth", anchor="middle", opacity=0.8, turned=True),
    ]
    for i, (label, line) in enumerate(zip(labels, confusion, strict=True)):
        middle = _TOP + high * (i + 0.5)
        across = _LEFT + side * (i + 0.5)
        # Where a column is too narrow for a name, it has its line's number.
        name, head = (label, label) if k <= _MOST_WRITTEN else (f"{label} {i + 1}", f"{i + 1}")
        parts.append(render_text(_LEFT - 8, middle + 4, name, anchor="end", width=_LEFT - 34))
        parts.append(render_text(across, _TOP - 6, head, anchor="middle", width=side - 4))
        of_class = sum(line)
        for j, count in enumerate(line):
            share = count / of_class if of_class else None
            corner = (_LEFT + side * j, _TOP + high * i)
            tip = f"{label} predicted as {labels[j]}: {count:,} rows"
            parts.append(_render_cell(corner, (side, high), count, share, tip, written=k))
    right = sum(confusion[c][c] for c in range(k))
    return render_svg(
        title="Confusion",
        description=f"{right:,} of {total:,} rows are predicted as their true class.",
        body="".join(parts),
        height=bottom + 14,
    )


def _render_cell(
    corner: tuple[float, float],
    size: tuple[float, float],
    count: int,
    share: float | None,
    tip: str,
    *,
    written: int,
) -> str:
    (x, y), (width, height) = corner, size
    shade = render_rectangle(
        x + 1, y + 1, width - 2, height - 2, opacity=0.06 + 0.5 * (share or 0.0)
    )
    texts = [f"{count:,}"] if share is None else [f"{count:,}", f"{share:.1%}"]
    if height < 34 or width < 44:
        texts = texts[:1]
    lines = (
        render_text(
            x + width / 2,
            y + height / 2 + 4 + 15 * (i - (len(texts) - 1) / 2),
            text,
            anchor="middle",
            opacity=1 if i == 0 else 0.8,
        )
        for i, text in enumerate(texts)
    )
    body = "".join(lines) if written <= _MOST_WRITTEN else ""
    return f"<g><title>{clean(tip)}</title>{colour_series(0, shade)}{body}</g>"
