"""AWS Signature Version 4 of a request without a body, for S3.

Source: "Create a signed AWS API request", AWS Identity and Access Management User Guide, and for
the path, which S3 wants encoded once, "Authenticating Requests: Using the Authorization Header",
Amazon S3 API Reference.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping

from dropcast.contracts.errors import StoreRefusedError
from dropcast.contracts.serialization.frozen import dataclass

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An identity of AWS. ``token`` comes with credentials that expire, as every function's do."""

    access_key: str
    secret_key: str
    token: str | None


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Return the credentials that Lambda puts into a function's environment."""
    try:
        return Credentials(
            access_key=environ["AWS_ACCESS_KEY_ID"],
            secret_key=environ["AWS_SECRET_ACCESS_KEY"],
            token=environ.get("AWS_SESSION_TOKEN") or None,
        )
    except KeyError as error:
        raise StoreRefusedError(
            f"the environment has no {error.args[0]}; Lambda sets it from the function's role"
        ) from error


def encode_path(path: str) -> str:
    """Return a path with every byte percent-encoded that is not unreserved (RFC 3986) or ``/``.

    >>> encode_path("/bucket/a b+ü~")
    '/bucket/a%20b%2B%C3%BC~'
    """
    return "".join(chr(b) if b in _UNRESERVED else f"%{b:02X}" for b in path.encode())


def sign_get(
    *,
    host: str,
    path: str,
    headers: Mapping[str, str],
    region: str,
    credentials: Credentials,
    seconds: float,
) -> dict[str, str]:
    """Return all headers of a signed GET, under lower-case names.

    ``path``     percent-encoded already
    ``headers``  further ones to sign, lower-case
    ``seconds``  the time since 1970
    """
    instant = time.gmtime(seconds)
    moment = time.strftime("%Y%m%dT%H%M%SZ", instant)
    signed = {
        **headers,
        "host": host,
        "x-amz-content-sha256": _EMPTY_SHA256,
        "x-amz-date": moment,
    }
    if credentials.token is not None:
        signed["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    request = f"GET\n{path}\n\n{lines}\n{names}\n{_EMPTY_SHA256}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.digest(
        _derive_key(credentials.secret_key, moment[:8], region),
        f"{_ALGORITHM}\n{moment}\n{scope}\n{hashed}".encode(),
        "sha256",
    ).hex()
    signed["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return signed


def _derive_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
