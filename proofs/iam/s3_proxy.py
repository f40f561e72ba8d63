"""A proxy of S3 that takes every part of a large upload and refuses to complete it."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_REFUSAL = b"<Error><Code>InvalidPart</Code><Message>refused on purpose</Message></Error>"
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "keep-alive"})


@contextmanager
def break_large_files(endpoint_url: str, ca_bundle: str | None) -> Iterator[str]:
    """Yield the URL of a proxy of ``endpoint_url`` that refuses to complete multipart uploads."""
    place = urlsplit(endpoint_url)
    trust = ssl.create_default_context(cafile=ca_bundle)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.command == "POST" and "uploadId=" in self.path:
                self._respond(400, [("content-type", "application/xml")], _REFUSAL)
                return
            connection = http.client.HTTPSConnection(
                place.hostname or "", place.port, context=trust, timeout=120
            )
            try:
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                response = connection.getresponse()
                self._respond(response.status, response.getheaders(), response.read())
            finally:
                connection.close()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward  # noqa: N815 - the library's

        def _respond(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _HOP_BY_HOP and (
                    name.lower() != "content-length" or self.command == "HEAD"
                ):
                    self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Write nothing: the exercise reports what matters."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
