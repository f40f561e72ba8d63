"""Where the microseconds of one row go: each part of the scorer and of the handler by itself.

The parts are the handler's own functions with what the part before them gave; what is left of the
whole is what lies between them. Each call is timed by itself, and a round's time is its median.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from bench.measure import Figure, name_split, take_turns
from bench.serving.handlers import make_handler, wire_served
from bench.serving.songs import DATASET, Served, make_event
from dropcast.contracts.limits import MAX_ROWS
from dropcast.runtime.answers import describe_answer, make_receipt
from dropcast.runtime.http import answer_json, read_json_body
from dropcast.scoring import build_scorer, build_value_scorer, check_rows
from dropcast.scoring.expressions import compile_features

Part = Callable[[], object]
_ALL = "all"
_LEFT = "what lies between these"
_LOG = "log it"


def list_scorer_parts(served: Served) -> dict[str, Part]:
    """Return what the scorer does with a checked row; ``all`` is the scorer itself."""
    row = served.rows[0]
    program = served.program
    score = build_scorer(program)
    score_values = build_value_scorer(program)
    features = compile_features(program.features, program.references)
    values = list(features([row]))
    return {
        "features of the row": lambda: features([row]),
        "the model on the features": lambda: score_values(values),
        _ALL: lambda: score([row]),
    }


def list_handler_parts(served: Served) -> dict[str, Part]:
    """Return what the handler does with an event; ``all`` is the handler itself."""
    event = make_event(served.rows[:1])
    handle, wiring = make_handler(served), wire_served(served)
    program, score = served.program, build_scorer(served.program)
    body = read_json_body(event)
    cases = check_rows(body, schema=program, max_rows=MAX_ROWS)
    answer = score(cases[0])
    serving = wiring.champions.find(DATASET)

    def make_answer() -> object:
        predictions = [describe_answer(program, answer)]
        receipt = make_receipt(serving.champion, wiring.code_hash)
        return answer_json(200, {"predictions": predictions, "receipt": receipt})

    def log() -> None:
        facts = {
            "route": "POST /{dataset}/predict",
            "dataset": DATASET,
            **wiring.describe(None),
            "status": 200,
            "requests": 1,
            "errors": 0,
            "latency_ms": 0.123,
        }
        wiring.log("answered", facts)

    return {
        "read the body": lambda: read_json_body(event),
        "find the champion": lambda: wiring.champions.find(DATASET),
        "check the row": lambda: check_rows(body, schema=program, max_rows=MAX_ROWS),
        "score it": lambda: score(cases[0]),
        "make the answer": make_answer,
        _LOG: log,
        _ALL: lambda: handle(event),
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
    """Return a line for each part, in microseconds, and one for what is left of ``all``."""
    rounds = dict(
        take_turns({name: _bind_time(work, calls) for name, work in parts.items()}, repetitions)
    )
    wholes = rounds.pop(_ALL)
    rounds[_LEFT] = tuple(
        whole - sum(one)
        for whole, one in zip(wholes, zip(*rounds.values(), strict=True), strict=True)
    )
    return [
        Figure(
            part=part,
            what=name_split(title, name),
            unit="µs",
            samples=samples,
            splits=splits,
        )
        for name, samples in rounds.items()
    ]


def _bind_time(work: Part, calls: int) -> Callable[[], float]:
    times = bind_calls(lambda _: work(), (None,), calls)
    return lambda: statistics.median(times())


def bind_calls(
    call: Callable[[Any], object], inputs: Sequence[Any], calls: int
) -> Callable[[], list[float]]:
    """Return the function that times ``calls`` calls, each by itself, in microseconds."""

    def run() -> list[float]:
        found = []
        for one in islice(cycle(inputs), calls):
            started = time.perf_counter_ns()
            call(one)
            found.append((time.perf_counter_ns() - started) / 1000)
        return found

    return run
