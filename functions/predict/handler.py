"""The predict door: HTTPS request -> key -> checked rows -> scored by the champion -> receipt.

API Gateway has routed the request; ``resource`` and ``httpMethod`` pick the answer here. A
champion's program says what a row must look like, so no recipe is read. Which champion answers,
and how soon a new one does, is ``runtime.champions``' business.
"""

import traceback
from collections.abc import Callable, Mapping
from typing import Any

from dropcast.api.predictions import describe_answer, explain_cases, make_receipt, score_cases
from dropcast.contracts.api_keys import OPERATOR, PREDICTIONS
from dropcast.contracts.errors import InvalidRequestError, NoModelError
from dropcast.contracts.keys import is_dataset
from dropcast.runtime.api_keys import find_key_id, require_key
from dropcast.runtime.champions import Serving
from dropcast.runtime.http import Answer, answer_error, answer_json, read_json_body
from dropcast.runtime.serving import PredictDependencies, make_predict_dependencies

# Metrics are kept by dataset, and a client may ask for any name: one without a champion is this.
NO_DATASET = "none"
KEYS = (PREDICTIONS, OPERATOR)

Event = Mapping[str, Any]


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point: always an answer, never a stack trace."""
    return answer_request(event, context, make_predict_dependencies())


def answer_request(event: Event, context: object, dependencies: PredictDependencies) -> Answer:
    """Return the proxy answer of one request, and log one line."""
    started = dependencies.clock()
    instance = str((event.get("requestContext") or {}).get("requestId", ""))
    route = (event["httpMethod"], event["resource"])
    dataset = event["pathParameters"]["dataset"]
    facts = {"route": " ".join(route), "instance": instance, **dependencies.describe(context)}
    key_id = find_key_id(event)
    if key_id is not None:
        facts["key_id"] = key_id
    named = {"dataset": NO_DATASET, "asked_for": dataset[:100]}
    try:
        answer_route = ROUTES[route]
        require_key(event, dependencies.key_ids, KEYS)
        serving = dependencies.champions.find(_require_dataset(dataset))
        named = {"dataset": dataset}
        answer = answer_route(serving, event, dependencies)
    except Exception as error:  # noqa: BLE001 - the door: whatever happened, the client is answered
        answer = answer_error(error, instance=instance)
        facts |= {"error": type(error).__name__, "error_message": str(error)[:500]}
        if answer["statusCode"] >= 500:
            facts["exception"] = traceback.format_exc()
    status = answer["statusCode"]
    failed = status >= 500
    facts |= named | {
        "status": status,
        "requests": 1,
        "errors": int(failed),
        "latency_ms": round((dependencies.clock() - started) * 1000, 3),
    }
    message, level = ("failed", "ERROR") if failed else ("answered", "INFO")
    dependencies.log(message, facts, level=level)
    return answer


def predict(serving: Serving, event: Event, dependencies: PredictDependencies) -> Answer:
    """Score one row or many; of a series the last row. ``?explain=true`` says why besides."""
    explained = _read_explain(event)
    body = read_json_body(event)
    program = serving.program
    cases = serving.check(body)
    answers = score_cases(serving.score, cases)
    predictions = [describe_answer(program, answer) for answer in answers]
    if explained:
        reasons = explain_cases(serving, cases, answers)
        for prediction, reason in zip(predictions, reasons, strict=True):
            prediction["explanation"] = reason
    receipt = make_receipt(serving.champion, dependencies.code_hash)
    return answer_json(200, {"predictions": predictions, "receipt": receipt})


def _require_dataset(dataset: str) -> str:
    """Return the name; refuse what can be none before anything is read."""
    if not is_dataset(dataset):
        raise NoModelError(
            f"'{dataset[:60]}' is no dataset's name: lower-case letters, digits and '_', a letter "
            "first, at most 46"
        )
    return dataset


def _read_explain(event: Event) -> bool:
    """Return whether reasons are asked for. A parameter that is passed over in silence would be
    taken for one that works."""
    given = event.get("queryStringParameters") or {}
    problems = [_problem(n, "no such query parameter") for n in sorted(given) if n != "explain"]
    if given.get("explain", "true") not in ("true", "false"):
        problems.append(_problem("explain", "is 'true' or 'false'"))
    if problems:
        raise InvalidRequestError(problems)
    return given.get("explain") == "true"


def _problem(field: str, sentence: str) -> dict[str, object]:
    return {"row": None, "field": field[:60], "problem": f"{field[:60]}: {sentence}"}


ROUTES: dict[tuple[str, str], Callable[[Serving, Event, PredictDependencies], Answer]] = {
    ("POST", "/{dataset}/predict"): predict,
}
