"""The predict handler in this process: over the scoring program, and over scikit-learn."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import IO, Any

import pandas as pd

from bench.serving.served_model import DATASET, KEY_ID, Served, list_objects, make_event
from dropcast.contracts import environment
from dropcast.runtime.champions import Champions, Serving
from dropcast.runtime.serving import PredictDependencies
from dropcast.scoring import Scorer
from dropcast.scoring.expressions import Row
from dropcast.storage.memory import MemoryBlobStore
from functions.predict.handler import answer_request

Handler = Callable[[dict[str, Any]], dict[str, Any]]
ENVIRON: Mapping[str, str] = {environment.CODE_HASH: "0" * 64, environment.KEY_IDS: KEY_ID}


class _Fixed(Champions):
    """A champion with another scorer than its program's."""

    serving: Serving

    def find(self, dataset: str) -> Serving:
        """Return the one champion."""
        del dataset
        return self.serving


def make_handler(served: Served) -> Handler:
    """Return the handler as it is deployed, over a bucket in memory."""
    return _bind(make_served_dependencies(served))


def count_log_bytes(served: Served) -> int:
    """Return the length of the line that the handler logs for a request."""
    lines: list[str] = []
    dependencies = make_served_dependencies(served, write=lines.append)
    answer_request(make_event(served.rows[:1]), None, dependencies)
    return sum(len(line.encode()) for line in lines)


def make_sklearn_handler(served: Served) -> Handler:
    """Return the same handler, with a scorer that calls the pipeline with a DataFrame of the row.

    Its checks and its receipt are the same.
    """
    dependencies = make_served_dependencies(served)
    found = dependencies.champions.find(DATASET)
    fixed = _Fixed(
        models=dependencies.models,
        clock=dependencies.clock,
        run=lambda work: work(),
        report=_ignore,
    )
    fixed.serving = Serving(
        champion=found.champion,
        program=found.program,
        check=found.check,
        score=make_sklearn_scorer(served),
        explain=found.explain,
    )
    dependencies.champions = fixed
    return _bind(dependencies)


def make_sklearn_scorer(served: Served) -> Scorer:
    """Return a function from rows to the last one's probabilities, as the program's scorer is."""
    pipeline = served.pipeline

    def score(rows: Sequence[Row]) -> list[float]:
        found: list[float] = pipeline.predict_proba(pd.DataFrame([rows[-1]]))[0].tolist()
        return found

    return score


@cache
def _open_unread() -> IO[str]:
    """Return the stream for the handlers' lines: a real one, open as long as the process."""
    return open(os.devnull, "w")  # noqa: PTH123 - see above


def make_served_dependencies(
    served: Served, write: Callable[[str], object] | None = None
) -> PredictDependencies:
    """Return the handler's dependencies over a bucket in memory that holds the model."""
    models = MemoryBlobStore()
    for key, body in list_objects(served).items():
        models.write(key, body, "application/octet-stream")
    if write is None:
        write = _open_unread().write
    return PredictDependencies(environ=ENVIRON, models=models, run=lambda work: work(), write=write)


def _bind(dependencies: PredictDependencies) -> Handler:
    return lambda event: answer_request(event, None, dependencies)


def _ignore(dataset: str, error: Exception) -> None:
    del dataset, error
