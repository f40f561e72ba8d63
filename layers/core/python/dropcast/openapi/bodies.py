"""The bodies of uploads and rollbacks as JSON Schema, with the limits that are checked."""

from dropcast.contracts.limits import (
    CONTENT_TYPE_PATTERN,
    CONTENT_TYPES,
    MAX_NAME_CHARACTERS,
    MAX_REASON_CHARACTERS,
    MAX_UPLOAD_BYTES,
    NAME_PATTERN,
)
from dropcast.openapi.rows import Schema

_TEXT: Schema = {"type": "string"}
# Python's $ would let a last line break pass, which JSON Schema's does not.
_END = r"$(?!\n)"


def make_body_object(fields: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def _match_endings() -> str:
    """Return the pattern of a name with the ending of a format that is read, in any case."""
    endings = (
        "".join(f"[{c}{c.upper()}]" if c.isalpha() else rf"\{c}" for c in ending)
        for ending in CONTENT_TYPES
    )
    return f"({'|'.join(endings)}){_END}"


UPLOAD_BODY = make_body_object(
    {
        "name": {
            "type": "string",
            "maxLength": MAX_NAME_CHARACTERS,
            "pattern": f"^{NAME_PATTERN}{_END}",
            "allOf": [{"pattern": _match_endings()}],
            "description": (
                "The file's name; the same name dropped again takes its place. It ends in one of "
                + ", ".join(CONTENT_TYPES)
            ),
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
            "type": "string",
            "pattern": f"^{CONTENT_TYPE_PATTERN}{_END}",
            "description": "Of the file; left out, it follows from the name's ending",
            "examples": ["text/csv"],
        },
    },
    optional=("content_type",),
)
ROLLBACK_BODY = make_body_object(
    {
        "to": {
            "type": "string",
            "minLength": 1,
            "description": "The model to put back, as versions names it",
        },
        "reason": {
            "type": "string",
            "pattern": r"\S",
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
