"""The predict door: HTTPS request -> checked rows -> scored by the champion -> receipt.

API Gateway has routed the request; ``resource`` and ``httpMethod`` pick the answer here. The
champion pointer is read on every request, so a new champion answers at once; its program is
kept while it stays champion.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dropcast.contracts.errors import DropcastError, InvalidRequestError
from dropcast.contracts.keys import MODEL_CARD
from dropcast.contracts.messages import Champion
from dropcast.runtime.http import Answer, answer_error, answer_json, read_json_body
from dropcast.runtime.logs import describe_context, get_logger
from dropcast.runtime.wiring import Wiring, wire
from dropcast.scoring import Program, Scorer, build_scorer, check_rows, read_program
from dropcast.scoring.expressions import Row

MAX_ROWS = 1000

Event = Mapping[str, Any]


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point: always an answer, never a stack trace."""
    return answer_request(event, context, wire())


def answer_request(event: Event, context: object, wiring: Wiring) -> Answer:
    """Return the proxy answer of one request."""
    logger = get_logger()
    instance = str((event.get("requestContext") or {}).get("requestId", ""))
    route = (event["httpMethod"], event["resource"])
    dataset = event["pathParameters"]["dataset"]
    facts = {"route": " ".join(route), "dataset": dataset, **describe_context(context)}
    try:
        answer = ROUTES[route](dataset, event, wiring)
    except DropcastError as error:
        answer = answer_error(error, instance=instance)
        facts |= {"error": type(error).__name__, "error_message": str(error)[:500]}
    except Exception as error:
        logger.exception("failed", extra=facts)
        return answer_error(error, instance=instance)
    logger.info("answered", extra={**facts, "status": answer["statusCode"]})
    return answer


def predict(dataset: str, event: Event, wiring: Wiring) -> Answer:
    """Score one row or many; of a series the last row."""
    wiring.find_recipe(dataset)
    body = read_json_body(event)
    champion = wiring.registry.read_champion(dataset)
    program, score = _load_scorer(wiring, champion.program_key, champion.program_sha256)
    cases = check_rows(body, schema=program, max_rows=MAX_ROWS)
    predictions = [describe_answer(program, answers) for answers in score_cases(score, cases)]
    return answer_json(200, {"predictions": predictions, "receipt": make_receipt(champion, wiring)})


def score_cases(score: Scorer, cases: Sequence[Sequence[Row]]) -> list[list[float]]:
    """Return the answers of all cases; raise ``InvalidRequestError`` with the problems of all
    that cannot be scored, each with its row."""
    answers, problems = [], []
    for index, case in enumerate(cases):
        try:
            answers.append(score(case))
        except InvalidRequestError as error:
            problems += [{**problem, "row": index} for problem in error.problems]
    if problems:
        raise InvalidRequestError(problems)
    return answers


def describe_answer(program: Program, answers: Sequence[float]) -> dict[str, object]:
    """Return one prediction: a class with every class's probability, or a number."""
    if not program.labels:
        return {"prediction": answers[0], "unit": program.unit}
    best = max(range(len(answers)), key=answers.__getitem__)
    return {
        "prediction": best,
        "label": program.labels[best],
        "probabilities": dict(zip(program.labels, answers, strict=True)),
    }


def show_model(dataset: str, event: Event, wiring: Wiring) -> Answer:
    """Return the champion's model card."""
    del event
    wiring.find_recipe(dataset)
    champion = wiring.registry.read_champion(dataset)
    card = wiring.models.read(MODEL_CARD.format(dataset=dataset, model=champion.model))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": card.body.decode(),
    }


def make_receipt(champion: Champion, wiring: Wiring) -> dict[str, object]:
    """Return what made an answer: enough to find the model, its data and both codes again."""
    return {
        "model": champion.model,
        "program_sha256": champion.program_sha256,
        "dataset_version": champion.dataset_version,
        "references": champion.references,
        "recipe_hash": champion.recipe_hash,
        "run_id": champion.run_id,
        "trained_by_code": champion.code_hash,
        "served_by_code": wiring.code_hash,
    }


@lru_cache(maxsize=8)
def _load_scorer(wiring: Wiring, program_key: str, sha256: str) -> tuple[Program, Scorer]:
    program = read_program(wiring.models.read(program_key).body, sha256=sha256)
    return program, build_scorer(program)


ROUTES: dict[tuple[str, str], Callable[[str, Event, Wiring], Answer]] = {
    ("POST", "/{dataset}/predict"): predict,
    ("GET", "/{dataset}/model"): show_model,
}
