import base64
import json
from http import HTTPStatus
from typing import Any

import pytest

from dropcast.api.bodies import find_unknown_fields
from dropcast.contracts.errors import (
    PHRASES,
    ContendedError,
    InvalidBodyError,
    InvalidRequestError,
    NoChampionError,
    ProgramError,
    RequestTooLargeError,
    UnknownDatasetError,
)
from dropcast.contracts.limits import MAX_BODY_BYTES, MAX_PROBLEMS
from dropcast.runtime.http import answer_error, read_json_body


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


def test_the_title_is_the_statuss_own_phrase() -> None:
    problem = json.loads(answer_error(NoChampionError("none"), instance="i")["body"])
    assert (problem["type"], problem["title"]) == ("about:blank", "Conflict")
    # Python learned the newest phrase of 413 in 3.13.
    assert {s: p for s, p in PHRASES.items() if s != 413} == {
        s: HTTPStatus(s).phrase for s in PHRASES if s != 413
    }


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
def test_a_body_that_is_not_json_is_reported(event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_json_body(event)
    assert sentence in str(caught.value.problems[0]["problem"])


def test_fields_given_twice_are_listed_shortened_and_up_to_a_number() -> None:
    names = [f"{i:05}" + "x" * 100 for i in range(MAX_PROBLEMS + 7)]
    body = "{" + ",".join(f'"{name}":1' for name in [*names, *names, *names]) + "}"
    with pytest.raises(InvalidRequestError) as caught:
        read_json_body({"body": body})
    problems = caught.value.problems
    assert [p["field"] for p in problems] == [*(n[:60] for n in names[:MAX_PROBLEMS]), None]
    assert problems[-1]["problem"] == "and 7 more problem(s)"
    assert max(len(str(p["problem"])) for p in problems) < 100


def test_a_mebibyte_of_names_is_looked_at_once_each() -> None:
    """100,000 names compared each with all took a minute and more."""
    names = [f"{i:x}" for i in range(100_000)]
    body = "{" + ",".join(f'"{name}":1' for name in [*names, "0"]) + "}"
    assert len(body) < MAX_BODY_BYTES
    with pytest.raises(InvalidRequestError) as caught:
        read_json_body({"body": body})
    assert [p["field"] for p in caught.value.problems] == ["0"]


def test_fields_that_are_not_known_are_listed_up_to_a_number() -> None:
    body = dict.fromkeys(f"{i}" * 50 for i in range(MAX_PROBLEMS, 2 * MAX_PROBLEMS + 3))
    problems = find_unknown_fields(body, ("to", "reason"))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1]["problem"] == "and 3 more problem(s)"
    assert find_unknown_fields({"to": 1}, ("to",)) == []
    assert issubclass(InvalidBodyError, InvalidRequestError)


def test_a_body_over_the_limit_is_too_large() -> None:
    fits = json.dumps("x" * (MAX_BODY_BYTES - 2))
    assert read_json_body({"body": fits}) == "x" * (MAX_BODY_BYTES - 2)
    with pytest.raises(RequestTooLargeError, match="1,048,576 bytes"):
        read_json_body({"body": fits + " "})
    wide = json.dumps("ü" * (MAX_BODY_BYTES // 2), ensure_ascii=False)
    with pytest.raises(RequestTooLargeError):
        read_json_body({"body": wide})
