"""The check that a caller's API key may use a route.

API Gateway lets in every key of the API's usage plans. It writes the id of the one that it let in
into ``requestContext``, where no caller can write, and the functions compare that id with those
that the stack gave them. They never see a key itself.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dropcast.contracts import environment
from dropcast.contracts.api_keys import KEY_HEADER, describe_keys
from dropcast.contracts.errors import KeyNotAllowedError


def read_key_ids(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the ids that this function accepts; none where the stack gave it none."""
    return frozenset(filter(None, environ.get(environment.KEY_IDS, "").split(",")))


def find_key_id(event: Mapping[str, Any]) -> str | None:
    """Return the id of the API key that API Gateway let in, ``None`` where it names none."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    found = identity.get("apiKeyId")
    return found if isinstance(found, str) and found else None


def require_key(event: Mapping[str, Any], accepted: Collection[str], names: Sequence[str]) -> str:
    """Return the caller's key id; raise ``KeyNotAllowedError`` unless it is an accepted one.

    ``names`` are the keys that the route takes, as the error lists them.
    """
    key_id = find_key_id(event)
    if key_id is None or key_id not in accepted:
        raise KeyNotAllowedError(
            f"{event['httpMethod']} {event['resource']} takes {describe_keys(names)} and no other; "
            f"send it as the header {KEY_HEADER}"
        )
    return key_id
