"""What the lines of a profile are made of does what the whole does."""

import json

import numpy as np
import pytest

from bench.measure import name_share
from bench.serving.batch import PEERS, make_steps
from bench.serving.handler_profile import (
    bind_calls,
    list_handler_parts,
    list_scorer_parts,
    measure_parts,
)
from bench.serving.handlers import make_handler
from bench.serving.songs import Served, make_event
from bench.serving.throughput import RequestsLoggedError, require_no_lines
from dropcast.scoring.batch import build_batch_scorer


def test_the_steps_of_a_batch_end_in_its_answers(served: Served) -> None:
    block = served.frame.to_numpy(dtype=np.float64)
    steps = make_steps(served, block)
    last = [run for name, run in steps.items() if not name.endswith("alone")][-1]
    np.testing.assert_array_equal(np.asarray(last()), build_batch_scorer(served.program)(block))


def test_every_peer_of_a_batch_answers_what_the_pipeline_does(served: Served) -> None:
    values = served.frame.to_numpy(dtype=np.float64)
    expected = served.pipeline.predict_proba(served.frame)
    for peer in PEERS[served.kind]:
        np.testing.assert_allclose(np.asarray(peer.make(served)(values)), expected, atol=1e-6)


def test_the_parts_of_the_handler_make_its_answer(served: Served) -> None:
    parts = list_handler_parts(served)
    whole = make_handler(served)(make_event(served.rows[:1]))
    assert parts["make the answer"]() == parts["all"]() == whole
    assert parts["read the body"]() == {"rows": served.rows[:1]}
    probabilities = json.loads(whole["body"])["predictions"][0]["probabilities"]
    assert list(probabilities.values()) == parts["score it"]()
    assert list_scorer_parts(served)["all"]() == parts["score it"]()


def test_what_is_left_of_the_whole_is_a_line_of_its_own() -> None:
    parts = {"one": lambda: None, "other": lambda: None, "all": lambda: None}
    figures = measure_parts(
        parts, part="b1", title="a request", splits=("a request",), repetitions=3, calls=5
    )
    assert [name_share(figure) for figure in figures] == ["one", "other", "what lies between these"]
    assert {len(figure.samples) for figure in figures} == {3}


def test_each_call_is_timed_by_itself() -> None:
    asked: list[int] = []
    assert len(bind_calls(asked.append, (1, 2, 3), 5)()) == 5
    assert asked == [1, 2, 3, 1, 2]


def test_a_peer_that_logs_requests_ends_the_run() -> None:
    require_no_lines("quiet", lines=3, answers=1_000)
    with pytest.raises(RequestsLoggedError, match="noisy wrote 1,000 lines"):
        require_no_lines("noisy", lines=1_000, answers=1_000)
