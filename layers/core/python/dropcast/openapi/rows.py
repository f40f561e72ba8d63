"""The rows of a request for predictions, as JSON Schema with an example.

The API's own check accepts all that the schema accepts, and a little more: a column's other names,
blanks around a text, an integer written 4.0. A schema with all of that would be too long to read.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from dropcast.recipe import Column, RequestSchema

Schema = dict[str, Any]

_INT64 = 2**63
_EPOCH_SECONDS = "epoch_seconds"
_MOST_SECONDS = 253_370_764_799
_EXAMPLE_START = datetime(2024, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400.0


def make_row_schema(schema: RequestSchema) -> Schema:
    """Return the schema of one row: its columns by their own names, and the fields it may add."""
    row: Schema = {
        "type": "object",
        "properties": {column.name: _make_column_schema(column) for column in schema.columns},
        "required": [column.name for column in schema.columns if not column.nullable],
        "additionalProperties": False,
        "example": make_example_row(schema, 0),
    }
    if schema.ignored:
        names = "|".join(re.escape(name).replace("\\ ", " ") for name in schema.ignored)
        row["patternProperties"] = {f"^({names})$": {"description": "Accepted and not read."}}
    return row


def make_body_schema(schema: RequestSchema, row: Schema, *, max_rows: int) -> Schema:
    """Return the schema of a body: rows, or one bare row where one is enough."""
    many: Schema = {
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": row,
                "minItems": schema.rows_needed,
                "maxItems": max_rows,
                "description": _describe_rows(schema),
            }
        },
        "required": ["rows"],
        "additionalProperties": False,
    }
    return many if schema.rows_needed > 1 else {"anyOf": [row, many]}


def make_example_body(schema: RequestSchema) -> Schema:
    """Return a body that the API's check accepts: as many rows as a prediction needs."""
    return {"rows": [make_example_row(schema, index) for index in range(schema.rows_needed)]}


def make_example_row(schema: RequestSchema, index: int) -> Schema:
    """Return the row of this place in a series (0: the oldest), made of the columns alone."""
    step = _DAY_SECONDS
    if schema.series is not None:
        step = schema.series.shortest_step_seconds or schema.series.longest_step_seconds
    instant = _EXAMPLE_START + timedelta(seconds=step * index)
    keys = schema.series.keys if schema.series is not None else ()
    return {
        column.name: _make_example(column, 0 if column.name in keys else index, instant)
        for column in schema.columns
    }


def _describe_rows(schema: RequestSchema) -> str:
    if schema.series is None:
        return "Each row has its own prediction, in order."
    series = schema.series
    keys = f" of one {', '.join(series.keys)}" if series.keys else ""
    return (
        f"The last rows of a series{keys}, oldest first by {series.time}; the prediction is "
        f"for the last one. It needs {schema.rows_needed} rows without a gap, each "
        f"{series.shortest_step_seconds:,.0f} to {series.longest_step_seconds:,.0f} seconds after "
        "the one before."
    )


def _make_column_schema(column: Column) -> Schema:
    schema = _SCHEMAS[column.kind](column)
    if column.categories:
        schema["enum"] = [*_list_categories(column), *([None] if column.nullable else [])]
    if column.nullable:
        schema["type"] = [schema["type"], "null"]
    description = _describe(column)
    if description:
        schema["description"] = description
    schema["examples"] = [_make_example(column, 0, _EXAMPLE_START)]
    return schema


def _describe(column: Column) -> str:
    sentences = [column.description.rstrip(".")]
    if column.unit:
        sentences.append(f"Unit: {column.unit}")
    if column.kind == "timestamp":
        sentences.append(
            "Seconds since 1970-01-01 UTC"
            if _EPOCH_SECONDS in column.formats
            else f"Without an offset it is local time of {column.timezone or 'UTC'}"
        )
    if column.aliases:
        sentences.append(f"Also taken as: {', '.join(column.aliases)}")
    return "".join(f"{sentence}. " for sentence in sentences if sentence).strip()


def _list_categories(column: Column) -> list[str | int]:
    if column.kind == "integer":
        return [int(category) for category in column.categories]
    return list(column.categories)


def _limit(column: Column) -> Schema:
    limits = {"minimum": column.minimum, "maximum": column.maximum}
    return {name: _shorten(limit) for name, limit in limits.items() if limit is not None}


def _shorten(value: float) -> float | int:
    """Return a whole number without its point: 0 and not 0.0."""
    return int(value) if float(value).is_integer() else value


def _make_integer_schema(column: Column) -> Schema:
    bounds = {"minimum": -_INT64, "maximum": _INT64 - 1}
    return {
        "type": "integer",
        "format": "int64",
        **({} if column.categories else bounds | _limit(column)),
    }


def _make_text_schema(column: Column) -> Schema:
    """Return the schema of a text, of which a blank one is missing."""
    sound: Schema = {} if column.nullable or column.categories else {"pattern": r"\S"}
    return {"type": "string", **sound}


def _make_timestamp_schema(column: Column) -> Schema:
    if _EPOCH_SECONDS in column.formats:
        return {"type": "number", "minimum": -_MOST_SECONDS, "maximum": _MOST_SECONDS}
    return {"type": "string", "format": "date-time"}


_SCHEMAS: dict[str, Callable[[Column], Schema]] = {
    "number": lambda column: {"type": "number", **_limit(column)},
    "integer": _make_integer_schema,
    "boolean": lambda _: {"type": "boolean"},
    "text": _make_text_schema,
    "timestamp": _make_timestamp_schema,
}


def _make_example(column: Column, index: int, instant: datetime) -> object:
    if column.categories:
        return _list_categories(column)[0]
    if column.kind == "timestamp":
        text = instant.isoformat().replace("+00:00", "Z")
        return int(instant.timestamp()) if _EPOCH_SECONDS in column.formats else text
    if column.kind in ("number", "integer"):
        return _make_example_number(column, index)
    return False if column.kind == "boolean" else f"some {column.name.replace('_', ' ')}"


def _make_example_number(column: Column, index: int) -> float | int:
    """Return a number well inside the column's range, a little different from row to row.

    A constant series has no deviation to divide by.
    """
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        middle = low + (high - low) * (0.5 + 0.01 * (index % 7))
    else:
        middle = low + 100 + index % 7 if low is not None else (high or 0) - index % 7
    if column.kind == "integer":
        return min(round(middle), int(high)) if high is not None else round(middle)
    return _shorten(round(middle, 6))
