"""What goes wrong, as data: drawn from a seed and from what happens, never from when it happens.

A draw is keyed by the seed and by the name and count of the request or event (the second event of
this object, the third read of that kind by this function), so threads that overtake each other do
not change what is drawn.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to S3 by a function.

    ``name``     what it is for (``name_call``)
    ``count``    how many of that name the function has made since the plan was armed
    ``ordinal``  its place among all requests of its invocation, from 1
    """

    function: str
    name: str
    count: int
    ordinal: int

    @property
    def method(self) -> str:
        """The HTTP method, with which the name begins."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A fault at one certain request: the ``count``-th of this name by the function."""

    function: str
    name: str
    count: int
    when: str
    action: str
    seconds: float = 0.0

    @property
    def key(self) -> tuple[str, str, int]:
        """What identifies the request."""
        return self.function, self.name, self.count

    @property
    def text(self) -> str:
        """The text that draws and digests are made from.

        It is written out here, so that a seed stays the same schedule when a field is renamed.
        """
        return (
            f"Point(function={self.function!r}, name={self.name!r}, count={self.count!r}, "
            f"when={self.when!r}, act={self.action!r}, seconds={self.seconds!r})"
        )


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one request. ``when`` is "before" it reaches S3 or "after" it took effect.

    ``action``  "kill", "slow", "fail" or "cut", and before a request also "throttle" or "gate"
    """

    action: str
    when: str = "before"
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The faults of a schedule.

    ``points``    at certain requests
    ``requests``  the rate of each drawn fault of requests, by ``"<when> <action>"``
    ``events``    the rate of each fault of events: ``duplicate``, ``delay``, ``drop``
    """

    seed: int = 0
    points: tuple[Point, ...] = ()
    requests: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, float] = field(default_factory=dict)

    def decide_request(self, call: Call) -> list[Fault]:
        """Return what happens to a request: its points, else what is drawn."""
        planned = [
            Fault(action=point.action, when=point.when, seconds=point.seconds)
            for point in self.points
            if point.key == (call.function, call.name, call.count)
        ]
        if planned:
            return planned
        random = self._draw("request", call.function, call.name, call.count)
        drawn = _pick(random, self.requests)
        if drawn is None:
            return []
        when, _, action = drawn.partition(" ")
        return [Fault(action=action, when=when, seconds=random.uniform(0.05, 0.6))]

    def decide_event(self, key: str, count: int) -> list[float] | None:
        """Return after how many seconds each copy of an event arrives; ``None``: it is lost."""
        random = self._draw("event", key, count)
        action = _pick(random, self.events)
        if action is None:
            return [0.0]
        if action == "drop":
            return None
        late = random.uniform(0.05, 2.5)
        return [late] if action == "delay" else [0.0, *([late] * random.randint(1, 2))]

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
