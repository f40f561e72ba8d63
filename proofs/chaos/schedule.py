"""A schedule: actions and faults, drawn from one seed."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Literal

from emulators.faults.plan import Point
from proofs.chaos.cloud_setup import DATASET, STATIONS
from proofs.chaos.files import POISONS, DrawnFile, draw_file, draw_stations

ActionKind = Literal[
    "drop", "drop at once", "overwrite", "overwrite at commit", "race", "rollback", "corrupt"
]
Base = Literal["empty", "champions"]

# How S3 behaves during a schedule: the rate of each fault of a request.
WEATHERS: dict[str, dict[str, float]] = {
    "calm": {},
    "slow": {"before slow": 0.10, "after slow": 0.05},
    "throttling": {"before throttle": 0.12, "before slow": 0.04},
    "failing": {
        "before fail": 0.04,
        "before cut": 0.03,
        "after fail": 0.03,
        "after cut": 0.03,
        "before kill": 0.004,
        "after kill": 0.004,
    },
    "down": {"before throttle": 0.45, "before fail": 0.25},
}
_WEIGHTS = {"calm": 6, "slow": 3, "throttling": 4, "failing": 6, "down": 1}
HOSTILE_KINDS = ("pickle", "zip", "cut", "flip", "other")
EVENT_RATES: tuple[dict[str, float], ...] = (
    {},
    {"duplicate": 0.3, "delay": 0.3},
    {"duplicate": 0.2, "delay": 0.2, "drop": 0.2},
    {"drop": 0.5},
    {"delay": 0.9},
)
# The request that waits at its gate while another change is made: the read of a file's bytes (the
# first read makes the fingerprint), the move of the dataset's pointer, and the read of the champion
# before its move.
GATES: dict[ActionKind, tuple[str, str, int]] = {
    "overwrite": ("ingest", "GET raw raw/", 2),
    "overwrite at commit": ("ingest", "PUT lake clean/current/", 1),
    "race": ("register", "GET models champions/", 2),
}


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action, and the ``pause_seconds`` after it."""

    kind: ActionKind
    key: str = ""
    file: DrawnFile | None = None
    second: DrawnFile | None = None
    pause_seconds: float = 0.0
    what: str = ""

    def describe(self) -> str:
        """Return the action as a line."""
        files = [f"{f.kind}, {f.rows} rows" for f in (self.file, self.second) if f is not None]
        listed = " then ".join(files)
        return " ".join(filter(None, [self.kind, self.key, self.what, listed and f"({listed})"]))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Everything that is drawn from a seed."""

    seed: int
    base: Base
    weather: str
    events: dict[str, float]
    points: tuple[Point, ...]
    actions: tuple[Action, ...]

    @property
    def plan(self) -> dict[str, Any]:
        """The faults, as the document that the emulator reads."""
        gates = [
            Point(function=function, name=name, count=count, when="before", action="gate")
            for function, name, count in (GATES[a.kind] for a in self.actions if a.kind in GATES)
        ]
        return {
            "seed": self.seed,
            "points": [asdict(point) for point in (*self.points, *gates)],
            "requests": WEATHERS[self.weather],
            "events": self.events,
        }

    def describe(self) -> list[str]:
        """Return the schedule as lines for a person."""
        events = ", ".join(f"{name} {rate:.0%}" for name, rate in self.events.items())
        points = [
            f"fault: {p.action} {p.when} request {p.count} of '{p.name}' by {p.function}"
            for p in self.points
        ]
        head = [f"base: {self.base}", f"S3: {self.weather}", f"events: {events or 'in order'}"]
        return [*head, *points, *(action.describe() for action in self.actions)]


def draw_schedule(seed: int, points: Sequence[Point]) -> Schedule:
    """Return the schedule of a seed; ``points`` are all kills that may be drawn."""
    random = Random(f"schedule {seed}")  # noqa: S311 - an order, not a secret
    base: Base = "champions" if random.random() < 0.7 else "empty"
    gated = random.random() < 0.2
    actions = _draw_gated(random, seed, base) if gated else _draw_acts(random, seed, base)
    weather = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    return Schedule(
        seed=seed,
        base=base,
        weather=weather,
        events=dict(random.choice(EVENT_RATES)),
        points=_choose_points(seed, points),
        actions=tuple(actions),
    )


def _choose_points(seed: int, points: Sequence[Point]) -> tuple[Point, ...]:
    """Return one kill in the functions that events start, and one in those of the state machine.

    Of each group it is the point with the least hash of the seed and its own name, so an additional
    point changes only the schedules that it is chosen for. Kinds of requests are drawn first, then
    the single requests.
    """
    groups = (
        [p for p in points if p.function in ("ingest", "features")],
        [p for p in points if p.function not in ("ingest", "features")],
    )

    def draw(point: Point) -> tuple[bytes, bytes]:
        kind = repr((seed, point.function, point.name, point.when))
        request = f"({seed}, {point.text})"
        return hashlib.sha256(kind.encode()).digest(), hashlib.sha256(request.encode()).digest()

    return tuple(min(group, key=draw) for group in groups if group)


def digest_places(points: Sequence[Point]) -> str:
    """Return a short digest of the points; where it is equal, a seed is the same schedule."""
    listed = "\n".join(sorted(point.text for point in points))
    return hashlib.sha256(listed.encode()).hexdigest()[:12]


def _draw_gated(random: Random, seed: int, base: Base) -> list[Action]:
    if base == "champions" and random.random() < 0.5:
        file = draw_file(random, mark=f"s{seed}", kind="dirty", rows=460)
        return [Action(kind="race", key=f"raw/{DATASET}/race.csv", file=file)]
    file = _draw(random, seed, 0, "clean")
    second = _draw(random, seed, 1, random.choice(("clean", "dirty", "other columns")))
    kind: ActionKind = random.choice(("overwrite", "overwrite at commit"))
    key = f"raw/{DATASET}/over.csv"
    return [Action(kind=kind, key=key, file=file, second=second)]


def _draw_acts(random: Random, seed: int, base: Base) -> list[Action]:
    actions: list[Action] = []
    keys = [f"raw/{DATASET}/{name}" for name in ("a.csv", "b/c d.csv", "seed.csv")]
    for number in range(random.randint(2, 4)):
        kind = random.choice(("clean", "dirty", "dirty", "gzip", "poison"))
        kind = random.choice(list(POISONS)) if kind == "poison" else kind
        file = _draw(random, seed, number, kind)
        key = random.choice(keys)
        kind = random.choices(("drop", "drop at once", "again", "stations"), (6, 3, 2, 1))[0]
        pause = random.choice((0.0, 0.0, 0.2, 1.0))
        if kind == "stations":
            body = draw_stations(random)
            stations = DrawnFile(body=body, rows=body.count(b"\n") - 1, bad=0, kind="stations")
            place = f"raw/{STATIONS}/stations.csv"
            actions.append(Action(kind="drop", key=place, file=stations, pause_seconds=pause))
        elif kind == "again" and actions:
            earlier = actions[random.randrange(len(actions))]
            actions.append(Action(kind="drop", key=earlier.key, file=earlier.file, what="again"))
        elif kind == "drop at once":
            other = _draw(random, seed, number + 10, random.choice(("clean", "dirty")))
            actions.append(Action(kind="drop at once", key=key, file=file, second=other))
        else:
            actions.append(Action(kind="drop", key=key, file=file, pause_seconds=pause))
    if base == "champions":
        extra: list[Action] = []
        if random.random() < 0.35:
            extra.append(Action(kind="rollback"))
        if random.random() < 0.35:
            extra.append(Action(kind="corrupt", what=random.choice(HOSTILE_KINDS)))
        for action in extra:
            actions.insert(random.randint(0, len(actions)), action)
    return actions


def _draw(random: Random, seed: int, number: int, kind: str) -> DrawnFile:
    rows = random.choice((30, 60, 120, 420))
    return draw_file(random, mark=f"s{seed}n{number}", kind=kind, rows=rows)
