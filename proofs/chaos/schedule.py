"""A schedule: what is done and what goes wrong, drawn from one seed, and told as a list."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Literal

from emulators.faults.plan import Point
from proofs.chaos.files import POISONS, DrawnFile, draw_file, draw_stations
from proofs.chaos.ground import DATASET, STATIONS

Deed = Literal[
    "drop", "drop at once", "overwrite", "overwrite at commit", "race", "rollback", "corrupt"
]
Base = Literal["empty", "champions"]

# How a seed's S3 behaves: rates by what happens to a request.
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
HOSTILE = ("pickle", "zip", "cut", "flip", "other")
EVENT_RATES: tuple[dict[str, float], ...] = (
    {},
    {"duplicate": 0.3, "delay": 0.3},
    {"duplicate": 0.2, "delay": 0.2, "drop": 0.2},
    {"drop": 0.5},
    {"delay": 0.9},
)
# The request that waits while something is done behind its back: the read of a file's bytes (the
# first makes the fingerprint), the move of the dataset's pointer, and the look at the champion
# before the move.
GATES: dict[Deed, tuple[str, str, int]] = {
    "overwrite": ("ingest", "GET raw raw/", 2),
    "overwrite at commit": ("ingest", "PUT lake clean/current/", 1),
    "race": ("register", "GET models champions/", 2),
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that is done. ``pause_seconds`` follow it."""

    deed: Deed
    key: str = ""
    file: DrawnFile | None = None
    second: DrawnFile | None = None
    pause_seconds: float = 0.0
    what: str = ""

    def tell(self) -> str:
        """Return the act as a line."""
        files = [f"{f.kind}, {f.rows} rows" for f in (self.file, self.second) if f is not None]
        told = " then ".join(files)
        return " ".join(filter(None, [self.deed, self.key, self.what, told and f"({told})"]))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """All of a seed."""

    seed: int
    base: Base
    weather: str
    events: dict[str, float]
    points: tuple[Point, ...]
    acts: tuple[Act, ...]

    @property
    def plan(self) -> dict[str, Any]:
        """The faults, as the emulator is told of them."""
        gates = [
            Point(door=door, name=name, count=count, when="before", act="gate")
            for door, name, count in (GATES[a.deed] for a in self.acts if a.deed in GATES)
        ]
        return {
            "seed": self.seed,
            "points": [asdict(point) for point in (*self.points, *gates)],
            "requests": WEATHERS[self.weather],
            "events": self.events,
        }

    def tell(self) -> list[str]:
        """Return the schedule as lines for a person."""
        events = ", ".join(f"{name} {rate:.0%}" for name, rate in self.events.items())
        points = [
            f"fault: {p.act} {p.when} request {p.count} of '{p.name}' by {p.door}"
            for p in self.points
        ]
        head = [f"base: {self.base}", f"S3: {self.weather}", f"events: {events or 'in order'}"]
        return [*head, *points, *(act.tell() for act in self.acts)]


def draw_schedule(seed: int, points: Sequence[Point]) -> Schedule:
    """Return the schedule of a seed. ``points`` are all places where a function can be killed."""
    random = Random(f"schedule {seed}")  # noqa: S311 - an order, not a secret
    base: Base = "champions" if random.random() < 0.7 else "empty"
    gated = random.random() < 0.2
    acts = _draw_gated(random, seed, base) if gated else _draw_acts(random, seed, base)
    weather = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    return Schedule(
        seed=seed,
        base=base,
        weather=weather,
        events=dict(random.choice(EVENT_RATES)),
        points=_choose_points(seed, points),
        acts=tuple(acts),
    )


def _choose_points(seed: int, points: Sequence[Point]) -> tuple[Point, ...]:
    """Return one point of the doors that events start, and one of the state machine's: of each the
    one that draws the least by the seed and its own name. A place more is in no other's way, so it
    changes the schedules alone that it is chosen for. Places draw first, then their requests."""
    groups = (
        [p for p in points if p.door in ("ingest", "features")],
        [p for p in points if p.door not in ("ingest", "features")],
    )

    def draw(point: Point) -> tuple[bytes, bytes]:
        named = (seed, point.door, point.name, point.when), (seed, point)
        place, request = (hashlib.sha256(repr(one).encode()).digest() for one in named)
        return place, request

    return tuple(min(group, key=draw) for group in groups if group)


def tell_places(points: Sequence[Point]) -> str:
    """Return a short digest of the places: a seed is the same schedule where that is the same."""
    told = "\n".join(sorted(map(repr, points)))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _draw_gated(random: Random, seed: int, base: Base) -> list[Act]:
    if base == "champions" and random.random() < 0.5:
        file = draw_file(random, mark=f"s{seed}", kind="dirty", rows=460)
        return [Act(deed="race", key=f"raw/{DATASET}/race.csv", file=file)]
    file = _draw(random, seed, 0, "clean")
    second = _draw(random, seed, 1, random.choice(("clean", "dirty", "other columns")))
    deed: Deed = random.choice(("overwrite", "overwrite at commit"))
    key = f"raw/{DATASET}/over.csv"
    return [Act(deed=deed, key=key, file=file, second=second)]


def _draw_acts(random: Random, seed: int, base: Base) -> list[Act]:
    acts: list[Act] = []
    keys = [f"raw/{DATASET}/{name}" for name in ("a.csv", "b/c d.csv", "seed.csv")]
    for number in range(random.randint(2, 4)):
        kind = random.choice(("clean", "dirty", "dirty", "gzip", "poison"))
        kind = random.choice(list(POISONS)) if kind == "poison" else kind
        file = _draw(random, seed, number, kind)
        key = random.choice(keys)
        deed = random.choices(("drop", "drop at once", "again", "stations"), (6, 3, 2, 1))[0]
        pause = random.choice((0.0, 0.0, 0.2, 1.0))
        if deed == "stations":
            body = draw_stations(random)
            stations = DrawnFile(body=body, rows=body.count(b"\n") - 1, bad=0, kind="stations")
            place = f"raw/{STATIONS}/stations.csv"
            acts.append(Act(deed="drop", key=place, file=stations, pause_seconds=pause))
        elif deed == "again" and acts:
            earlier = acts[random.randrange(len(acts))]
            acts.append(Act(deed="drop", key=earlier.key, file=earlier.file, what="again"))
        elif deed == "drop at once":
            other = _draw(random, seed, number + 10, random.choice(("clean", "dirty")))
            acts.append(Act(deed="drop at once", key=key, file=file, second=other))
        else:
            acts.append(Act(deed="drop", key=key, file=file, pause_seconds=pause))
    if base == "champions":
        extra: list[Act] = []
        if random.random() < 0.35:
            extra.append(Act(deed="rollback"))
        if random.random() < 0.35:
            extra.append(Act(deed="corrupt", what=random.choice(HOSTILE)))
        for act in extra:
            acts.insert(random.randint(0, len(acts)), act)
    return acts


def _draw(random: Random, seed: int, number: int, kind: str) -> DrawnFile:
    rows = random.choice((30, 60, 120, 420))
    return draw_file(random, mark=f"s{seed}n{number}", kind=kind, rows=rows)
