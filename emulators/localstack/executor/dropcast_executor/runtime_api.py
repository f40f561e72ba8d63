"""The Lambda Runtime API of one environment, on loopback.

A runtime asks for its next invocation, answers it or tells an error. Each of these becomes one
entry in a queue, in the order in which it came; whoever runs the process reads it there.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import threading
from dataclasses import dataclass
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
class Told:
    """What a runtime did. ``request_id`` is empty where it is about no invocation, and an exit has
    its status as payload."""

    kind: Kind
    request_id: str = ""
    payload: bytes = b""


class RuntimeApi:
    """Serves one environment from when it is made until it is closed."""

    def __init__(self) -> None:
        self.told: queue.Queue[Told] = queue.Queue()
        self._waiting: queue.Queue[Invocation | None] = queue.Queue()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port, as AWS_LAMBDA_RUNTIME_API has them."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def offer(self, invocation: Invocation) -> None:
        """Give the invocation to the runtime that asks next, or has asked already."""
        self._waiting.put(invocation)

    def take(self) -> Invocation | None:
        """Wait for an invocation; ``None`` once this is closed."""
        return self._waiting.get()

    def close(self) -> None:
        """Let go of a runtime that waits, and soon after of the port."""
        self._waiting.put(None)
        # The server looks twice a second whether it is to end; nobody needs to wait for that.
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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write an answer: head and body apart would wait 40 ms for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{VERSION}/invocation/next":
            self._answer(HTTPStatus.NOT_FOUND)
            return
        api = self.server.api
        api.told.put(Told(kind="next"))
        invocation = api.take()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        self._answer(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        payload = self._read_body()
        told = read_told(self.path, payload)
        if told is None:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        self.server.api.told.put(told)
        too_large = told.kind == "error" and len(payload) > MAX_RESPONSE_BYTES
        self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.ACCEPTED)

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

    def _answer(
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
        """Say nothing: the functions' own lines are the log."""


def read_told(path: str, payload: bytes) -> Told | None:
    """Return what a POST to ``path`` tells; ``None`` where the API has no such path.

    >>> read_told("/2018-06-01/runtime/invocation/7/response", b"{}")
    Told(kind='response', request_id='7', payload=b'{}')
    >>> read_told("/2018-06-01/runtime/elsewhere", b"{}")
    """
    match path.removeprefix(VERSION).strip("/").split("/"):
        case ["init", "error"]:
            return Told(kind="init error", payload=payload)
        case ["invocation", request_id, "error"]:
            return Told(kind="error", request_id=request_id, payload=payload)
        case ["invocation", request_id, "response"] if len(payload) > MAX_RESPONSE_BYTES:
            return Told(kind="error", request_id=request_id, payload=_tell_size(len(payload)))
        case ["invocation", request_id, "response"]:
            return Told(kind="response", request_id=request_id, payload=payload)
    return None


def _tell_size(size: int) -> bytes:
    return describe_error(
        "Function.ResponseSizeTooLarge",
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes).",
    )


def describe_error(kind: str, message: str) -> bytes:
    """Return an error's payload, as AWS spells it."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
