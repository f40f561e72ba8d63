"""The uploads door: a name and a size -> a form that drops one file without AWS credentials.

The form is S3's own POST policy. It is bound to one key, one content type, a size and a quarter of
an hour, and can do no more than this function's role, which may put under ``raw/`` and nothing
else. S3 then sends the event that a drop by any other way sends. What is dropped teaches the model,
so only the uploads key and the operator's may ask for a form (docs/access.md).
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeGuard, cast

from dropcast.contracts.api_keys import OPERATOR, UPLOADS
from dropcast.contracts.errors import InvalidBodyError
from dropcast.contracts.keys import RAW
from dropcast.contracts.limits import (
    CONTENT_TYPE_PATTERN,
    CONTENT_TYPES,
    MAX_NAME_CHARACTERS,
    MAX_UPLOAD_BYTES,
    NAME_PATTERN,
    UPLOAD_MINUTES,
)
from dropcast.contracts.ports import UploadForm
from dropcast.runtime.api_keys import require_key
from dropcast.runtime.bodies import find_unknown_fields, read_fields
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.http import Answer, Problem, answer_json
from dropcast.runtime.routing import Event, answer_route, find_dataset

_NAME = re.compile(NAME_PATTERN)
_CONTENT_TYPE = re.compile(CONTENT_TYPE_PATTERN)
_FIELDS = ("name", "size", "content_type")
KEYS = (UPLOADS, OPERATOR)


@dataclass(frozen=True, kw_only=True)
class UploadAsked:
    """A file that somebody wants to drop; ``size`` is the most bytes that it has."""

    name: str
    size: int
    content_type: str


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point."""
    return answer_request(event, context, make_dependencies(prompt=True))


def answer_request(event: Event, context: object, dependencies: Dependencies) -> Answer:
    """Return the proxy answer of one request."""
    return answer_route(event, context, dependencies, ROUTES)


def open_upload(event: Event, dependencies: Dependencies) -> Answer:
    """Return a form for one file, and the line of ``curl`` that uses it."""
    require_key(event, dependencies.key_ids, KEYS)
    table = dependencies.find_table(find_dataset(event))
    asked = read_asked(read_fields(event))
    key = RAW.format(dataset=table.dataset, name=asked.name)
    form = dependencies.uploads.sign_form(
        key=key,
        content_type=asked.content_type,
        most_bytes=asked.size,
        valid_seconds=UPLOAD_MINUTES * 60,
    )
    expires_at = dependencies.now() + timedelta(minutes=UPLOAD_MINUTES)
    return answer_json(
        201,
        {
            "url": form.url,
            "fields": form.fields,
            "key": key,
            "most_bytes": asked.size,
            "expires_at": expires_at.isoformat(timespec="seconds"),
            "curl": write_curl(form, asked.name),
        },
    )


def read_asked(body: Mapping[str, object]) -> UploadAsked:
    """Return what a body asks for; raise ``InvalidBodyError`` with every problem."""
    problems = [*find_unknown_fields(body, _FIELDS), *_find_problems(body)]
    if problems:
        raise InvalidBodyError(problems)
    name = str(body["name"])
    return UploadAsked(
        name=name,
        size=int(cast("float", body["size"])),
        content_type=str(body.get("content_type") or CONTENT_TYPES[_find_ending(name) or ""]),
    )


def write_curl(form: UploadForm, name: str) -> str:
    """Return a line for a shell that stands where the file lies; ``file`` comes last, as S3 wants
    it. ``--form-string`` takes a value as it is, whatever signs it begins with."""
    fields = (f"--form-string {shlex.quote(f'{k}={v}')}" for k, v in form.fields.items())
    local = name.rsplit("/", 1)[-1]
    file = shlex.quote(f'file=@"{local}"')
    return f"curl -sS --fail-with-body {' '.join(fields)} -F {file} {shlex.quote(form.url)}"


def _find_problems(body: Mapping[str, object]) -> Iterator[Problem]:
    yield from (_tell("name", sentence) for sentence in _judge_name(body.get("name")))
    size = body.get("size")
    if not _is_whole(size) or not 1 <= size <= MAX_UPLOAD_BYTES:
        yield _tell(
            "size",
            f"must be the file's bytes, a whole number from 1 to {MAX_UPLOAD_BYTES:,}; "
            "a larger file is dropped in pieces, or with the AWS CLI",
        )
    content_type = body.get("content_type")
    if content_type is not None and not (
        isinstance(content_type, str) and _CONTENT_TYPE.fullmatch(content_type)
    ):
        yield _tell("content_type", "must be like text/csv, in lower case, or be left out")


def _is_whole(value: object) -> TypeGuard[int | float]:
    """As JSON Schema counts: 4.0 is a whole number, true is none."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _judge_name(name: object) -> Iterator[str]:
    if not isinstance(name, str) or not name:
        yield "is missing: the file's name, such as songs-2024-05.csv"
        return
    if len(name) > MAX_NAME_CHARACTERS:
        yield f"has {len(name):,} characters; at most {MAX_NAME_CHARACTERS} are taken"
    elif not _NAME.fullmatch(name):
        yield (
            "must be letters, digits, blanks and . _ - ( ) + , = @, each part between slashes "
            "beginning with a letter or a digit"
        )
    elif _find_ending(name) is None:
        yield f"must end in one of {', '.join(CONTENT_TYPES)}, which are the formats that are read"


def _find_ending(name: str) -> str | None:
    lower = name.lower()
    endings = [ending for ending in CONTENT_TYPES if lower.endswith(ending)]
    return max(endings, key=len, default=None)


def _tell(field: str, sentence: str) -> Problem:
    return {"row": None, "field": field, "problem": f"{field}: {sentence}"}


ROUTES = {("POST", "/{dataset}/uploads"): open_upload}
