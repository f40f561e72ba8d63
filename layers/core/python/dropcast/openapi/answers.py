"""The API's answers as JSON Schema: one table of names that all routes refer to."""

from typing import Any

from dropcast.contracts.errors import PHRASES
from dropcast.openapi.rows import Schema
from dropcast.recipe import Recipe

TEXT: Schema = {"type": "string"}
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_NUMBERS: Schema = {"type": "object", "additionalProperties": {"type": "number"}}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _make_object(
    fields: Schema, description: str = "", *, optional: tuple[str, ...] = ()
) -> Schema:
    described = {"description": description} if description else {}
    required = [name for name in fields if name not in optional]
    return {"type": "object", **described, "properties": fields, "required": required}


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def refer(name: str) -> Schema:
    """Return a reference to a schema of :data:`SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Problem": _make_object(
        {
            "type": {"const": "about:blank"},
            "title": {
                "type": "string",
                "enum": list(PHRASES.values()),
                "description": "The status's own phrase; detail says what happened",
            },
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": TEXT,
            "instance": {"type": "string", "description": "The request's id; the log has it too."},
            "problems": _list_of(
                _make_object(
                    {
                        "row": _or_null(_COUNT),
                        "field": _or_null(TEXT),
                        "problem": TEXT,
                    }
                )
            ),
        },
        "Why a request was not answered, after RFC 9457. problems lists every field's own.",
        optional=("problems",),
    ),
    "Receipt": _make_object(
        {
            "model": TEXT,
            "program_sha256": _SHA256,
            "dataset_version": _SHA256,
            "references": {"type": "object", "additionalProperties": _SHA256},
            "recipe_hash": _SHA256,
            "run_id": TEXT,
            "trained_by_code": TEXT,
            "served_by_code": TEXT,
        },
        "The origin of a prediction: the model's program, its training data and both codes. "
        "`dropcast replay` gives the same bits again from it.",
    ),
    "Dataset": _make_object(
        {
            "dataset": TEXT,
            "title": TEXT,
            "summary": TEXT,
            "task": {
                "type": ["string", "null"],
                "enum": ["binary", "multiclass", "regression", None],
                "description": "null: a reference table, which other datasets read",
            },
            "labels": _list_of(TEXT),
            "unit": _or_null(TEXT),
            "champion": _or_null({**TEXT, "description": "The model that makes the predictions"}),
            "current_version": _or_null(_SHA256),
            "rows": {**_COUNT, "description": "Rows accepted, of the current version"},
        },
        "One dataset in a line.",
    ),
    "File": _make_object(
        {
            "key": TEXT,
            "rows_accepted": _COUNT,
            "part_sha256": _SHA256,
            "rows_quarantined": _or_null(_COUNT),
            "quarantine_key": _or_null(TEXT),
            "report_key": _or_null(TEXT),
            "size_bytes": _or_null(_COUNT),
            "finished_at": _or_null(INSTANT),
        },
        "A dropped file that the current version is made of.",
    ),
    "ColumnStatistics": _make_object(
        {
            "name": TEXT,
            "kind": TEXT,
            "unit": _or_null(TEXT),
            "nulls": _COUNT,
            "distinct": _COUNT,
            "mean": {"type": ["number", "null"]},
            "std": {"type": ["number", "null"]},
            "quantiles": {
                "type": ["array", "null"],
                "items": {"type": "number"},
                "description": "At 0, 5, 25, 50, 75, 95 and 100 %",
            },
        },
        "One column over all checked rows.",
    ),
    "DatasetCard": {
        "allOf": [
            refer("Dataset"),
            _make_object(
                {
                    "statistics": {
                        "type": ["object", "null"],
                        "properties": {"columns": _list_of(refer("ColumnStatistics"))},
                        "description": "Of the current version; null until they are computed",
                    },
                    "files": _make_object(
                        {
                            "total": _COUNT,
                            "listed": _list_of(refer("File")),
                            "next": _or_null(
                                {**TEXT, "description": "Send it as ?after= for the next files"}
                            ),
                        }
                    ),
                }
            ),
        ]
    },
    "ModelVersion": _make_object(
        {
            "model": TEXT,
            "champion": _FLAG,
            "registered_at": INSTANT,
            "replaced": _or_null(TEXT),
            "metric": {**TEXT, "description": "The metric that the gate compared"},
            "metrics": {**_NUMBERS, "description": "On the test rows, at its registration"},
            "dataset_version": _SHA256,
            "recipe_hash": _SHA256,
            "program_sha256": _SHA256,
            "run_id": TEXT,
        },
        "A model that is or was champion.",
    ),
    "Explanation": _make_object(
        {
            "of": {**TEXT, "description": "The explained value: the model's own score"},
            "base": {"type": "number", "description": "The score when nothing is known of the row"},
            "contributions": {**_NUMBERS, "description": "Shapley values by feature"},
            "score": {"type": "number", "description": "The base and all contributions"},
        },
        "Why a row has its prediction; only where explain=true was sent.",
    ),
    "Rollback": _make_object(
        {
            "at": INSTANT,
            "from": TEXT,
            "to": TEXT,
            "by": TEXT,
            "reason": TEXT,
            "request": TEXT,
            "outcome": {
                "type": "string",
                "enum": ["rolled back", "requested"],
                "description": "requested: its outcome is not recorded; see the champion",
            },
        },
        "A champion put back by an operator; by is the id of the API key.",
    ),
    "Next": {
        "type": ["string", "null"],
        "description": "Send it as the parameter that ends in after; null on the last page",
    },
}


def make_prediction_schema(recipe: Recipe) -> Schema:
    """Return the schema of one prediction: a class with every class's probability, or a number.

    It has an explanation where one was requested.
    """
    target, reason = recipe.target, {"explanation": refer("Explanation")}
    if not target.labels:
        unit = {"const": target.unit} if target.unit else {"type": "null"}
        fields = {"prediction": {"type": "number"}, "unit": unit, **reason}
        return _make_object(fields, optional=("explanation",))
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    return _make_object(
        {
            "prediction": {"type": "integer", "minimum": 0, "maximum": len(target.labels) - 1},
            "label": {"type": "string", "enum": list(target.labels)},
            "probabilities": _make_object(dict.fromkeys(target.labels, probability)),
            **reason,
        },
        optional=("explanation",),
    )
