"""The time from a drop to its champion on the embedded cloud, state by state."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.measure import Figure
from dropcast.contracts.keys import RAW
from dropcast.recipes import find_recipe
from emulators.cloud import stop_cloud
from operations.demo_stack import bring_up, find_sample, report_steps
from operations.stacks import DeployedStack
from operations.watching import name_execution, wait_for_drop, wait_for_run

PART = "e"
DATASET = "spotify_preference"
TRAINING_STATES = frozenset({"Try candidates", "Fit model"})
BEFORE = "ingest and features, from the drop to the run's start"
BETWEEN = "between states"
ALL = "all, from the drop to the champion"
SHARE = "not training"


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The seconds of one drop: the whole, and each part in the order in which it began."""

    all_seconds: float
    parts: Mapping[str, float]


def measure_drops(*, folder: Path, repetitions: int, uncounted: int = 1) -> list[Figure]:
    """Return the seconds of each part, and the share that is not training.

    ``uncounted``  the number of first drops that are left out: they find no warm worker and no
    champion
    """
    console = Console(stderr=True, highlight=False)
    try:
        stack = bring_up(folder=folder, show_step=report_steps(console.print))
        return _measure(stack, folder, repetitions=repetitions, uncounted=uncounted)
    finally:
        stop_cloud(folder)


def _measure(
    stack: DeployedStack, folder: Path, *, repetitions: int, uncounted: int
) -> list[Figure]:
    path = folder / "sample.csv"
    timelines = [_time_drop(stack, path, without=i) for i in range(uncounted + repetitions)]
    timelines = timelines[uncounted:]
    names = list(dict.fromkeys(name for timeline in timelines for name in timeline.parts))
    lines = {
        ALL: tuple(timeline.all_seconds for timeline in timelines),
        **{name: tuple(t.parts.get(name, 0.0) for t in timelines) for name in names},
    }
    figures = [
        Figure(part=PART, what=name, unit="s", samples=samples) for name, samples in lines.items()
    ]
    shares = tuple(100 * find_other_share(timeline) for timeline in timelines)
    return [*figures, Figure(part=PART, what=SHARE, unit="%", samples=shares)]


def find_other_share(timeline: Timeline) -> float:
    """Return the share of the time in which no candidate was fitted.

    >>> find_other_share(Timeline(all_seconds=10, parts={"Fit model": 4, "Split rows": 1}))
    0.6
    """
    training = sum(timeline.parts.get(name, 0.0) for name in TRAINING_STATES)
    return 1 - training / timeline.all_seconds


def read_timeline(
    events: Iterable[Mapping[str, Any]], *, dropped_at: float, ended_at: float
) -> Timeline:
    """Return the timeline of an execution's history (``get_execution_history``).

    The time inside a Map is the Map's. ``dropped_at`` and ``ended_at`` are seconds since the epoch.
    """
    parts: dict[str, float] = {}
    entered: tuple[str, float] | None = None
    started_at = None
    for event in events:
        at = _read_seconds(event["timestamp"])
        if started_at is None:
            started_at = at
            parts[BEFORE] = at - dropped_at
        if entered is None and "stateEnteredEventDetails" in event:
            entered = event["stateEnteredEventDetails"]["name"], at
        elif entered is not None and "stateExitedEventDetails" in event:
            name, since = entered
            if event["stateExitedEventDetails"]["name"] == name:
                parts[name] = parts.get(name, 0.0) + at - since
                entered = None
    everything = ended_at - dropped_at
    parts[BETWEEN] = everything - sum(parts.values())
    return Timeline(all_seconds=everything, parts=parts)


def _time_drop(stack: DeployedStack, path: Path, *, without: int) -> Timeline:
    """Drop the sample without its last rows, so that each drop makes a new version."""
    recipe = find_recipe(DATASET)
    lines = (find_sample(DATASET)).read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) - without]))
    key = RAW.format(dataset=DATASET, name="bench")
    dropped_at = time.time()
    version_id = stack.drop_file(path, key)
    drop = wait_for_drop(stack, dataset=DATASET, raw_key=key, version_id=version_id)
    execution = name_execution(stack, recipe, str(drop.dataset_version))
    ended = wait_for_run(stack, execution)
    if ended.status != "SUCCEEDED":
        raise ValueError(f"execution {execution} ended {ended.status}: {ended.error}")
    client = stack.stepfunctions
    described = client.describe_execution(executionArn=execution)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    return read_timeline(
        (event for page in pages for event in page["events"]),
        dropped_at=dropped_at,
        ended_at=described["stopDate"].timestamp(),
    )


def _read_seconds(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else float(moment)
