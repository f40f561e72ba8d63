"""One S3 bucket, read with the standard library.

The predict function has no time for boto3, whose import and first client take ten times as long as
all the rest (``docs/adr/0014``).
"""

import time
from collections.abc import Callable, Mapping

from dropcast.contracts.blobs import Blob
from dropcast.contracts.errors import (
    DropcastError,
    ObjectNotFoundError,
    StoreBusyError,
    StoreRefusedError,
)
from dropcast.storage.http.connection import (
    READ_SECONDS,
    BrokenAnswerError,
    Connection,
    HttpAnswer,
)
from dropcast.storage.http.signing import encode_path, read_credentials, sign_get
from dropcast.storage.http.sockets import Address, Allowance, UntrustedServerError

ATTEMPTS = 3
# Of one call with all its attempts. A check is for a champion that another stands in for.
CALL_SECONDS = 8.0
CHECK_SECONDS = 3.0
# Before the second and the third attempt.
_PAUSES = (0.05, 0.2)
_KEPT_CONNECTIONS = 2
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:")
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
# A signature that grew old on its way, in a frozen process or in a queue: the next one is new.
_BUSY_CODES = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestTimeout"})
# A 404 without a body has no code.
_MISSING_CODES = frozenset({"NoSuchKey", ""})


class S3HttpBucket:
    """A bucket as :class:`~dropcast.contracts.ports.WatchedBlobs`; for several threads at a time.

    Region, credentials and the endpoint (``AWS_ENDPOINT_URL_S3``, ``AWS_ENDPOINT_URL``) are read
    from ``environ`` on each request. A request is tried :data:`ATTEMPTS` times.

    A call takes :data:`CALL_SECONDS` in all, :data:`CHECK_SECONDS` where the object is known
    already; only looking a name up, which no one can bound, may take longer.

    Raises ``ObjectNotFoundError`` (404), ``StoreBusyError`` (5xx, timeouts, dropped connections)
    and ``StoreRefusedError`` (all else).
    """

    def __init__(
        self,
        *,
        bucket: str,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._bucket = bucket
        self._environ = environ
        self._clock = clock
        self._pause = pause
        self._ticks = ticks
        self._read_seconds = read_seconds
        self._idle: list[tuple[Address, Connection]] = []

    def read(self, key: str) -> Blob:
        """Return the object; raise ``ObjectNotFoundError`` if there is none."""
        answer = self._get(key, {}, CALL_SECONDS)
        return Blob(body=answer.body, etag=answer.headers.get("etag", ""))

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        """Return the object, or ``None`` if it still has ``etag``."""
        answer = self._get(key, {"if-none-match": etag}, CHECK_SECONDS)
        if answer.status == 304:
            return None
        return Blob(body=answer.body, etag=answer.headers.get("etag", ""))

    def close(self) -> None:
        """Close the connections that are kept for the next request."""
        while self._idle:
            self._idle.pop()[1].close()

    def _get(self, key: str, headers: Mapping[str, str], seconds: float) -> HttpAnswer:
        region = self._environ.get("AWS_REGION") or self._environ.get("AWS_DEFAULT_REGION", "")
        address, host, prefix = find_endpoint(self._bucket, region, self._environ)
        path = encode_path(f"{prefix}/{key}")
        allowance = Allowance(seconds, self._ticks)

        def sign() -> Mapping[str, str]:
            # A signature is good for a quarter of an hour and is made for each attempt, because the
            # process may have been frozen for longer between two of them.
            return sign_get(
                host=host,
                path=path,
                headers=headers,
                region=region,
                credentials=read_credentials(self._environ),
                seconds=self._clock(),
            )

        trouble = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(_PAUSES[attempt - 1])
            try:
                answer = self._send(address, path, sign, allowance)
                _require_condition(answer, headers)
            except UntrustedServerError as error:
                raise StoreRefusedError(
                    f"bucket '{self._bucket}' cannot be read for '{key}': the certificate of "
                    f"{error}; see AWS_ENDPOINT_URL and the certificates of this system"
                ) from error
            except (OSError, BrokenAnswerError) as error:
                trouble = f"{type(error).__name__}: {error}"
                continue
            if answer.status in (200, 304):
                return answer
            code = _read_code(answer)
            if answer.status not in _BUSY and code not in _BUSY_CODES:
                raise self._explain(answer.status, code, key)
            trouble = f"it answered {answer.status} {code}"
        raise StoreBusyError(
            f"bucket '{self._bucket}' did not give '{key}' in {ATTEMPTS} attempts; the last: "
            f"{trouble}; the same call may succeed later"
        )

    def _send(
        self,
        address: Address,
        path: str,
        sign: Callable[[], Mapping[str, str]],
        allowance: Allowance,
    ) -> HttpAnswer:
        """Return the answer over a kept connection or a new one.

        A kept one may have been closed by the other side since, which costs no attempt.
        """
        while (kept := self._take(address)) is not None:
            try:
                return self._keep(address, kept, kept.get(path, sign(), allowance))
            except TimeoutError:
                raise
            except (OSError, BrokenAnswerError):
                continue
        fresh = Connection(address, allowance, read_seconds=self._read_seconds)
        return self._keep(address, fresh, fresh.get(path, sign(), allowance))

    def _keep(self, address: Address, connection: Connection, answer: HttpAnswer) -> HttpAnswer:
        if connection.is_open:
            if len(self._idle) < _KEPT_CONNECTIONS:
                self._idle.append((address, connection))
            else:
                connection.close()
        return answer

    def _take(self, address: Address) -> Connection | None:
        """Return a kept connection to this server, and close those to others."""
        while True:
            try:
                found, connection = self._idle.pop()
            except IndexError:
                return None
            if found == address:
                return connection
            connection.close()

    def _explain(self, status: int, code: str, key: str) -> DropcastError:
        if status == 404 and code in _MISSING_CODES:
            return ObjectNotFoundError(f"no object '{key}' in bucket '{self._bucket}'")
        return StoreRefusedError(
            f"bucket '{self._bucket}' answered {status} {code} for '{key}'; "
            f"see what the function's role and the bucket's policy allow, and the region"
        )


def _require_condition(answer: HttpAnswer, headers: Mapping[str, str]) -> None:
    if answer.status == 304 and "if-none-match" not in headers:
        raise BrokenAnswerError("the answer is 304 to a request without a condition")


def find_endpoint(bucket: str, region: str, environ: Mapping[str, str]) -> tuple[Address, str, str]:
    """Return where to connect, the Host header, and what stands before a key in the path.

    >>> find_endpoint("models", "eu-west-1", {})[1:]
    ('models.s3.eu-west-1.amazonaws.com', '')
    >>> find_endpoint("models", "eu-west-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})[1:]
    ('127.0.0.1:4566', '/models')
    """
    url = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    if url:
        return _read_endpoint(url, bucket)
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    host = f"s3.{region}.{domain}"
    if "." in bucket:  # it would be a name that the wildcard certificate does not cover
        return Address(host=host, port=443, secure=True), host, f"/{bucket}"
    host = f"{bucket}.{host}"
    return Address(host=host, port=443, secure=True), host, ""


def _read_endpoint(url: str, bucket: str) -> tuple[Address, str, str]:
    scheme, _, rest = url.partition("://")
    place, _, folder = rest.partition("/")
    name, _, port = place.partition(":")
    bracketed = place.startswith("[") and "]" in place
    if bracketed:  # an address of IPv6, which has colons of its own
        name, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    odd = not name or not _HOST_CHARACTERS.issuperset(name) or (":" in name) != bracketed
    if scheme not in ("http", "https") or odd or not (port or "0").isdecimal():
        raise StoreRefusedError(
            f"AWS_ENDPOINT_URL is '{url[:100]}'; it must be like http://127.0.0.1:4566 or "
            "https://[::1]:443, without a user, a query or a blank"
        )
    secure = scheme == "https"
    folder = folder.strip("/")
    prefix = f"/{folder}/{bucket}" if folder else f"/{bucket}"
    number = int(port or (443 if secure else 80))
    return Address(host=name, port=number, secure=secure), place, prefix


def _read_code(answer: HttpAnswer) -> str:
    """Return the error's name in S3's XML answer, as far as there is one."""
    _, _, rest = answer.body[:4096].decode(errors="replace").partition("<Code>")
    return rest.partition("</Code>")[0][:100]
