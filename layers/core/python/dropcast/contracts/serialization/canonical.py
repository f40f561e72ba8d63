"""One encoding for every value that is hashed: canonical JSON and sha256 over it."""

import hashlib
import json


def encode_canonical(value: object) -> bytes:
    """Return the one UTF-8 encoding of a JSON value: keys sorted, no blanks, no NaN.

    >>> encode_canonical({"b": 1.5, "a": [True, None]})
    b'{"a":[true,null],"b":1.5}'
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def hash_canonical(value: object) -> str:
    """Return the lower-case hex sha256 of the value's canonical JSON (64 characters)."""
    return hashlib.sha256(encode_canonical(value)).hexdigest()
