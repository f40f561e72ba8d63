"""Bodies that are one small JSON object: uploads and rollbacks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dropcast.contracts.errors import InvalidBodyError, describe_unknown
from dropcast.runtime.http import read_json_body

Problem = dict[str, object]
_SHOWN_CHARACTERS = 60


def read_fields(event: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the request's JSON object; raise ``InvalidBodyError`` for any other value, and what
    ``read_json_body`` raises."""
    body = read_json_body(event)
    if not isinstance(body, dict):
        sentence = f"the body is {type(body).__name__}; send one JSON object"
        raise InvalidBodyError([{"row": None, "field": None, "problem": sentence}])
    return body


def find_unknown_fields(body: Mapping[str, object], known: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each field that is not known."""
    names = tuple(known)
    for name in body:
        if name not in names:
            shown = name[:_SHOWN_CHARACTERS]
            yield {
                "row": None,
                "field": shown,
                "problem": describe_unknown("field", shown, names),
            }
