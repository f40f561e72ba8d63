"""What goes wrong, as data: drawn from a seed and from what happens, never from when it happens.

A draw is keyed by the seed and by the name and count of what it is about (the second event of this
object, the third read of that kind by this function), so threads that overtake each other change
nothing in what is drawn.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

# What may happen to a request before it reaches S3, and after it took effect.
BEFORE = ("kill", "slow", "throttle", "fail", "cut", "gate")
AFTER = ("kill", "slow", "fail", "cut")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to S3: which function's, what for, and how many of that kind it has made in all
    invocations since the plan was armed (``count``) and in this one (``ordinal``, of any kind)."""

    door: str
    name: str
    count: int
    ordinal: int

    @property
    def method(self) -> str:
        """HTTP's, with which the name begins."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A fault at one certain request: the ``count``-th of the name by the door."""

    door: str
    name: str
    count: int
    when: str
    act: str
    seconds: float = 0.0

    @property
    def key(self) -> tuple[str, str, int]:
        return self.door, self.name, self.count


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one request or event. ``when`` is "before" or "after" of a request."""

    act: str
    when: str = "before"
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The faults of a schedule.

    ``points``    at certain requests
    ``requests``  the rate of each drawn fault of requests, by ``"<when> <act>"``
    ``events``    the rate of each fault of events: ``duplicate``, ``delay``, ``drop``
    """

    seed: int = 0
    points: tuple[Point, ...] = ()
    requests: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, float] = field(default_factory=dict)

    def decide_request(self, call: Call) -> list[Fault]:
        """Return what happens to a request: its points, else what is drawn."""
        told = [
            Fault(act=point.act, when=point.when, seconds=point.seconds)
            for point in self.points
            if point.key == (call.door, call.name, call.count)
        ]
        if told:
            return told
        random = self._draw("request", call.door, call.name, call.count)
        act = _pick(random, self.requests)
        if act is None:
            return []
        when, _, name = act.partition(" ")
        return [Fault(act=name, when=when, seconds=random.uniform(0.05, 0.6))]

    def decide_event(self, key: str, count: int) -> list[float] | None:
        """Return after how many seconds each copy of an event arrives; ``None``: it is lost."""
        random = self._draw("event", key, count)
        act = _pick(random, self.events)
        if act is None:
            return [0.0]
        if act == "drop":
            return None
        late = random.uniform(0.05, 2.5)
        return [late] if act == "delay" else [0.0, *([late] * random.randint(1, 2))]

    def _draw(self, *what: object) -> Random:
        digest = hashlib.sha256(repr((self.seed, *what)).encode()).digest()
        return Random(int.from_bytes(digest[:8]))  # noqa: S311 - a plan, not a secret


def read_plan(document: Mapping[str, Any]) -> Plan:
    """Return the plan in a JSON document."""
    return Plan(
        seed=int(document.get("seed", 0)),
        points=tuple(Point(**point) for point in document.get("points", ())),
        requests=dict(document.get("requests", {})),
        events=dict(document.get("events", {})),
    )


def name_call(method: str, bucket: str, key: str, prefixes: Iterable[str]) -> str:
    """Return what a request is for, the same in every schedule.

    >>> name_call("GET", "lake", "clean/current/x.json", ("clean/", "clean/current/"))
    'GET lake clean/current/'
    >>> name_call("GET", "lake", "", ())
    'GET lake (list)'
    """
    longest = max((p for p in prefixes if key.startswith(p)), key=len, default="(other)")
    return f"{method} {bucket} {longest if key else '(list)'}"


def _pick(random: Random, rates: Mapping[str, float]) -> str | None:
    drawn = random.random()
    for name, rate in sorted(rates.items()):
        if drawn < rate:
            return name
        drawn -= rate
    return None


@dataclass(kw_only=True)
class Journal:
    """What happened since the plan was armed."""

    fired: list[dict[str, Any]] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
