"""Predict function: HTTPS request -> checked rows -> predictions by the champion, with a receipt.

A champion's program holds the rules for its rows, so no recipe is read. Which champion predicts,
and how soon a new one does, is decided in ``runtime.champions``.
"""

from collections.abc import Callable

from dropcast.api.predictions import make_predictions
from dropcast.contracts.api_keys import OPERATOR, PREDICTIONS
from dropcast.runtime.champions import Serving
from dropcast.runtime.http import Answer, answer_json, read_json_body
from dropcast.runtime.serving import (
    Event,
    PredictDependencies,
    answer_prediction,
    make_predict_dependencies,
    read_flag,
)

KEYS = (PREDICTIONS, OPERATOR)


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point: always an answer, never a stack trace."""
    return answer_request(event, context, make_predict_dependencies())


def answer_request(event: Event, context: object, dependencies: PredictDependencies) -> Answer:
    """Return the proxy answer of one request, and log one line."""
    return answer_prediction(event, context, dependencies, routes=ROUTES, keys=KEYS)


def predict(serving: Serving, event: Event, dependencies: PredictDependencies) -> Answer:
    """Predict one row or many; of a series the last row. ``?explain=true`` adds explanations."""
    explained = read_flag(event, "explain")
    body = read_json_body(event)
    code_hash = dependencies.code_hash
    answer = make_predictions(serving, body, explained=explained, code_hash=code_hash)
    return answer_json(200, answer)


ROUTES: dict[tuple[str, str], Callable[[Serving, Event, PredictDependencies], Answer]] = {
    ("POST", "/{dataset}/predict"): predict,
}
