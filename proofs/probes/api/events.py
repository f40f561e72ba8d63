"""API Gateway: what the function is told, and how its answer is passed on."""

import gzip
import json
from typing import Any

from proofs.probes.api.resources import ask
from proofs.probes.probe import Probe
from proofs.probes.target import Target


def ask_event(target: Target, path: str, **more: Any) -> Any:
    """Return the event that the function was called with."""
    return json.loads(ask(target, path, **more).body)["event"]


def call_alias(target: Target) -> str:
    answer = ask(target, "open/one")
    return f"{answer.status} by {json.loads(answer.body)['arn'].rpartition(':')[2]}"


def pass_headers(target: Target) -> str:
    answer = ask(target, "open/one")
    return f"{answer.header('content-type')}, {answer.header('x-told')}"


def decode_path(target: Target) -> str:
    event = ask_event(target, "open/a%20b%2Bc%C3%A9")
    return f"{event['pathParameters']['name']} in {event['resource']}"


def decode_query(target: Target) -> str:
    event = ask_event(target, "open/one?a=1%202&b=&a=3")
    return (
        f"{json.dumps(event['queryStringParameters'], sort_keys=True)}, "
        f"{json.dumps(event['multiValueQueryStringParameters'], sort_keys=True)}"
    )


def pass_body(target: Target) -> str:
    body = '{"name": "é😀"}'
    event = ask_event(
        target,
        "open/one",
        method="POST",
        body=body.encode(),
        headers={"content-type": "application/json"},
    )
    same = "as text" if event["body"] == body else "changed"
    return f"{same}, base64 {event['isBase64Encoded']}"


def pass_no_body(target: Target) -> str:
    event = ask_event(target, "open/one")
    return f"{event['body']!r}, {event['httpMethod']}"


def name_request(target: Target) -> str:
    context = ask_event(target, "open/one")["requestContext"]
    return ", ".join(name for name in ("requestId", "stage", "identity") if context.get(name))


def compress(target: Target) -> str:
    large = ask(target, "open/large", headers={"accept-encoding": "gzip"})
    small = ask(target, "open/one", headers={"accept-encoding": "gzip"})
    how = large.header("content-encoding") or "as it is"
    size = len(gzip.decompress(large.body)) if how == "gzip" else len(large.body)
    return f"60 kB {how} of {size}, small {small.header('content-encoding') or 'as it is'}"


_PROXY = "Amazon API Gateway Developer Guide: Lambda proxy integrations in API Gateway"
_HTTP = "runtime/http.py"
_ROWS = (
    ("The function's alias is called", "201 by live", _PROXY, "cdk/functions.py: live", call_alias),
    (
        "The function's headers are passed on",
        "application/json, yes",
        _PROXY,
        f"{_HTTP} answer_json",
        pass_headers,
    ),
    (
        "A part of the path that is quoted",
        "a%20b%2Bc%C3%A9 in /open/{name}",
        "none by AWS; seen on AWS: github.com/hotsock/voker pull request 8",
        "runtime/routing.py: names of letters, digits and signs alone",
        decode_path,
    ),
    (
        "A query",
        '{"a": "3", "b": ""}, {"a": ["1 2", "3"], "b": [""]}',
        _PROXY,
        "functions/predict/catalogue.py",
        decode_query,
    ),
    (
        "A body of JSON beyond ASCII",
        "as text, base64 False",
        _PROXY,
        f"{_HTTP} read_json_body",
        pass_body,
    ),
    ("No body", "None, GET", _PROXY, f"{_HTTP} read_json_body", pass_no_body),
    (
        "The request's context",
        "requestId, stage, identity",
        _PROXY,
        f"{_HTTP}: an error's instance",
        name_request,
    ),
    (
        "An answer above minimumCompressionSize, to who takes gzip",
        "60 kB gzip of 60000, small as it is",
        "Amazon API Gateway Developer Guide: Payload compression for REST APIs",
        "cdk/api/rest_api.py: COMPRESSED_FROM_KIB",
        compress,
    ),
)
PROBES = tuple(
    Probe(name=name, service="API Gateway", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
