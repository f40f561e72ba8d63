"""Which API keys an operation takes, as OpenAPI's security schemes and requirements."""

from dropcast.contracts.api_keys import (
    API_KEYS,
    KEY_HEADER,
    OPERATOR,
    PREDICTIONS,
    UPLOADS,
    describe_keys,
)
from dropcast.openapi.rows import Schema

# Each key's scheme, and what the key is for.
KEY_PURPOSES: dict[str, str] = {
    PREDICTIONS: "May request predictions, and read all that the API shows.",
    UPLOADS: "May drop files, which models learn from, and read all that the API shows.",
    OPERATOR: "May do everything; the only key that puts an earlier champion back.",
}


def describe_access(keys: tuple[str, ...], description: str) -> Schema:
    """Return an operation's description and, where it does not take every key, whose keys."""
    if keys == API_KEYS:
        return {"description": description} if description else {}
    sentence = f"Takes {describe_keys(keys)}."
    return {
        "description": f"{description} {sentence}".strip(),
        "security": list_security(keys),
    }


def list_security(keys: tuple[str, ...]) -> list[Schema]:
    """Return the keys as alternatives.

    All are sent in the same header, and of those that a person entered on the page the last one is
    sent: so the one that may do the least comes last.
    """
    return [{name: []} for name in reversed(keys)]


def make_security_schemes() -> Schema:
    """Return the three keys, which differ in nothing but what they may do."""
    return {
        name: {"type": "apiKey", "in": "header", "name": KEY_HEADER, "description": purpose}
        for name, purpose in KEY_PURPOSES.items()
    }
