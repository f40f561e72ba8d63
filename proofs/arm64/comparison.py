"""What two machines gave for one program, compared value by value."""

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proofs.arm64.machines import ProgramFailedError

_MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one check found. ``problems`` is empty where both machines agree."""

    name: str
    values: int
    tolerance: float
    problems: tuple[str, ...]
    seconds: float


def compare_results(
    name: str,
    here: Callable[[], Any],
    arm64: Callable[[], Any],
    *,
    tolerance: float = 0.0,
    ignored: Collection[str] = (),
) -> Outcome:
    """Return how the results of two runs compare.

    Values under the keys ``ignored`` are left out. A program that fails, or that gives nothing to
    compare, is a problem as a difference is.
    """
    started = time.monotonic()
    values = 0
    try:
        expected, found = (_drop_keys(run(), ignored) for run in (here, arm64))
        values = count_values(expected)
        problems = list(find_differences(expected, found, tolerance=tolerance))
        if not values and not problems:
            problems = ["the program gave nothing to compare"]
    except ProgramFailedError as error:
        problems = [str(error)]
    return Outcome(
        name=name,
        values=values,
        tolerance=tolerance,
        problems=tuple(problems),
        seconds=time.monotonic() - started,
    )


def _drop_keys(result: Any, ignored: Collection[str]) -> Any:
    if not isinstance(result, Mapping):
        return result
    return {key: value for key, value in result.items() if key not in ignored}


def count_values(result: Any) -> int:
    """Return how many values a result holds.

    >>> count_values({"a": [1, 2], "b": "x"})
    3
    """
    if isinstance(result, Mapping):
        return sum(map(count_values, result.values()))
    if isinstance(result, list):
        return sum(map(count_values, result))
    return 1


def find_differences(
    here: Any, arm64: Any, *, tolerance: float = 0.0, place: str = "result"
) -> Iterator[str]:
    """Yield a line for each value that differs, with its place.

    Two floats may be ``tolerance`` apart; everything else must be equal. Floats that must have the
    same bits are compared as hexadecimal texts, which differ for -0.0 and 0.0.

    >>> list(find_differences({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]}))
    ['result, a, 1: 2.0 here, 2.5 on arm64']
    """
    if isinstance(here, Mapping) and isinstance(arm64, Mapping):
        for key in sorted({*here, *arm64}):
            inner = f"{place}, {key}"
            if key not in here or key not in arm64:
                yield f"{inner}: only {'here' if key in here else 'on arm64'}"
            else:
                yield from find_differences(here[key], arm64[key], tolerance=tolerance, place=inner)
    elif isinstance(here, list) and isinstance(arm64, list) and len(here) == len(arm64):
        for index, (one, other) in enumerate(zip(here, arm64, strict=True)):
            inner = f"{place}, {index}"
            yield from find_differences(one, other, tolerance=tolerance, place=inner)
    elif not _are_equal(here, arm64, tolerance):
        yield f"{place}: {_show(here)} here, {_show(arm64)} on arm64"


def _are_equal(here: Any, arm64: Any, tolerance: float) -> bool:
    if isinstance(here, float) and isinstance(arm64, float):
        if math.isnan(here) or math.isnan(arm64):
            return math.isnan(here) and math.isnan(arm64)
        return here == arm64 or abs(here - arm64) <= tolerance
    return type(here) is type(arm64) and bool(here == arm64)


def _show(value: Any) -> str:
    return f"{len(value)} values" if isinstance(value, list | Mapping) else repr(value)


def describe_outcome(outcome: Outcome) -> str:
    """Return the line that the operator reads, or the lines where there are problems."""
    if outcome.problems:
        shown = [f"    {problem}" for problem in outcome.problems[:_MOST_SHOWN]]
        more = len(outcome.problems) - len(shown)
        shown += [f"    and {more:,} more"] if more > 0 else []
        return "\n".join([f"  DIFFERS  {outcome.name}", *shown])
    equal = f"floats within {outcome.tolerance}" if outcome.tolerance else "all equal"
    return f"  equal    {outcome.name}: {outcome.values:,} values, {equal}; {outcome.seconds:.0f} s"


def summarise(outcomes: Collection[Outcome]) -> tuple[str, int]:
    """Return the last line and the exit status."""
    different = sum(bool(outcome.problems) for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    if different:
        return f"{different} of {len(outcomes)} checks found a difference; {seconds:.0f} s", 1
    return f"{len(outcomes)} checks, no difference; {seconds:.0f} s", 0
