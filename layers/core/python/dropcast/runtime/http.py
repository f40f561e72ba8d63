"""API Gateway's proxy events in, answers out; errors as RFC 9457 problem details.

Error to status is one table, here.
"""

import json
from collections.abc import Mapping
from typing import Any

from dropcast.contracts.errors import (
    ChampionMovedError,
    DropcastError,
    InvalidBodyError,
    InvalidRequestError,
    KeyNotAllowedError,
    NoChampionError,
    NoModelError,
    RequestTooLargeError,
    TransientError,
    UnknownDatasetError,
    UnknownModelError,
    UnknownPageError,
    UnservableModelError,
)

Answer = dict[str, Any]

# Error -> (status, title). The first entry that the error is an instance of decides.
STATUS_BY_ERROR: tuple[tuple[type[Exception], int, str], ...] = (
    (InvalidBodyError, 400, "The request is not valid"),
    (InvalidRequestError, 400, "The request does not fit the recipe"),
    (KeyNotAllowedError, 403, "This API key does not open this route"),
    (UnknownDatasetError, 404, "Unknown dataset"),
    (NoModelError, 404, "No model answers here"),
    (UnknownModelError, 404, "Unknown model"),
    (UnknownPageError, 404, "Unknown page"),
    (NoChampionError, 409, "No champion yet"),
    (ChampionMovedError, 409, "The champion was not moved"),
    (UnservableModelError, 409, "The model cannot be served"),
    (RequestTooLargeError, 413, "The request is too large"),
    (TransientError, 503, "Busy, try again"),
)

MAX_BODY_BYTES = 1024 * 1024
# Made once: ``json.dumps`` with settings makes an encoder for each call.
_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False)


def answer_json(status: int, document: object, *, content_type: str = "application/json") -> Answer:
    """Return a proxy answer."""
    body = _ENCODER.encode(document)
    if not body.isascii():
        try:
            body.encode()
        except UnicodeEncodeError:  # a problem shows half of a surrogate pair that was sent
            body = json.dumps(document, allow_nan=False)
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, "Cache-Control": "no-store"},
        "body": body,
    }


def answer_error(error: Exception, *, instance: str) -> Answer:
    """Return the problem document of an error; what is not in the table is a bare 500, whose
    cause stays in the log. ``instance`` is the request's id."""
    for kind, status, title in STATUS_BY_ERROR:
        if isinstance(error, kind):
            problem: dict[str, Any] = {"detail": str(error)}
            if isinstance(error, InvalidRequestError):
                problem["problems"] = list(error.problems)
            return _answer_problem(status, title, instance, problem)
    return _answer_problem(
        500,
        "Internal error",
        instance,
        {"detail": "The request failed here; the log has this instance's cause."},
    )


def read_json_body(event: Mapping[str, Any]) -> object:
    """Return the request's JSON value.

    Raises ``RequestTooLargeError`` above :data:`MAX_BODY_BYTES` and ``InvalidRequestError`` for a
    body that is not JSON, or whose objects name a field twice.
    """
    body = event.get("body") or ""
    if len(body) > 2 * MAX_BODY_BYTES:
        raise _too_large()
    data = _decode_base64(body) if event.get("isBase64Encoded") else body
    if isinstance(data, str) and not data.isascii():
        data = data.encode(errors="surrogatepass")
    if len(data) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        return json.loads(data, **_HOOKS) if isinstance(data, bytes) else _DECODER.decode(data)
    except RecursionError as error:
        raise InvalidRequestError([_body_problem("the body is nested too deep")]) from error
    except ValueError as error:
        raise InvalidRequestError([_body_problem(f"the body is not JSON: {error}")]) from error


def _decode_base64(body: str) -> bytes:
    import base64  # noqa: PLC0415 - 0.7 ms of a cold start, and JSON comes as it is

    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise InvalidRequestError([_body_problem("the body is not base64")]) from error


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise InvalidRequestError(
            [_body_problem(f"field '{name}' is given twice", name) for name in repeated]
        )
    return found


_HOOKS: dict[str, Any] = {"object_pairs_hook": _refuse_repeats, "parse_constant": float}
_DECODER = json.JSONDecoder(**_HOOKS)


def _body_problem(sentence: str, field: str | None = None) -> dict[str, object]:
    return {"row": None, "field": field, "problem": sentence}


def _too_large() -> DropcastError:
    return RequestTooLargeError(
        f"the body is larger than {MAX_BODY_BYTES:,} bytes; send the rows in several requests"
    )


def _answer_problem(status: int, title: str, instance: str, problem: Mapping[str, Any]) -> Answer:
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "instance": instance,
        **problem,
    }
    return answer_json(status, document, content_type="application/problem+json")
