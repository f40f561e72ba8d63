"""The API's keys, named by their purpose; ``cdk/api/routes.py`` has the routes of each."""

from collections.abc import Sequence

# The header that carries a key.
KEY_HEADER = "x-api-key"
PREDICTIONS = "predictions"
UPLOADS = "uploads"
OPERATOR = "operator"
API_KEYS = (PREDICTIONS, UPLOADS, OPERATOR)

_IN_WORDS = {
    PREDICTIONS: "the predictions key",
    UPLOADS: "the uploads key",
    OPERATOR: "the operator's key",
}


def describe_keys(names: Sequence[str]) -> str:
    """Return keys in words, one of which a request must carry.

    >>> describe_keys(("uploads", "operator"))
    "the uploads key or the operator's key"
    """
    return " or ".join(_IN_WORDS[name] for name in names)
