"""The milliseconds of a request under ``awslambdaric`` once the process is warm.

Each round has a fresh process of ours and one of the peer's, in turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from bench.measure import take_turns
from bench.serving.cold_start import JOBLIB, OURS, Contender, invoke, list_contenders
from bench.serving.model_store import Store
from bench.serving.peers import install_peer
from bench.serving.served_model import Served, make_event

# The share of each round's first events that is left out, while the process warms up.
_WARMING_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class WarmTimes:
    """Milliseconds from the hand-over of an event to its response, round by round."""

    ours: tuple[tuple[float, ...], ...]
    peer: tuple[tuple[float, ...], ...]
    peer_name: str = JOBLIB


def measure_warm(
    served: Served, store: Store, *, peers: Path, folder: Path, repetitions: int, events: int
) -> WarmTimes:
    """Return the times of ``repetitions`` rounds of ``events`` events each."""
    runtime = install_peer("runtime", peers)
    contenders = list_contenders(peers=peers, folder=folder)
    handed = list(islice(cycle([make_event([row]) for row in served.rows]), events))

    def send(contender: Contender) -> Callable[[], tuple[float, ...]]:
        left_out = int(events * _WARMING_SHARE)
        return lambda: invoke(contender, runtime, store, handed).later_ms[left_out:]

    rounds = take_turns({name: send(contenders[name]) for name in (OURS, JOBLIB)}, repetitions)
    return WarmTimes(ours=rounds[OURS], peer=rounds[JOBLIB])
