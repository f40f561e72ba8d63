"""Where the microseconds of one row go: each part of the scorer and of the handler by itself.

The parts are the handler's own functions, called with the result of the part before. They take
turns as in a request, row by row, so that each finds the processor's caches as it does there; then
the whole is timed, and what the parts do not add up to is between them. A round's time is the
median.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.measure import Figure, name_split
from bench.serving.handlers import make_handler, make_served_dependencies
from bench.serving.served_model import DATASET, Served, make_event
from dropcast.api.predictions import describe_prediction, make_receipt
from dropcast.runtime.http import answer_json, read_json_body
from dropcast.scoring import build_scorer, build_value_scorer
from dropcast.scoring.expressions import compile_features

# A function and its arguments, row by row.
Part = tuple[Callable[[Any], object], Sequence[Any]]
ALL = "all"
LEFT = "between these"


def list_scorer_parts(served: Served) -> dict[str, Part]:
    """Return the parts of scoring a checked row; :data:`ALL` is the scorer itself."""
    program = served.program
    features = compile_features(program.features, program.references, program.columns)
    cases = [[row] for row in served.rows]
    return {
        "features of the row": (features, cases),
        "the model on the features": (
            build_value_scorer(program),
            [list(features(case)) for case in cases],
        ),
        ALL: (build_scorer(program), cases),
    }


def list_handler_parts(served: Served) -> dict[str, Part]:
    """Return the parts of handling an event; :data:`ALL` is the handler itself."""
    dependencies = make_served_dependencies(served)
    serving = dependencies.champions.find(DATASET)
    program, check, score = serving.program, serving.check, serving.score

    def make_response(prediction: Sequence[float]) -> object:
        predictions = [describe_prediction(program, prediction)]
        receipt = make_receipt(serving.champion, dependencies.code_hash)
        return answer_json(200, {"predictions": predictions, "receipt": receipt})

    def log(route: str) -> None:
        facts = {
            "route": route,
            "dataset": DATASET,
            **dependencies.describe(None),
            "status": 200,
            "requests": 1,
            "errors": 0,
            "latency_ms": 0.123,
        }
        dependencies.log("answered", facts)

    events = [make_event([row]) for row in served.rows]
    bodies = [read_json_body(event) for event in events]
    cases = [check(body)[0] for body in bodies]
    return {
        "read the body": (read_json_body, events),
        "find the champion": (dependencies.champions.find, [DATASET]),
        "check the row": (check, bodies),
        "score it": (score, cases),
        "make the response": (make_response, [score(case) for case in cases]),
        "log it": (log, ["POST /{dataset}/predict"]),
        ALL: (make_handler(served), events),
    }


def measure_parts(
    parts: Mapping[str, Part],
    *,
    part: str,
    title: str,
    splits: tuple[str, ...],
    repetitions: int,
    calls: int,
) -> list[Figure]:
    """Return a line for each part, in microseconds, and one for the rest of :data:`ALL`."""
    rounds = [_measure_round(parts, calls) for _ in range(repetitions)]
    return [
        Figure(
            part=part,
            what=name_split(title, name),
            unit="µs",
            samples=tuple(one[name] for one in rounds),
            splits=splits,
        )
        for name in rounds[0]
    ]


def _measure_round(parts: Mapping[str, Part], calls: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in parts}
    for i in range(calls):
        for name, (call, inputs) in parts.items():
            times[name].append(time_call(call, inputs[i % len(inputs)]))
    medians = {name: statistics.median(found) for name, found in times.items()}
    whole = medians.pop(ALL)
    return {**medians, LEFT: whole - sum(medians.values())}


def time_call(call: Callable[[Any], object], given: Any) -> float:
    """Return how long one call takes, in microseconds."""
    started = time.perf_counter_ns()
    call(given)
    return (time.perf_counter_ns() - started) / 1000
