"""Lambda's Runtime API, as far as ``awslambdaric`` asks for it: a process of its own gets its
events from here, and what is timed runs from the process's start to its first answer.

The API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_ARN = "arn:aws:lambda:us-east-1:000000000000:function:bench"
_TIMEOUT_SECONDS = 60.0  # of one event


class HandlerFailedError(Exception):
    """The process under the Runtime API ended, reported an error or never answered."""


@dataclass(frozen=True, kw_only=True)
class Invoked:
    """What a fresh process did: milliseconds to the first answer, those of each later event from
    its hand-over to its answer, and the answers."""

    first_ms: float
    later_ms: tuple[float, ...]
    answers: tuple[Any, ...]


@dataclass
class _Exchange:
    """The events still to be handed out, and what came back. One process speaks to it at a time."""

    events: list[bytes]
    handed_at: list[float] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    error: str = ""
    wanted: int = 0
    moved_at: float = field(default_factory=time.perf_counter)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.wanted = len(self.events)


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        exchange = self.server.exchange
        if not exchange.events:
            # Nothing more to do: the process waits here until it is ended.
            self.server.closing.wait(_TIMEOUT_SECONDS)
            self.close_connection = True
            return
        body = exchange.events.pop(0)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": f"request-{len(exchange.answers)}",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + _TIMEOUT_SECONDS) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": _ARN,
            "Content-Type": "application/json",
        }
        exchange.moved_at = time.perf_counter()
        exchange.handed_at.append(exchange.moved_at)
        self._answer(200, body, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        now = time.perf_counter()
        exchange = self.server.exchange
        exchange.moved_at = now
        self._answer(202, b"{}", {})
        if self.path.endswith("/response"):
            exchange.answered_at.append(now)
            exchange.answers.append(body)
        else:
            exchange.error = body.decode(errors="replace")[:2000]
        if exchange.error or len(exchange.answers) == exchange.wanted:
            exchange.ended.set()

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, exchange: _Exchange) -> None:
        super().__init__(("127.0.0.1", 0), _Api)
        self.exchange = exchange
        self.closing = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over the connections that break when their process is ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as it came


def invoke_fresh(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    events: Sequence[object],
    *,
    patience: float = _TIMEOUT_SECONDS,
) -> Invoked:
    """Start ``command`` as a Lambda runtime, hand it the events one by one and end it. The first
    event's ``patience`` in seconds counts from the process's start.

    Raises ``HandlerFailedError``.
    """
    exchange = _Exchange([json.dumps(event).encode() for event in events])
    server = _Server(exchange)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    try:
        return _run(command, environment, server, patience)
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def _run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    server: _Server,
    patience: float,
) -> Invoked:
    exchange = server.exchange
    address = f"127.0.0.1:{server.server_address[1]}"
    exchange.moved_at = started = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        # Each event has its own patience, as each invocation has its own time limit.
        while not exchange.ended.wait(0.25):
            if process.poll() is not None or time.perf_counter() > exchange.moved_at + patience:
                break
    finally:
        process.kill()
        _, said = process.communicate()
    if exchange.error or len(exchange.answers) < exchange.wanted:
        raise HandlerFailedError(
            f"`{' '.join(map(str, command))}` gave {len(exchange.answers)} of {exchange.wanted} "
            f"answers: {exchange.error or said.decode(errors='replace')[-2000:]}"
        )
    times = [(b - a) * 1000 for a, b in zip(exchange.handed_at, exchange.answered_at, strict=True)]
    return Invoked(
        first_ms=(exchange.answered_at[0] - started) * 1000,
        later_ms=tuple(times[1:]),
        answers=tuple(json.loads(answer) for answer in exchange.answers),
    )
