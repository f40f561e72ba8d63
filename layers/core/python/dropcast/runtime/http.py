"""API Gateway's proxy events in, answers out; errors as RFC 9457 problem details.

Error to status is one table, here.
"""

import json
from collections.abc import Mapping
from typing import Any

from dropcast.contracts.blobs import JSON_TYPE
from dropcast.contracts.errors import (
    PHRASES,
    PROBLEM_CONTENT_TYPE,
    ChampionMovedError,
    DropcastError,
    InvalidRequestError,
    KeyNotAllowedError,
    MediaTypeError,
    NoChampionError,
    NoModelError,
    RequestTooLargeError,
    TransientError,
    UnknownDatasetError,
    UnknownModelError,
    UnknownPageError,
    UnservableModelError,
    list_field_problems,
    make_problem,
)
from dropcast.contracts.limits import MAX_BODY_BYTES

Answer = dict[str, Any]
_SHOWN_CHARACTERS = 60
_NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}
_GZIP_MAGIC = b"\x1f\x8b"

# Error -> status. The first entry that the error is an instance of decides.
STATUS_BY_ERROR: tuple[tuple[type[Exception], int], ...] = (
    (InvalidRequestError, 400),
    (KeyNotAllowedError, 403),
    (UnknownDatasetError, 404),
    (NoModelError, 404),
    (UnknownModelError, 404),
    (UnknownPageError, 404),
    (NoChampionError, 409),
    (ChampionMovedError, 409),
    (UnservableModelError, 409),
    (RequestTooLargeError, 413),
    (MediaTypeError, 415),
    (TransientError, 503),
)

# Made once: ``json.dumps`` with settings makes an encoder for each call.
_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False)


def answer_json(status: int, document: object, *, content_type: str = JSON_TYPE) -> Answer:
    """Return a proxy answer whose body is a JSON document."""
    body = _ENCODER.encode(document)
    if not body.isascii():
        try:
            body.encode()
        except UnicodeEncodeError:  # a problem shows a lone surrogate that was sent
            body = json.dumps(document, allow_nan=False)
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, **_NO_STORE},
        "body": body,
    }


def answer_text(
    text: str, content_type: str = JSON_TYPE, headers: Mapping[str, str] = _NO_STORE
) -> Answer:
    """Return a proxy answer of status 200 whose body is this text."""
    return {
        "statusCode": 200,
        "headers": {"Content-Type": content_type, **headers},
        "body": text,
    }


def answer_error(error: Exception, *, instance: str) -> Answer:
    """Return the problem document of an error; ``instance`` is the request's id.

    An error that is not in the table is a bare 500, whose cause stays in the log.
    """
    for kind, status in STATUS_BY_ERROR:
        if isinstance(error, kind):
            problem: dict[str, Any] = {"detail": str(error)}
            if isinstance(error, InvalidRequestError):
                problem["problems"] = list(error.problems)
            return _answer_problem(status, instance, problem)
    return _answer_problem(
        500,
        instance,
        {"detail": "The request failed here; the log has this instance's cause."},
    )


def read_json_body(event: Mapping[str, Any]) -> object:
    """Return the request's JSON value.

    Raises ``RequestTooLargeError`` above :data:`MAX_BODY_BYTES`, ``MediaTypeError`` for a body that
    is said to be something else, and ``InvalidRequestError`` for one that is not JSON, or whose
    objects name a field twice.
    """
    _refuse_other_types(event.get("headers") or {})
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
        raise InvalidRequestError([make_problem(None, "the body is nested too deep")]) from error
    except ValueError as error:
        raise InvalidRequestError([make_problem(None, _explain_body(error, data))]) from error


def _refuse_other_types(headers: Mapping[str, str]) -> None:
    """Raise ``MediaTypeError`` for a content type that is given and is not JSON's."""
    given = headers.get("Content-Type") or headers.get("content-type")
    if given is None:
        given = next((v for name, v in headers.items() if name.lower() == "content-type"), None)
    if not given or given == JSON_TYPE:
        return
    found = given.partition(";")[0].strip().lower()
    if not found.endswith(("/json", "+json")):
        raise MediaTypeError(
            f"the body is sent as '{given[:_SHOWN_CHARACTERS]}'; send it with the header "
            f"Content-Type: {JSON_TYPE}"
        )


def _explain_body(error: ValueError, data: str | bytes) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"the body is not JSON: {error}"
    if isinstance(data, bytes) and data.startswith(_GZIP_MAGIC):
        return "the body is not JSON: it is compressed with gzip; send it as it is"
    if isinstance(error, UnicodeError):
        return "the body is not JSON: it is not UTF-8"
    # Python's reader of JSON refuses nothing else.
    return "the body is not JSON that can be read: an integer has thousands of digits"


def _decode_base64(body: str) -> bytes:
    import base64  # noqa: PLC0415 - 0.7 ms of a cold start, and JSON comes as it is

    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise InvalidRequestError([make_problem(None, "the body is not base64")]) from error


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        repeated: dict[str, None] = {}
        for name, _ in pairs:
            if name in seen:
                repeated[name] = None
            seen.add(name)
        raise InvalidRequestError(
            list_field_problems(repeated, lambda shown: f"field '{shown}' is given twice")
        )
    return found


_HOOKS: dict[str, Any] = {"object_pairs_hook": _refuse_repeats, "parse_constant": float}
_DECODER = json.JSONDecoder(**_HOOKS)


def _too_large() -> DropcastError:
    return RequestTooLargeError(
        f"the body is larger than {MAX_BODY_BYTES:,} bytes; send the rows in several requests"
    )


def _answer_problem(status: int, instance: str, problem: Mapping[str, Any]) -> Answer:
    document = {
        "type": "about:blank",
        "title": PHRASES[status],
        "status": status,
        "instance": instance,
        **problem,
    }
    return answer_json(status, document, content_type=PROBLEM_CONTENT_TYPE)
