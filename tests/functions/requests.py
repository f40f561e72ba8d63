"""Requests to the functions of the API, as API Gateway sends them."""

import json
from collections.abc import Callable
from typing import Any

from dropcast.contracts.api_keys import PREDICTIONS
from dropcast.contracts.messages import Champion, Registration
from functions.predict import catalogue, rollback, uploads
from tests.functions.cloud import KEY_IDS, Cloud

DATASET = "spotify_preference"
FUNCTIONS: tuple[Any, ...] = (catalogue, uploads, rollback)


def make_request(
    method: str,
    resource: str,
    *,
    body: object = None,
    query: dict[str, str] | None = None,
    key_id: str | None = KEY_IDS[PREDICTIONS],
    **path: str,
) -> dict[str, Any]:
    """Return the proxy event; ``path`` are the path's fields."""
    identity = {"sourceIp": "127.0.0.1"} | ({"apiKeyId": key_id} if key_id else {})
    return {
        "httpMethod": method,
        "resource": resource,
        "pathParameters": path or None,
        "queryStringParameters": query,
        "requestContext": {"requestId": "request-1", "identity": identity},
        "body": body if isinstance(body, str | None) else json.dumps(body),
        "isBase64Encoded": False,
    }


def send(cloud: Cloud, event: dict[str, Any]) -> dict[str, Any]:
    """Return the whole proxy answer of the function that has the event's route."""
    route = (event["httpMethod"], event["resource"])
    (function,) = (one for one in FUNCTIONS if route in one.ROUTES)
    answer: Callable[..., dict[str, Any]] = function.answer_request
    return answer(event, None, cloud.make_dependencies_for(getattr(function, "KEYS", ())))


def ask(cloud: Cloud, method: str, resource: str, **named: Any) -> tuple[int, Any]:
    """Return status and JSON of a request; ``named`` is as for :func:`make_request`."""
    answer = send(cloud, make_request(method, resource, **named))
    return answer["statusCode"], json.loads(answer["body"])


def add_champion(cloud: Cloud, like: Champion, model: str, *, at: str) -> Champion:
    """Register a model with another's program as the champion after it, at a time."""
    champion = Champion(
        **{**vars(like), "model": model, "program_key": like.program_key.replace(like.model, model)}
    )
    cloud.dependencies.models.write(
        champion.program_key, cloud.dependencies.models.read(like.program_key).body, "x/y"
    )
    present = cloud.dependencies.registry.read_pointer(like.dataset)
    assert cloud.dependencies.registry.promote(champion, generation=present.generation, mover=model)
    cloud.dependencies.registry.record(
        Registration(
            champion=champion,
            registered_at=at,
            replaced=present.champion.model,
            metric="roc_auc",
            metrics={"roc_auc": 0.75},
        )
    )
    return champion
