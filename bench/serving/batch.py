"""Many rows at once: the batch scorer against each library's own ``predict_proba``."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it ships no types

from bench.measure import Figure, Target, name_split, take_turns
from bench.serving.latency import require_same
from bench.serving.served_model import TITLES, Kind, Served, fit_model, generate_songs
from dropcast.scoring.batch import BATCH_MAKERS, BLOCK_ROWS, build_batch_scorer, make_leaf_finder
from dropcast.scoring.program import find_arrays

PART = "c"
_CHECKED = 2_000
_TARGET = Target(kind="at_least", bound=1.0)
Floats = NDArray[np.float64]
Score = Callable[[Floats], object]
# Step of a program -> its name on the page.
_STEPS = {
    "boosted": "trees walked and added up",
    "boosted32": "trees walked and added up",
    "forest": "trees walked and averaged",
    "sigmoid": "probability of each sum",
    "standard_scale": "scaling",
    "linear": "scalar products",
}
_TREES = ("boosted", "boosted32", "forest")
_FINDING = ", the leaves' places alone"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A library's own prediction, on ``threads`` threads; ``None`` is one for each core."""

    title: str
    make: Callable[[Served], Score]
    threads: int | None = 1


def make_predict(served: Served) -> Score:
    """Return scikit-learn's ``predict_proba`` of the pipeline's last steps."""
    predict: Score = served.pipeline[1:].predict_proba
    return predict


def make_xgboost_predict(served: Served) -> Score:
    """Return XGBoost's own ``predict``, with the making of its matrix, on one thread."""
    model = served.pipeline[-1]
    booster: Any = model.booster_

    def predict(values: Floats) -> Floats:
        margin = np.full(len(values), model.baseline_[0])
        matrix = xgboost.DMatrix(values, base_margin=margin, nthread=1)
        positive = booster.predict(matrix)
        return np.column_stack([1 - positive, positive])

    return predict


_ONE = Peer(title="predict_proba, one thread", make=make_predict)
_ALL = Peer(title="predict_proba, all threads", make=make_predict, threads=None)
_XGBOOST = Peer(title="xgboost's predict on a DMatrix, one thread", make=make_xgboost_predict)
PEERS: Mapping[Kind, tuple[Peer, ...]] = {
    "trees": (_ONE, _ALL),
    "logistic": (_ONE, _ALL),
    "xgboost": (_XGBOOST,),
    "forest": (_ONE,),
}


def measure_batch(*, repetitions: int, rows: Mapping[Kind, int]) -> list[Figure]:
    """Return rows a second of each model, and the share of our time that each step takes."""
    return [
        figure
        for kind in TITLES
        for figure in _measure_kind(kind, repetitions=repetitions, rows=rows[kind])
    ]


def _measure_kind(kind: Kind, *, repetitions: int, rows: int) -> list[Figure]:
    served = fit_model(kind)
    values = generate_songs(rows, seed=7).to_numpy(dtype=np.float64)
    score = build_batch_scorer(served.program)
    scorers = {peer.title: peer.make(served) for peer in PEERS[kind]}
    few = values[:_CHECKED]
    expected = make_predict(served)(few)
    for name, scorer in (("the batch scorer", score), *scorers.items()):
        require_same(name, _read_positive(scorer(few)), _read_positive(expected))

    def count(scorer: Score, threads: int | None) -> Callable[[], float]:
        return lambda: rows / _time(lambda: scorer(values), threads)

    rounds = take_turns(
        {
            "ours": count(score, 1),
            **{peer.title: count(scorers[peer.title], peer.threads) for peer in PEERS[kind]},
        },
        repetitions,
    )
    title = f"{TITLES[kind]}: {rows:,} rows"
    return [
        *(
            Figure(
                part=PART,
                what=title,
                unit="rows/s",
                samples=rounds["ours"],
                peer=peer.title,
                peer_samples=rounds[peer.title],
                more_is_better=True,
                target=_TARGET if kind == "trees" else None,
            )
            for peer in PEERS[kind]
        ),
        *_measure_steps(served, title, values[:BLOCK_ROWS], repetitions),
    ]


def _measure_steps(served: Served, title: str, block: Floats, repetitions: int) -> list[Figure]:
    """Return the share of a block's time that each of the program's steps takes, in percent."""
    steps = make_steps(served, block)
    with threadpool_limits(1):
        rounds = [{name: _time(run, 1) for name, run in steps.items()} for _ in range(repetitions)]
    wholes = [sum(s for name, s in one.items() if not name.endswith(_FINDING)) for one in rounds]
    return [
        Figure(
            part=PART,
            what=name_split(title, name),
            unit="% of ours",
            samples=tuple(100 * one[name] / w for one, w in zip(rounds, wholes, strict=True)),
            splits=(title,),
        )
        for name in steps
    ]


def make_steps(served: Served, block: Floats) -> dict[str, Callable[[], object]]:
    """Return each step of the program as a function that works on the step before's result."""
    made: dict[str, Callable[[], object]] = {}
    values = block
    for index, step in enumerate(served.program.steps):
        arrays = {
            name: np.asarray(found) for name, found in find_arrays(served.program, index).items()
        }
        function, given, name = BATCH_MAKERS[step.kind](arrays), values, _STEPS[step.kind]
        made[name] = _bind(function, given)
        if step.kind in _TREES:
            made[f"{name}{_FINDING}"] = _bind(make_leaf_finder(arrays).find, given)
        values = function(given)
    return made


def _bind(function: Callable[[Floats], object], values: Floats) -> Callable[[], object]:
    return lambda: function(values)


def _time(work: Callable[[], object], threads: int | None) -> float:
    with threadpool_limits(threads):
        started = time.perf_counter()
        work()
        return time.perf_counter() - started


def _read_positive(predictions: object) -> list[float]:
    found: list[float] = np.asarray(predictions)[:, 1].tolist()
    return found
