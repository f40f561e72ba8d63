"""Which turns are taken: every order of them that can matter, or orders drawn by a seed.

Two turns that may change places unseen (other keys, or reads alone) are tried in one order only, by
sleep sets: P. Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", LNCS
1032 (1996), chapter 5.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.storage.concurrency.scheduler import Run, Turn


@dataclass
class _Node:
    """A state on the way: what may come next, what was tried, and what sleeps."""

    turns: Sequence[Turn]
    asleep: frozenset[Turn]
    tried: list[Turn] = field(default_factory=list)

    def find_next(self) -> Turn | None:
        return next((t for t in self.turns if t not in self.asleep and t not in self.tried), None)


def explore(play: Callable[[Run], bool], *, faults: int) -> Iterator[Run]:
    """Yield one whole run for every order of turns that can matter, with at most ``faults`` faults.

    ``play`` starts the writers anew on a new store, and returns whether the run came to its end.
    """
    path: list[_Node] = []
    while True:
        run = Run(choose=_follow(path), faults_left=faults)
        if play(run):
            yield run
        while path and path[-1].find_next() is None:
            path.pop()
        if not path:
            return
        following = path[-1].find_next()
        assert following is not None
        path[-1].tried.append(following)


def _follow(path: list[_Node]) -> Callable[[Sequence[Turn]], Turn | None]:
    """Return a chooser that takes the path's turns and goes on from its end, making it longer."""
    depth = 0

    def choose(turns: Sequence[Turn]) -> Turn | None:
        nonlocal depth
        if depth == len(path):
            node = _Node(turns=tuple(turns), asleep=_sleep(path))
            turn = node.find_next()
            if turn is None:
                return None  # another order has shown what this one would
            node.tried.append(turn)
            path.append(node)
        depth += 1
        return path[depth - 1].tried[-1]

    return choose


def _sleep(path: Sequence[_Node]) -> frozenset[Turn]:
    if not path:
        return frozenset()
    last = path[-1]
    taken = last.tried[-1]
    known = last.asleep | frozenset(last.tried[:-1])
    return frozenset(turn for turn in known if turn.is_independent_of(taken))


def draw(seed: int, *, fault_rate: float) -> Callable[[Sequence[Turn]], Turn]:
    """Return a chooser that draws a writer, and at ``fault_rate`` a fault, by the seed."""
    drawn = random.Random(seed)

    def choose(turns: Sequence[Turn]) -> Turn:
        writer = drawn.choice(sorted({turn.writer for turn in turns}))
        own = [turn for turn in turns if turn.writer == writer]
        faults = [turn for turn in own if turn.is_fault]
        if faults and drawn.random() < fault_rate:
            return drawn.choice(faults)
        return own[0]

    return choose
