"""Many rows at once: the batch scorer against scikit-learn's own ``predict_proba``."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types

from bench.measure import Figure, Target, take_turns
from bench.serving.latency import require_same
from bench.serving.songs import TITLES, Kind, fit_model, generate_songs
from dropcast.scoring.batch import build_batch_scorer

PART = "c"
_ROWS = 100_000
_CHECKED = 2_000
_TARGET = Target(kind="at_least", bound=1.0)


def measure_batch(*, repetitions: int, rows: int = _ROWS) -> list[Figure]:
    """Return rows a second of both models, with scikit-learn on one thread and on all."""
    return [f for kind in TITLES for f in _measure_kind(kind, repetitions=repetitions, rows=rows)]


def _measure_kind(kind: Kind, *, repetitions: int, rows: int) -> list[Figure]:
    served = fit_model(kind)
    values = generate_songs(rows, seed=7).to_numpy(dtype=np.float64)
    score, predict = build_batch_scorer(served.program), served.pipeline[1:].predict_proba
    few = values[:_CHECKED]
    require_same("the batch scorer", score(few)[:, 1].tolist(), predict(few)[:, 1])

    def count(function: Callable[[NDArray[np.float64]], object], threads: int | None) -> float:
        with threadpool_limits(threads):
            started = time.perf_counter()
            function(values)
            return rows / (time.perf_counter() - started)

    rounds = take_turns(
        {
            "ours": lambda: count(score, 1),
            "one thread": lambda: count(predict, 1),
            "all threads": lambda: count(predict, None),
        },
        repetitions,
    )
    peers = (
        ("one thread", "predict_proba, one thread"),
        ("all threads", "predict_proba, all threads"),
    )
    return [
        Figure(
            part=PART,
            what=f"{TITLES[kind]}: {rows:,} rows",
            unit="rows/s",
            samples=rounds["ours"],
            peer=title,
            peer_samples=rounds[name],
            more_is_better=True,
            target=_TARGET if kind == "trees" else None,
        )
        for name, title in peers
    ]
