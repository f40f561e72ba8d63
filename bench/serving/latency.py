"""One row in one process: the scorer and the whole handler, against the pipeline.

All run on one thread: with more, one row only waits for threads to wake up.
"""

import json
import statistics
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types

from bench.measure import Figure, Target, find_percentile, take_turns
from bench.serving.handler_profile import (
    list_handler_parts,
    list_scorer_parts,
    measure_parts,
    time_call,
)
from bench.serving.handlers import make_handler, make_sklearn_handler
from bench.serving.served_model import TITLES, Kind, Served, fit_model, make_event
from dropcast.scoring import build_scorer

PART = "b1"
MOST_APART = 1e-6
OVER_HTTP = "requests of one row"
_CALLS = 200
_KINDS: tuple[Kind, ...] = ("trees", "logistic")
_SCORER_TARGETS: dict[Kind, float] = {"trees": 50, "logistic": 500}
_HANDLER_TARGET = 25.0


class DifferentPredictionsError(Exception):
    """Two contenders predict differently, so their times cannot be compared."""


def measure_latency(*, repetitions: int, calls: int = _CALLS) -> list[Figure]:
    """Return the figures of both models."""
    with threadpool_limits(1):
        return [
            figure
            for kind in _KINDS
            for figure in _measure_kind(kind, repetitions=repetitions, calls=calls)
        ]


def _measure_kind(kind: Kind, *, repetitions: int, calls: int) -> list[Figure]:
    served = fit_model(kind)
    contenders = make_contenders(served)
    rounds = take_turns(
        {name: _bind_calls(call, inputs, calls) for name, (call, inputs) in contenders.items()},
        repetitions,
    )
    title = TITLES[kind]
    pairs = (
        ("scorer", "frame", "pipeline fed a ready DataFrame", _SCORER_TARGETS[kind]),
        ("scorer", "row", "pipeline fed a DataFrame made of the row", None),
        ("scorer", "array", "pipeline's last steps fed a numpy array", None),
        ("handler", "sklearn handler", "the same handler over the pipeline", _HANDLER_TARGET),
    )
    figures = [
        Figure(
            part=PART,
            what=f"{title}: {_WHAT[ours]}, {label}",
            unit="µs",
            samples=tuple(pick(times) for times in rounds[ours]),
            peer=peer_title,
            peer_samples=tuple(pick(times) for times in rounds[peer]),
            target=Target(kind="at_least", bound=target) if target and label == "p50" else None,
        )
        for ours, peer, peer_title, target in pairs
        for label, pick in (("p50", statistics.median), ("p99", _p99))
    ]
    parts = {"scorer": list_scorer_parts(served), "handler": list_handler_parts(served)}
    for ours, found in parts.items():
        whole = f"{title}: {_WHAT[ours]}"
        # The handler serves HTTP too, with the trees.
        besides = (OVER_HTTP,) if (kind, ours) == ("trees", "handler") else ()
        figures += measure_parts(
            found,
            part=PART,
            title=whole,
            splits=(whole, *besides),
            repetitions=repetitions,
            calls=calls,
        )
    return figures


_WHAT = {"scorer": "one row through the scorer", "handler": "one row, JSON in to JSON out"}


def make_contenders(served: Served) -> dict[str, tuple[Callable[[Any], Any], Sequence[Any]]]:
    """Return name -> (function, its inputs, one per row), after checking that all predict alike.

    Raises ``DifferentPredictionsError``.
    """
    rows, frame = served.rows, served.frame
    score = build_scorer(served.program)
    pipeline, model = served.pipeline, served.pipeline[1:]
    handle, handle_sklearn = make_handler(served), make_sklearn_handler(served)
    cases = [[row] for row in rows]
    frames = [frame.iloc[i : i + 1] for i in range(len(frame))]
    arrays = [np.asarray(one) for one in frames]
    events = [make_event([row]) for row in rows]
    contenders: dict[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
        "scorer": (score, cases),
        "frame": (pipeline.predict_proba, frames),
        "row": (lambda row: pipeline.predict_proba(pd.DataFrame([row])), rows),
        "array": (model.predict_proba, arrays),
        "handler": (handle, events),
        "sklearn handler": (handle_sklearn, events),
    }
    expected = pipeline.predict_proba(frame)[:, 1]
    for name, (call, inputs) in contenders.items():
        require_same(name, [_read_positive(call(one)) for one in inputs], expected)
    return contenders


def require_same(name: str, found: Sequence[float], expected: Sequence[float]) -> None:
    """Raise ``DifferentPredictionsError`` where any differ by more than :data:`MOST_APART`."""
    apart = float(np.abs(np.asarray(found) - np.asarray(expected)).max())
    if not apart <= MOST_APART:
        raise DifferentPredictionsError(
            f"{name} predicts up to {apart:.3g} away from scikit-learn; at most {MOST_APART} is "
            "the same model"
        )


def read_prediction(document: Any) -> float:
    """Return the positive class's probability in a response with one row."""
    probabilities = document["predictions"][0]["probabilities"]
    return float(probabilities["liked"])


def _read_positive(result: Any) -> float:
    if isinstance(result, dict):
        return read_prediction(json.loads(result["body"]))
    flat = np.asarray(result).ravel()
    return float(flat[1])


def _bind_calls(
    call: Callable[[Any], Any], inputs: Sequence[Any], calls: int
) -> Callable[[], list[float]]:
    return lambda: [time_call(call, one) for one in islice(cycle(inputs), calls)]


def _p99(times: list[float]) -> float:
    return find_percentile(times, 99)
