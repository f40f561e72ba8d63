"""Whether a history of calls is one that a single copy, asked one call at a time, could have told.

The search is Wing and Gong's, "Testing and Verifying Concurrent Objects", JPDC 17 (1993), with
states remembered: Lowe, "Testing for linearizability", Concurrency and Computation 29 (2017).
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from tests.storage.concurrency.scheduler import Call

# state, call -> the states that the call may leave, having given its answer; of a call without an
# answer, what it may have done.
Model = Callable[[Any, Call], Iterable[Hashable]]


def is_linearizable(calls: Sequence[Call], *, initial: Hashable, model: Model) -> bool:
    """Return whether some order of the calls, each between its begin and its end, explains every
    answer."""
    seen: set[tuple[frozenset[int], Hashable]] = set()

    def search(left: frozenset[int], state: Hashable) -> bool:
        answered = [number for number in left if calls[number].end is not None]
        if not answered:
            return True
        if (left, state) in seen:
            return False
        seen.add((left, state))
        # Whoever began only after another had ended cannot come before it.
        first_end = min(calls[number].end or 0 for number in answered)
        return any(
            search(left - {number}, following)
            for number in left
            if calls[number].begin <= first_end
            for following in model(state, calls[number])
        )

    return search(frozenset(range(len(calls))), initial)
