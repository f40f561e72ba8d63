"""Bodies that are one small JSON object: uploads and rollbacks."""

from collections.abc import Collection, Mapping
from typing import Any

from dropcast.contracts.errors import InvalidBodyError, describe_unknown
from dropcast.runtime.http import Problem, list_field_problems, read_json_body


def read_fields(event: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the request's JSON object; raise ``InvalidBodyError`` for any other value, and what
    ``read_json_body`` raises."""
    body = read_json_body(event)
    if not isinstance(body, dict):
        sentence = f"the body is {type(body).__name__}; send one JSON object"
        raise InvalidBodyError([{"row": None, "field": None, "problem": sentence}])
    return body


def is_text(value: str) -> bool:
    """Return whether a text can be stored: an escape may spell half of a surrogate pair."""
    return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)


def find_unknown_fields(body: Mapping[str, object], known: Collection[str]) -> list[Problem]:
    """Return the problems of the fields that are not known, as ``list_field_problems`` does."""
    unknown = [name for name in body if name not in known]
    return list_field_problems(unknown, lambda shown: describe_unknown("field", shown, known))
