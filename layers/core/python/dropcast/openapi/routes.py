"""The routes that are the same for every dataset."""

from dataclasses import dataclass
from typing import Any

from dropcast.contracts.limits import (
    MAX_NAME_CHARACTERS,
    MAX_REASON_CHARACTERS,
    MAX_UPLOAD_BYTES,
    UPLOAD_MINUTES,
)
from dropcast.openapi.answers import refer
from dropcast.openapi.rows import Schema

_TEXT: Schema = {"type": "string"}
_CONTENT_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
# Status -> when.
PROBLEMS: dict[int, str] = {
    400: "The request is not valid; every field's problem is listed",
    403: "No API key, a wrong one, or one that does not open this route",
    404: "Nothing has this name; what is known is told",
    409: "Not as things stand: there is no champion yet, or it is another than was thought",
    413: "The request is too large",
    429: "Too many requests; wait and ask again",
    500: "Internal error; the log has this instance's cause",
    503: "Busy; ask again",
}
# What API Gateway answers by itself, and the function when something is broken.
_ALWAYS = (403, 429, 500, 503)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation. ``schema`` is of its answer; ``refusals`` are the statuses beside those that
    every route with a key has; ``choices`` says which datasets the path may name."""

    path: str
    method: str
    name: str
    summary: str
    description: str = ""
    tag: str
    schema: Schema
    status: int = 200
    choices: str = "recipes"
    refusals: tuple[int, ...] = (404,)
    parameters: tuple[Schema, ...] = ()
    body: Schema | None = None


def _make_object(fields: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


_UPLOAD_BODY = _make_object(
    {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_NAME_CHARACTERS,
            "description": "The file's name; the same name dropped again takes its place",
            "examples": ["songs-2024-05.csv"],
        },
        "size": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_UPLOAD_BYTES,
            "description": "The file's bytes: S3 refuses a larger one",
            "examples": [20480],
        },
        "content_type": {
            **_TEXT,
            "description": "Of the file; left out, it follows from the name's ending",
            "examples": ["text/csv"],
        },
    },
    optional=("content_type",),
)
_ROLLBACK_BODY = _make_object(
    {
        "to": {**_TEXT, "description": "The model to put back, as versions names it"},
        "reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_REASON_CHARACTERS,
            "description": "Why; it is kept in the audit record",
        },
        "from": {
            **_TEXT,
            "description": "The champion that you see; 409 if it is another by then",
        },
    },
    optional=("from",),
)

ROUTES: tuple[Route, ...] = (
    Route(
        path="/datasets",
        method="get",
        name="list_datasets",
        summary="All datasets",
        tag="Datasets",
        schema={
            "type": "object",
            "properties": {"datasets": {"type": "array", "items": refer("Dataset")}},
            "required": ["datasets"],
        },
        refusals=(),
    ),
    Route(
        path="/{dataset}",
        method="get",
        name="show_dataset",
        summary="A dataset's card: rows, statistics, current version, files",
        tag="Datasets",
        schema=refer("DatasetCard"),
        choices="tables",
        refusals=(400, 404),
        parameters=(
            {
                "name": "after",
                "in": "query",
                "description": "List the files after this key",
                "schema": _TEXT,
            },
        ),
    ),
    Route(
        path="/{dataset}/uploads",
        method="post",
        name="open_upload",
        summary="Leave to drop one file, without AWS credentials",
        description=(
            f"Answers with a form of S3, good for {UPLOAD_MINUTES} minutes and for this name, type "
            "and size alone. Send its fields and then the file as a multipart POST to its url; the "
            "line in curl does that."
        ),
        tag="Datasets",
        schema=_make_object(
            {
                "url": {"type": "string", "format": "uri"},
                "fields": {"type": "object", "additionalProperties": _TEXT},
                "key": _TEXT,
                "most_bytes": {"type": "integer"},
                "expires_at": {"type": "string", "format": "date-time"},
                "curl": _TEXT,
            }
        ),
        status=201,
        choices="tables",
        refusals=(400, 404, 413),
        body=_UPLOAD_BODY,
    ),
    Route(
        path="/{dataset}/model",
        method="get",
        name="show_model",
        summary="The champion's model card",
        tag="Models",
        schema={"type": "object"},
        refusals=(404, 409),
    ),
    Route(
        path="/{dataset}/versions",
        method="get",
        name="list_versions",
        summary="The models that are or were champion, and the rollbacks, newest first",
        tag="Models",
        schema={
            "type": "object",
            "properties": {
                "dataset": _TEXT,
                "models": {"type": "array", "items": refer("ModelVersion")},
                "rollbacks": {"type": "array", "items": refer("Rollback")},
            },
            "required": ["dataset", "models", "rollbacks"],
        },
    ),
    Route(
        path="/{dataset}/rollback",
        method="post",
        name="roll_back",
        summary="Put an earlier champion back: with the operator's key",
        description=(
            "Predictions follow within a minute. The next model that passes its gate against the "
            "champion that was put back takes its place, as after any registration."
        ),
        tag="Models",
        schema=_make_object(
            {
                "champion": _TEXT,
                "replaced": _TEXT,
                "reason": _TEXT,
                "by": _TEXT,
                "at": {"type": "string", "format": "date-time"},
            }
        ),
        refusals=(400, 404, 409, 413),
        body=_ROLLBACK_BODY,
    ),
)


def describe_route(route: Route, datasets: dict[str, list[str]]) -> Schema:
    """Return the operation object. ``datasets`` are the names that each ``choices`` allows."""
    operation: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        **({"description": route.description} if route.description else {}),
        "responses": make_responses(route.status, route.schema, route.refusals),
    }
    parameters = [*_list_path_parameters(route, datasets), *route.parameters]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {_CONTENT_TYPE: {"schema": route.body}},
        }
    return operation


def make_responses(status: int, schema: Schema, refusals: tuple[int, ...]) -> dict[str, Any]:
    """Return the responses object: the answer, and a problem for each way to miss it."""
    described = {"description": "The answer", "content": {_CONTENT_TYPE: {"schema": schema}}}
    problems = {
        str(code): {"$ref": f"#/components/responses/Problem{code}"}
        for code in sorted({*refusals, *_ALWAYS})
    }
    return {str(status): described, **problems}


def make_problem_responses() -> dict[str, Any]:
    """Return the responses that all routes refer to."""
    return {
        f"Problem{code}": {
            "description": when,
            "content": {PROBLEM_TYPE: {"schema": refer("Problem")}},
        }
        for code, when in PROBLEMS.items()
    }


def _list_path_parameters(route: Route, datasets: dict[str, list[str]]) -> list[Schema]:
    if "{dataset}" not in route.path:
        return []
    schema = {"type": "string", "enum": datasets[route.choices]}
    return [{"name": "dataset", "in": "path", "required": True, "schema": schema}]
