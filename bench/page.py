"""``docs/benchmarks.md``: what was measured, how, and which targets were reached."""

import os
import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from bench.measure import (
    Figure,
    Spread,
    compare,
    describe_spread,
    find_splits,
    is_reached,
    name_share,
)
from bench.methods import METHODS
from bench.plot import Bar, draw_bars

PICTURE = "benchmarks.svg"
_LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn")


def write_pages(figures: Sequence[Figure], folder: Path, *, command: str, day: str) -> None:
    """Write the page and its picture into ``folder``."""
    (folder / "benchmarks.md").write_text(render_page(figures, command=command, day=day))
    (folder / PICTURE).write_text(draw_bars(list_bars(figures)))


def render_page(figures: Sequence[Figure], *, command: str, day: str) -> str:
    """Return the page as Markdown."""
    lines = [
        "# Benchmarks",
        "",
        f"Written by `{command}` on {day}, in one run on one machine: {describe_machine()}. "
        "Contenders take turns, round by round, so what slows the machine down for a while slows "
        "all of them down. A figure is the median of its rounds with the quartiles in brackets; a "
        "ratio is the median of the rounds' own ratios.",
        "",
        f"![How many times better than each peer]({PICTURE})",
        "",
        "## What was to be reached",
        "",
        *_render_targets(figures),
    ]
    for part, (title, method) in METHODS.items():
        own = [figure for figure in figures if figure.part == part]
        if own:
            lines += ["", f"## {title}", "", method, "", *_render_figures(own)]
    return "\n".join([*lines, ""])


def list_bars(figures: Sequence[Figure]) -> list[Bar]:
    """Return the picture's bars: every comparison, without p99 and without shares of a time."""
    bars = []
    for figure in figures:
        # Upright: how many times better, also where the target is a multiple of the peer's.
        ratio = compare(replace(figure, target=None))
        if ratio is not None and not figure.splits and not figure.what.endswith("p99"):
            label = f"{figure.what} / {figure.peer}"
            bars.append(Bar(label=label, median=ratio.median, low=ratio.low, high=ratio.high))
    return bars


def describe_machine() -> str:
    """Return the processor, its cores, the system and the versions that matter."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    models = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    processor = models[0] if models else platform.machine()
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({processor}), {platform.system()}, Python "
        f"{platform.python_version()}, {versions}"
    )


def _render_targets(figures: Sequence[Figure]) -> list[str]:
    lines = ["| what | against | sought | found | |", "|---|---|---|---|---|"]
    missed = []
    for figure in figures:
        reached = is_reached(figure)
        if reached is None:
            continue
        sought, found = _describe_target(figure)
        mark = "reached" if reached else "**not reached**"
        lines.append(f"| {figure.what} | {figure.peer} | {sought} | {found} | {mark} |")
        if not reached:
            missed.append(figure)
    if missed:
        lines += ["", "Not reached, and where the time goes, as it was measured:", ""]
        lines += [f"- {_explain(figure, figures)}" for figure in missed]
    return lines


def _describe_target(figure: Figure) -> tuple[str, str]:
    if figure.ceiling is not None:
        most = max(figure.samples)
        return f"under {figure.ceiling:,.0f} {figure.unit}", f"{most:,.0f} {figure.unit} at most"
    ratio = compare(figure)
    assert figure.target is not None
    assert ratio is not None
    found = _show_ratio(ratio)
    if figure.target.kind == "at_most":
        return f"at most {figure.target.bound:g} × the peer's", found
    return f"at least {figure.target.bound:g} × as good", found


def _explain(missed: Figure, figures: Sequence[Figure]) -> str:
    """Return the measured lines that say where the time of a missed target goes."""
    whole = f"{missed.what}, against {missed.peer}: "
    splits = find_splits(missed, figures)
    if not splits:
        return whole + "no line of this run says where it goes."
    return whole + "; ".join(_describe_split(split) for split in splits) + "."


def _describe_split(split: Figure) -> str:
    ours = f"{name_share(split)} {_round(describe_spread(split.samples).median)} {split.unit}"
    if not split.peer_samples:
        return ours
    return f"{ours} ({split.peer}: {_round(describe_spread(split.peer_samples).median)})"


def _render_figures(figures: Sequence[Figure]) -> list[str]:
    lines = [
        "| what | unit | ours | peer | the peer's | times better | repetitions |",
        "|---|---|---:|---|---:|---:|---:|",
    ]
    for figure in figures:
        ours = describe_spread(figure.samples)
        peer = describe_spread(figure.peer_samples) if figure.peer_samples else None
        ratio = compare(replace(figure, target=None))
        cells = (
            figure.what + (f" ({figure.note})" if figure.note else ""),
            figure.unit,
            _show(ours),
            figure.peer or "–",
            _show(peer) if peer else "–",
            _show_ratio(ratio) if ratio else "–",
            str(ours.repetitions),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _show(spread: Spread) -> str:
    if spread.repetitions == 1:
        return _round(spread.median)
    return f"{_round(spread.median)} [{_round(spread.low)}–{_round(spread.high)}]"


def _show_ratio(spread: Spread) -> str:
    if spread.repetitions == 1:
        return f"{spread.median:,.3g}"
    return f"{spread.median:.3g} [{spread.low:.3g}–{spread.high:.3g}]"


def _round(value: float) -> str:
    """Return a number with three significant digits, and no exponent.

    >>> _round(0.01234), _round(1234.5), _round(12.345)
    ('0.0123', '1,234', '12.3')
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
