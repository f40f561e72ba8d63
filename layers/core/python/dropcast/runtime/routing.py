"""A request of API Gateway, answered by its route's handler, and logged in one line.

API Gateway has routed the request; ``resource`` and ``httpMethod`` name the handler.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dropcast.contracts.errors import (
    InvalidBodyError,
    InvalidRequestError,
    describe_unknown,
    list_field_problems,
    make_problem,
)
from dropcast.runtime.api_keys import find_key_id
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.http import Answer, answer_error, read_json_body
from dropcast.runtime.logs import describe_context, get_logger

Event = Mapping[str, Any]
Handler = Callable[[Event, Dependencies], Answer]
Routes = Mapping[tuple[str, str], Handler]


def answer_route(
    event: Event, context: object, dependencies: Dependencies, routes: Routes
) -> Answer:
    """Return the proxy answer of one request, never a stack trace."""
    logger = get_logger()
    route = (event["httpMethod"], event["resource"])
    instance = find_request_id(event)
    facts: dict[str, Any] = {
        "route": " ".join(route),
        **_list_places(event),
        **describe_context(context),
        "instance": instance,
    }
    key_id = find_key_id(event)
    if key_id is not None:
        facts["key_id"] = key_id
    try:
        answer = routes[route](event, dependencies)
    except Exception as error:
        answer = answer_error(error, instance=instance)
        facts |= {"error": type(error).__name__, "error_message": str(error)[:500]}
        if answer["statusCode"] >= 500:
            logger.exception("failed", extra={**facts, "status": answer["statusCode"]})
            return answer
    logger.info("answered", extra={**facts, "status": answer["statusCode"]})
    return answer


def find_dataset(event: Event) -> str:
    """Return the dataset that the path names."""
    dataset: str = event["pathParameters"]["dataset"]
    return dataset


def find_request_id(event: Event) -> str:
    """Return the request's id, which every problem names as its ``instance``."""
    return str((event.get("requestContext") or {}).get("requestId", ""))


def read_query(event: Event, *known: str) -> dict[str, str]:
    """Return the query's parameters, those left out as ""; raise ``InvalidRequestError``.

    An unknown parameter that was ignored would be taken for one that works.
    """
    given = event.get("queryStringParameters") or {}
    unknown = sorted(name for name in given if name not in known)
    if unknown:
        raise InvalidRequestError(
            list_field_problems(unknown, lambda name: describe_unknown("parameter", name, known))
        )
    return {name: str(given.get(name) or "") for name in known}


def read_fields(event: Event) -> Mapping[str, object]:
    """Return the request's JSON object.

    Raises ``InvalidBodyError`` for any other JSON value, and what ``read_json_body`` raises.
    """
    body = read_json_body(event)
    if not isinstance(body, dict):
        raise InvalidBodyError(
            [make_problem(None, f"the body is {type(body).__name__}; send one JSON object")]
        )
    return body


def _list_places(event: Event) -> dict[str, str]:
    return {name: str(value)[:100] for name, value in (event.get("pathParameters") or {}).items()}
