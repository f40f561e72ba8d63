"""A small S3 over real HTTP: objects, ETags, signatures checked by botocore, and, where a test
asks for it, answers that no server should give."""

import hashlib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dropcast.storage.http.bucket import S3HttpBucket

SECRET = "a secret/key+"  # noqa: S105 - nobody's
REGION = "eu-west-1"
BODY = bytes(range(256)) * 300
Misbehave = Callable[[BaseHTTPRequestHandler], None]
Connect = Callable[..., S3HttpBucket]


@dataclass(kw_only=True)
class HttpBucket:
    """What the server holds and saw. ``tricks`` are used up one a request, before any answer."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    tricks: list[Misbehave] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "AKID",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": "a+token==",
        }


def name_etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def sign_with_botocore(url: str, headers: dict[str, str], token: str | None) -> str:
    """Return the Authorization that botocore gives a GET at the time of ``x-amz-date``."""

    class Signer(S3SigV4Auth):
        def _modify_request_before_signing(self, request: AWSRequest) -> None:
            """Keep the date that the request came with."""

    request = AWSRequest(method="GET", url=url, headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = Signer(Credentials("AKID", SECRET, token), "s3", REGION)
    canonical = signer.canonical_request(request)
    return (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, "
        f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(request))}, "
        f"Signature={signer.signature(signer.string_to_sign(request, canonical), request)}"
    )


@contextmanager
def open_http_bucket(certificate: ssl.SSLContext | None = None) -> Iterator[HttpBucket]:
    """Yield a bucket named ``models``, served until the block ends; with a certificate by TLS."""
    bucket = HttpBucket()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            bucket.connections.add(self.client_address)
            bucket.asked.append(self.path)
            if bucket.tricks:
                bucket.tricks.pop(0)(self)
                return
            status, body = self._find()
            etag = name_etag(body)
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            self.send_header("ETag", etag)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _find(self) -> tuple[int, bytes]:
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = headers.pop("authorization", "")
            headers["x-amz-content-sha256"] = hashlib.sha256(b"").hexdigest()
            url = bucket.url + self.path
            if given != sign_with_botocore(url, headers, headers.get("x-amz-security-token")):
                return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
            key = unquote(self.path).removeprefix("/models/")
            if key not in bucket.objects:
                return 404, b"<Error><Code>NoSuchKey</Code></Error>"
            return 200, bucket.objects[key]

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_address[1]}"
    if certificate is not None:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
        bucket.url = f"https://localhost:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(*parts: bytes, close: bool = True) -> Misbehave:
    """Return the trick of sending these bytes and, mostly, hanging up."""

    def misbehave(handler: BaseHTTPRequestHandler) -> None:
        for part in parts:
            handler.wfile.write(part)
        handler.close_connection = close

    return misbehave


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    handler.close_connection = True
