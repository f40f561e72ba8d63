import base64
import json
from typing import Any

import pytest

from dropcast.contracts.errors import (
    ContendedError,
    InvalidRequestError,
    NoChampionError,
    ProgramError,
    RequestTooLargeError,
    UnknownDatasetError,
)
from dropcast.runtime.http import MAX_BODY_BYTES, answer_error, read_json_body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequestError([{"row": 0, "field": "x", "problem": "bad"}]), 400),
        (UnknownDatasetError("no recipe"), 404),
        (NoChampionError("none yet"), 409),
        (RequestTooLargeError("too large"), 413),
        (ContendedError("busy"), 503),
        (ProgramError("secret place"), 500),
        (ValueError("secret place"), 500),
    ],
)
def test_each_error_has_its_status_and_a_500_tells_no_cause(error: Exception, status: int) -> None:
    answer = answer_error(error, instance="request-1")
    problem = json.loads(answer["body"])
    assert answer["statusCode"] == problem["status"] == status
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert problem["instance"] == "request-1"
    assert ("secret" in answer["body"]) is False


def test_the_problems_of_a_request_are_all_in_the_answer() -> None:
    problems = [{"row": 0, "field": "x", "problem": "a"}, {"row": 1, "field": "y", "problem": "b"}]
    answer = answer_error(InvalidRequestError(problems), instance="i")
    assert json.loads(answer["body"])["problems"] == problems


def test_a_json_body_is_read_plain_or_base64() -> None:
    body = '{"ü": 1}'
    encoded = base64.b64encode(body.encode()).decode()
    assert read_json_body({"body": body}) == {"ü": 1}
    assert read_json_body({"body": encoded, "isBase64Encoded": True}) == {"ü": 1}


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "the body is not JSON"),
        ({"body": "{"}, "the body is not JSON"),
        ({"body": "[" * 100_000}, "nested too deep"),
        ({"body": "*", "isBase64Encoded": True}, "not base64"),
        ({"body": '{"a": 1, "a": 2}'}, "field 'a' is given twice"),
        ({"body": base64.b64encode(b'"\xff"').decode(), "isBase64Encoded": True}, "not JSON"),
    ],
)
def test_a_body_that_is_not_json_is_told(event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_json_body(event)
    assert sentence in str(caught.value.problems[0]["problem"])


def test_a_body_over_the_limit_is_too_large() -> None:
    fits = json.dumps("x" * (MAX_BODY_BYTES - 2))
    assert read_json_body({"body": fits}) == "x" * (MAX_BODY_BYTES - 2)
    with pytest.raises(RequestTooLargeError, match="1,048,576 bytes"):
        read_json_body({"body": fits + " "})
    wide = json.dumps("ü" * (MAX_BODY_BYTES // 2), ensure_ascii=False)
    with pytest.raises(RequestTooLargeError):
        read_json_body({"body": wide})
