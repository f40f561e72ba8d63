"""The bodies of an upload: a name and a size are read, a form and a line for a shell described."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TypeGuard, cast

from dropcast.api.bodies import find_unknown_fields
from dropcast.contracts.errors import InvalidBodyError, Problem, make_problem
from dropcast.contracts.limits import (
    CONTENT_TYPE_PATTERN,
    CONTENT_TYPES,
    MAX_NAME_CHARACTERS,
    MAX_UPLOAD_BYTES,
    NAME_PATTERN,
)
from dropcast.contracts.ports import UploadForm
from dropcast.steps.requests.uploads import UploadOpened, UploadRequested

_NAME = re.compile(NAME_PATTERN)
_CONTENT_TYPE = re.compile(CONTENT_TYPE_PATTERN)
_FIELDS = ("name", "size", "content_type")


def read_upload(body: Mapping[str, object]) -> UploadRequested:
    """Return the upload that a body requests; raise ``InvalidBodyError`` with every problem."""
    problems = [*find_unknown_fields(body, _FIELDS), *_find_problems(body)]
    if problems:
        raise InvalidBodyError(problems)
    name = str(body["name"])
    return UploadRequested(
        name=name,
        size=int(cast("float", body["size"])),
        content_type=str(body.get("content_type") or CONTENT_TYPES[_find_ending(name) or ""]),
    )


def describe_upload(opened: UploadOpened) -> dict[str, object]:
    """Return the form, and the line of ``curl`` that uses it."""
    return {
        "url": opened.form.url,
        "fields": opened.form.fields,
        "key": opened.key,
        "most_bytes": opened.requested.size,
        "expires_at": opened.expires_at.isoformat(timespec="seconds"),
        "curl": write_curl(opened.form, opened.requested.name),
    }


def write_curl(form: UploadForm, name: str) -> str:
    """Return a line for a shell whose folder holds the file; ``file`` is last, as S3 requires.

    ``--form-string`` takes a value as it is, whatever characters it begins with.
    """
    fields = (f"--form-string {shlex.quote(f'{k}={v}')}" for k, v in form.fields.items())
    local = name.rsplit("/", 1)[-1]
    file = shlex.quote(f'file=@"{local}"')
    return f"curl -sS --fail-with-body {' '.join(fields)} -F {file} {shlex.quote(form.url)}"


def _find_problems(body: Mapping[str, object]) -> Iterator[Problem]:
    yield from (make_problem("name", sentence) for sentence in _judge_name(body.get("name")))
    size = body.get("size")
    if not _is_whole(size) or not 1 <= size <= MAX_UPLOAD_BYTES:
        yield make_problem(
            "size",
            f"must be the file's bytes, a whole number from 1 to {MAX_UPLOAD_BYTES:,}; "
            "a larger file is dropped in several files, or with the AWS CLI",
        )
    content_type = body.get("content_type")
    if content_type is not None and not (
        isinstance(content_type, str) and _CONTENT_TYPE.fullmatch(content_type)
    ):
        yield make_problem("content_type", "must be like text/csv, in lower case, or be left out")


def _is_whole(value: object) -> TypeGuard[int | float]:
    """Return whether JSON Schema counts it as an integer: 4.0 is one, true is not."""
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
