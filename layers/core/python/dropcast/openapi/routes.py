"""The routes that are the same for every dataset."""

from dataclasses import dataclass
from typing import Any

from dropcast.contracts.api_keys import API_KEYS, OPERATOR, UPLOADS
from dropcast.contracts.blobs import JSON_TYPE
from dropcast.contracts.errors import PROBLEM_CONTENT_TYPE
from dropcast.contracts.limits import UPLOAD_MINUTES
from dropcast.openapi.answers import refer
from dropcast.openapi.bodies import ROLLBACK_BODY, UPLOAD_BODY, make_body_object
from dropcast.openapi.rows import Schema
from dropcast.openapi.security import describe_access

_TEXT: Schema = {"type": "string"}
# Status -> when.
PROBLEMS: dict[int, str] = {
    400: "The request is not valid; every field's problem is listed",
    403: "No API key, an unknown one, or one that this route does not take; the detail says which",
    404: "Nothing has this name; the detail lists the known names",
    409: "There is no champion yet, or it is another one than the request names",
    413: "The request is too large",
    415: "The body is sent as something other than application/json",
    429: "Too many requests; wait and ask again",
    500: "Internal error; the log has this instance's cause",
    502: "No answer that can be passed on; ask again",
    503: "Busy; ask again",
    504: "No answer in time; ask again",
}
# Sent by API Gateway itself, and by the function when something is broken.
_ALWAYS = (403, 429, 500, 502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation.

    ``schema`` is of its answer; ``refusals`` are the statuses beside those that every route with a
    key has; ``choices`` says which datasets the path may name; ``keys`` are the API keys that it
    takes.
    """

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
    keys: tuple[str, ...] = API_KEYS


def _say_after(name: str, description: str) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": _TEXT}


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
        parameters=(_say_after("after", "List the files after this key"),),
    ),
    Route(
        path="/{dataset}/uploads",
        method="post",
        name="open_upload",
        summary="Permission to drop one file, without AWS credentials",
        description=(
            f"Answers with a form of S3, good for {UPLOAD_MINUTES} minutes and for this name, type "
            "and size alone. Send its fields and then the file as a multipart POST to its url; the "
            "line in curl does that."
        ),
        tag="Datasets",
        schema=make_body_object(
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
        refusals=(400, 404, 413, 415),
        body=UPLOAD_BODY,
        keys=(UPLOADS, OPERATOR),
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
        description="A page of each; models_next and rollbacks_next lead on.",
        tag="Models",
        schema={
            "type": "object",
            "properties": {
                "dataset": _TEXT,
                "models": {"type": "array", "items": refer("ModelVersion")},
                "models_next": refer("Next"),
                "rollbacks": {"type": "array", "items": refer("Rollback")},
                "rollbacks_next": refer("Next"),
            },
            "required": ["dataset", "models", "models_next", "rollbacks", "rollbacks_next"],
        },
        refusals=(400, 404),
        parameters=(
            _say_after("models_after", "List the models after this one, by its name"),
            _say_after("rollbacks_after", "List the rollbacks after this one, by its request"),
        ),
    ),
    Route(
        path="/{dataset}/rollback",
        method="post",
        name="roll_back",
        summary="Put an earlier champion back",
        description=(
            "Predictions follow within a minute. The next model that passes its gate against the "
            "champion that was put back takes its place, as after any registration."
        ),
        tag="Models",
        schema=make_body_object(
            {
                "champion": _TEXT,
                "replaced": _TEXT,
                "reason": _TEXT,
                "by": _TEXT,
                "at": {"type": "string", "format": "date-time"},
            }
        ),
        refusals=(400, 404, 409, 413, 415),
        body=ROLLBACK_BODY,
        keys=(OPERATOR,),
    ),
)


def describe_route(route: Route, datasets: dict[str, list[str]]) -> Schema:
    """Return the operation object. ``datasets`` are the names that each ``choices`` allows."""
    operation: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        **describe_access(route.keys, route.description),
        "responses": make_responses(route.status, route.schema, route.refusals),
    }
    parameters = [*_list_path_parameters(route, datasets), *route.parameters]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {JSON_TYPE: {"schema": route.body}},
        }
    return operation


def make_responses(status: int, schema: Schema, refusals: tuple[int, ...]) -> dict[str, Any]:
    """Return the responses object: the answer, and a problem for each way to miss it."""
    described = {"description": "The answer", "content": {JSON_TYPE: {"schema": schema}}}
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
            "content": {PROBLEM_CONTENT_TYPE: {"schema": refer("Problem")}},
        }
        for code, when in PROBLEMS.items()
    }


def _list_path_parameters(route: Route, datasets: dict[str, list[str]]) -> list[Schema]:
    if "{dataset}" not in route.path:
        return []
    schema = {"type": "string", "enum": datasets[route.choices]}
    return [{"name": "dataset", "in": "path", "required": True, "schema": schema}]
