"""The parts of a profile do what the whole does."""

import json

import numpy as np
import pytest

from bench.measure import name_share
from bench.serving.batch import PEERS, make_steps
from bench.serving.handler_profile import (
    ALL,
    LEFT,
    Part,
    list_handler_parts,
    list_scorer_parts,
    measure_parts,
)
from bench.serving.handlers import make_handler
from bench.serving.served_model import Served, make_event
from bench.serving.throughput import RequestsLoggedError, require_no_lines
from dropcast.scoring.batch import build_batch_scorer


def test_the_steps_of_a_batch_end_in_its_predictions(served: Served) -> None:
    block = served.frame.to_numpy(dtype=np.float64)
    steps = make_steps(served, block)
    last = [run for name, run in steps.items() if not name.endswith("alone")][-1]
    np.testing.assert_array_equal(np.asarray(last()), build_batch_scorer(served.program)(block))


def test_every_peer_of_a_batch_predicts_what_the_pipeline_does(served: Served) -> None:
    values = served.frame.to_numpy(dtype=np.float64)
    expected = served.pipeline.predict_proba(served.frame)
    for peer in PEERS[served.kind]:
        np.testing.assert_allclose(np.asarray(peer.make(served)(values)), expected, atol=1e-6)


def test_the_parts_of_the_handler_make_its_response(served: Served) -> None:
    def run(part: Part, row: int) -> object:
        call, inputs = part
        return call(inputs[row % len(inputs)])

    parts, scorer = list_handler_parts(served), list_scorer_parts(served)
    for row in (0, 7):
        whole = make_handler(served)(make_event([served.rows[row]]))
        assert run(parts["make the response"], row) == run(parts[ALL], row) == whole
        assert run(parts["read the body"], row) == {"rows": [served.rows[row]]}
        probabilities = json.loads(whole["body"])["predictions"][0]["probabilities"]
        assert list(probabilities.values()) == run(parts["score it"], row)
        assert run(scorer[ALL], row) == run(parts["score it"], row)
        assert run(scorer["the model on the features"], row) == run(parts["score it"], row)


def test_parts_take_turns_row_by_row_and_leave_a_line_for_the_rest() -> None:
    calls: list[tuple[str, int]] = []

    def make_part(name: str, inputs: tuple[int, ...]) -> Part:
        return lambda given: calls.append((name, given)), inputs

    parts = {"one": make_part("one", (1, 2)), ALL: make_part(ALL, (3,))}
    figures = measure_parts(
        parts, part="b1", title="a request", splits=("a request",), repetitions=2, calls=2
    )
    assert calls == [("one", 1), (ALL, 3), ("one", 2), (ALL, 3)] * 2
    assert [name_share(figure) for figure in figures] == ["one", LEFT]
    assert {len(figure.samples) for figure in figures} == {2}


def test_a_peer_that_logs_requests_ends_the_run() -> None:
    require_no_lines("quiet", lines=3, responses=1_000)
    with pytest.raises(RequestsLoggedError, match="noisy wrote 1,000 lines"):
        require_no_lines("noisy", lines=1_000, responses=1_000)
