"""The Lambda Runtime API of one environment, on loopback.

A runtime requests its next invocation, and sends its response or an error. Each of these becomes
one entry in a queue, in the order in which it came; the code that runs the process reads it there.
LocalStack's executor and the benchmarks use it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import sys
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

VERSION = "/2018-06-01/runtime"
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
Kind = Literal["next", "init error", "response", "error", "exit"]


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One event for the function; ``deadline_ms`` is in milliseconds since 1970."""

    request_id: str
    function_arn: str
    trace_id: str
    payload: bytes
    deadline_ms: int


@dataclass(frozen=True, kw_only=True)
class RuntimeEvent:
    """What a runtime did.

    ``request_id``  empty where it concerns no invocation
    ``payload``     of an exit, its status
    ``at``          by ``time.perf_counter``; a "next" is stamped before it waits for an invocation
    """

    kind: Kind
    request_id: str = ""
    payload: bytes = b""
    at: float = field(default_factory=time.perf_counter, compare=False, repr=False)


class RuntimeApi:
    """Serves one environment from when it is made until it is closed."""

    def __init__(self) -> None:
        self.events: queue.Queue[RuntimeEvent] = queue.Queue()
        self._waiting: queue.Queue[Invocation | None] = queue.Queue()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port, as AWS_LAMBDA_RUNTIME_API has them."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def offer(self, invocation: Invocation) -> None:
        """Give the invocation to the runtime's next request, or to the one that waits."""
        self._waiting.put(invocation)

    def take(self) -> Invocation | None:
        """Wait for an invocation; ``None`` once this is closed."""
        return self._waiting.get()

    def close(self) -> None:
        """Release a runtime that waits, and soon after the port."""
        self._waiting.put(None)
        # The server checks twice a second whether it is to end; no caller needs to wait for that.
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the connections that break because their process was ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as it came


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write per response: head and body apart would wait 40 ms for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Respond with the next invocation, once there is one."""
        if self.path != f"{VERSION}/invocation/next":
            self._respond(HTTPStatus.NOT_FOUND)
            return
        api = self.server.api
        api.events.put(RuntimeEvent(kind="next"))
        invocation = api.take()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        }
        if invocation.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
        self._respond(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        """Take a response or an error."""
        payload = self._read_body()
        event = read_event(self.path, payload)
        if event is None:
            self._respond(HTTPStatus.NOT_FOUND)
            return
        self.server.api.events.put(event)
        too_large = event.kind == "error" and len(payload) > MAX_RESPONSE_BYTES
        self._respond(HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.ACCEPTED)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _respond(
        self,
        status: HTTPStatus,
        body: bytes = b'{"status": "OK"}',
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        sizes = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (sizes | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Write nothing: the functions' own lines are the log."""


def read_event(path: str, payload: bytes) -> RuntimeEvent | None:
    """Return the event that a POST to ``path`` is; ``None`` where the API has no such path.

    >>> read_event("/2018-06-01/runtime/invocation/7/response", b"{}")
    RuntimeEvent(kind='response', request_id='7', payload=b'{}')
    >>> read_event("/2018-06-01/runtime/elsewhere", b"{}")
    """
    match path.removeprefix(VERSION).strip("/").split("/"):
        case ["init", "error"]:
            return RuntimeEvent(kind="init error", payload=payload)
        case ["invocation", request_id, "error"]:
            return RuntimeEvent(kind="error", request_id=request_id, payload=payload)
        case ["invocation", request_id, "response"] if len(payload) > MAX_RESPONSE_BYTES:
            error = _describe_size_error(len(payload))
            return RuntimeEvent(kind="error", request_id=request_id, payload=error)
        case ["invocation", request_id, "response"]:
            return RuntimeEvent(kind="response", request_id=request_id, payload=payload)
    return None


def _describe_size_error(size: int) -> bytes:
    return describe_error(
        "Function.ResponseSizeTooLarge",
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes).",
    )


def describe_error(kind: str, message: str) -> bytes:
    """Return an error's payload, as AWS spells it."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
