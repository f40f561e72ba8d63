"""API Gateway: the event that the function gets, and how its response is passed on."""

import gzip
import json
from typing import Any

from proofs.probes.api.resources import call_api
from proofs.probes.probe import make_probes
from proofs.probes.target import Target


def _read_event(target: Target, path: str, **more: Any) -> Any:
    """Return the event that the function was called with."""
    return json.loads(call_api(target, path, **more).body)["event"]


def _call_alias(target: Target) -> str:
    response = call_api(target, "open/one")
    return f"{response.status} by {json.loads(response.body)['arn'].rpartition(':')[2]}"


def _pass_headers(target: Target) -> str:
    response = call_api(target, "open/one")
    return f"{response.header('content-type')}, {response.header('x-probe')}"


def _decode_path(target: Target) -> str:
    event = _read_event(target, "open/a%20b%2Bc%C3%A9")
    return f"{event['pathParameters']['name']} in {event['resource']}"


def _decode_query(target: Target) -> str:
    event = _read_event(target, "open/one?a=1%202&b=&a=3")
    return (
        f"{json.dumps(event['queryStringParameters'], sort_keys=True)}, "
        f"{json.dumps(event['multiValueQueryStringParameters'], sort_keys=True)}"
    )


def _pass_body(target: Target) -> str:
    body = '{"name": "é😀"}'
    event = _read_event(
        target,
        "open/one",
        method="POST",
        body=body.encode(),
        headers={"content-type": "application/json"},
    )
    same = "as text" if event["body"] == body else "changed"
    return f"{same}, base64 {event['isBase64Encoded']}"


def _pass_no_body(target: Target) -> str:
    event = _read_event(target, "open/one")
    return f"{event['body']!r}, {event['httpMethod']}"


def _list_context(target: Target) -> str:
    context = _read_event(target, "open/one")["requestContext"]
    return ", ".join(name for name in ("requestId", "stage", "identity") if context.get(name))


def _compress(target: Target) -> str:
    large = call_api(target, "open/large", headers={"accept-encoding": "gzip"})
    small = call_api(target, "open/one", headers={"accept-encoding": "gzip"})
    how = large.header("content-encoding") or "as it is"
    size = len(gzip.decompress(large.body)) if how == "gzip" else len(large.body)
    return f"60 kB {how} of {size}, small {small.header('content-encoding') or 'as it is'}"


_PROXY = "Amazon API Gateway Developer Guide: Lambda proxy integrations in API Gateway"
_HTTP = "runtime/http.py"
PROBES = make_probes(
    "API Gateway",
    (
        "The function's alias is called",
        "201 by live",
        _PROXY,
        "cdk/functions.py: live",
        _call_alias,
    ),
    (
        "The function's headers are passed on",
        "application/json, yes",
        _PROXY,
        f"{_HTTP} answer_json",
        _pass_headers,
    ),
    (
        "A part of the path that is quoted",
        "a%20b%2Bc%C3%A9 in /open/{name}",
        "none by AWS; seen on AWS: github.com/hotsock/voker pull request 8",
        "runtime/routing.py: names have no characters that are quoted",
        _decode_path,
    ),
    (
        "A query",
        '{"a": "3", "b": ""}, {"a": ["1 2", "3"], "b": [""]}',
        _PROXY,
        "functions/predict/catalogue.py",
        _decode_query,
    ),
    (
        "A body of JSON beyond ASCII",
        "as text, base64 False",
        _PROXY,
        f"{_HTTP} read_json_body",
        _pass_body,
    ),
    ("No body", "None, GET", _PROXY, f"{_HTTP} read_json_body", _pass_no_body),
    (
        "The request's context",
        "requestId, stage, identity",
        _PROXY,
        f"{_HTTP}: an error's instance",
        _list_context,
    ),
    (
        "A response above minimumCompressionSize, for a client that accepts gzip",
        "60 kB gzip of 60000, small as it is",
        "Amazon API Gateway Developer Guide: Payload compression for REST APIs",
        "cdk/api/rest_api.py: COMPRESSED_FROM_KIB",
        _compress,
    ),
)
