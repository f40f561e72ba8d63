"""OpenAPI 3.1, from the recipes alone: the same recipes make the same document, byte for byte."""

from collections.abc import Mapping
from typing import Any

from dropcast.contracts.api_keys import API_KEYS, OPERATOR, PREDICTIONS
from dropcast.contracts.blobs import JSON_TYPE
from dropcast.contracts.limits import MAX_BODY_BYTES, MAX_EXPLAINED, MAX_ROWS
from dropcast.openapi.answers import SCHEMAS, make_prediction_schema, refer
from dropcast.openapi.routes import (
    ROUTES,
    describe_route,
    make_problem_responses,
    make_responses,
)
from dropcast.openapi.rows import (
    Schema,
    make_body_schema,
    make_example_body,
    make_row_schema,
)
from dropcast.openapi.security import describe_access, list_security, make_security_schemes
from dropcast.recipe import Recipe

_INTRODUCTION = (
    "Predictions by the champion of each dataset, and the way from a file to a champion. Every "
    "route but this document and its page needs an API key, of which there are three kinds. Errors "
    "are problem details after RFC 9457 with every field's problem in one answer."
)


def build_document(
    recipes: Mapping[str, Recipe], *, server: str = "/v1", max_rows: int = MAX_ROWS
) -> dict[str, Any]:
    """Return the document as JSON types.

    All paths are appended to ``server`` as they are, so it ends without a slash.
    """
    references = {table.dataset for recipe in recipes.values() for table in recipe.references}
    datasets = {
        "recipes": sorted(recipes),
        "tables": sorted({*recipes, *references}),
    }
    ordered = [recipes[name] for name in sorted(recipes)]
    paths: dict[str, Any] = {}
    for recipe in ordered:
        paths[f"/{recipe.dataset}/predict"] = {"post": _describe_predict(recipe, max_rows)}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = describe_route(route, datasets)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dropcast", "version": "1", "description": _INTRODUCTION},
        "servers": [{"url": server}],
        "security": list_security(API_KEYS),
        "tags": [
            {"name": "Predictions", "description": "One row, or many"},
            {"name": "Datasets", "description": "The datasets, and uploads of files"},
            {"name": "Models", "description": "The champion, its predecessors, and rollbacks"},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": make_security_schemes(),
            "responses": make_problem_responses(),
            "schemas": {**SCHEMAS, **_describe_rows(ordered)},
        },
    }


def name_row_schema(dataset: str) -> str:
    """Return the name of a dataset's row in the document.

    >>> name_row_schema("sipsa_prices")
    'SipsaPricesRow'
    """
    return f"{dataset.title().replace('_', '')}Row"


def _describe_rows(recipes: list[Recipe]) -> dict[str, Schema]:
    return {
        name_row_schema(recipe.dataset): make_row_schema(recipe.request_schema)
        for recipe in recipes
    }


def _describe_predict(recipe: Recipe, max_rows: int) -> Schema:
    schema = recipe.request_schema
    body = make_body_schema(schema, refer(name_row_schema(recipe.dataset)), max_rows=max_rows)
    answer = {
        "type": "object",
        "properties": {
            "predictions": {"type": "array", "items": make_prediction_schema(recipe)},
            "receipt": refer("Receipt"),
        },
        "required": ["predictions", "receipt"],
    }
    return {
        "operationId": f"predict_{recipe.dataset}",
        "tags": ["Predictions"],
        "summary": recipe.title,
        **describe_access(
            (PREDICTIONS, OPERATOR),
            f"{recipe.summary} At most {max_rows:,} rows and {MAX_BODY_BYTES:,} bytes in one "
            "request.",
        ),
        "parameters": [
            {
                "name": "explain",
                "in": "query",
                "required": False,
                "description": (
                    f"Whether to explain the predictions, of at most {MAX_EXPLAINED} rows. Linear "
                    "models and trees are explained exactly; for any other model (such as an SVC) "
                    "the answer is 400"
                ),
                "schema": {"type": "boolean", "default": False},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {JSON_TYPE: {"schema": body, "example": make_example_body(schema)}},
        },
        "responses": make_responses(200, answer, (400, 404, 413, 415)),
    }
