"""Figures with their spread.

Contenders are measured in turn, so that a slow phase of the machine slows all of them down.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")
_OF_WHICH = ", of which: "


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A median, the quartiles around it and the number of repetitions."""

    median: float
    low: float
    high: float
    repetitions: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """A ratio to reach: ``at_most`` for ours / theirs, ``at_least`` for how many times better."""

    kind: Literal["at_most", "at_least"]
    bound: float


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the page: a measurement of ours and, in the same rounds, of a peer.

    ``samples``, ``peer_samples``  one per round, in ``unit``; without a peer the second is empty
    ``more_is_better``  set for rates; times, sizes and costs are better when they are less
    ``target``   of the ratio, where there is one
    ``ceiling``  in ``unit``, that every sample of ours must stay under, where there is one
    ``note``     for the reader
    ``splits``   on a line that is a share of others' time: texts in the names of those lines
    """

    part: str
    what: str
    unit: str
    samples: tuple[float, ...]
    peer: str = ""
    peer_samples: tuple[float, ...] = ()
    more_is_better: bool = False
    target: Target | None = None
    ceiling: float | None = None
    note: str = ""
    splits: tuple[str, ...] = ()


def describe_spread(values: Sequence[float]) -> Spread:
    """Return the median and the quartiles.

    >>> describe_spread([1.0, 2.0, 3.0, 4.0, 100.0])
    Spread(median=3.0, low=2.0, high=4.0, repetitions=5)
    """
    if len(values) == 1:
        return Spread(median=values[0], low=values[0], high=values[0], repetitions=1)
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median=middle, low=low, high=high, repetitions=len(values))


def compare(figure: Figure) -> Spread | None:
    """Return the ratio round by round: how many times better ours is than the peer.

    Where the target is ``at_most``, it is ours as a multiple of the peer's.
    """
    if not figure.peer_samples:
        return None
    pairs = zip(figure.samples, figure.peer_samples, strict=True)
    multiple = figure.target is not None and figure.target.kind == "at_most"
    upright = figure.more_is_better or multiple
    return describe_spread([ours / theirs if upright else theirs / ours for ours, theirs in pairs])


def is_reached(figure: Figure) -> bool | None:
    """Return whether the median ratio reaches the target, or all samples stay under the ceiling.

    ``None`` where there is neither.
    """
    if figure.ceiling is not None:
        return max(figure.samples) < figure.ceiling
    ratio = compare(figure)
    if figure.target is None or ratio is None:
        return None
    if figure.target.kind == "at_most":
        return ratio.median <= figure.target.bound
    return ratio.median >= figure.target.bound


def find_percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that ``percent`` of the values do not exceed.

    >>> find_percentile(list(range(1, 101)), 99)
    99
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def name_split(whole: str, share: str) -> str:
    """Return the name of a line that is a share of another line's time.

    >>> name_split("a request", "the check")
    'a request, of which: the check'
    """
    return f"{whole}{_OF_WHICH}{share}"


def name_share(figure: Figure) -> str:
    """Return the share's part of a line's name.

    >>> name_share(Figure(part="a", what=name_split("a request", "checks"), unit="s", samples=(1,)))
    'checks'
    """
    return figure.what.rpartition(_OF_WHICH)[2]


def find_splits(missed: Figure, figures: Sequence[Figure]) -> list[Figure]:
    """Return the lines that are shares of the time of a figure that missed its target.

    A ceiling is no time, so it has none.
    """
    if missed.ceiling is not None:
        return []
    return [one for one in figures if any(words in missed.what for words in one.splits)]


def take_turns(
    contenders: Mapping[str, Callable[[], T]], repetitions: int
) -> dict[str, tuple[T, ...]]:
    """Return the results of each contender by round; each round begins with another contender."""
    names = list(contenders)
    found: dict[str, list[T]] = {name: [] for name in names}
    for round_ in range(repetitions):
        first = round_ % len(names)
        for name in (*names[first:], *names[:first]):
            found[name].append(contenders[name]())
    return {name: tuple(values) for name, values in found.items()}
