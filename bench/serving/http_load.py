"""Requests a second: connections that are kept open and always have one request under way."""

import selectors
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle

_READ_BYTES = 65536
_PATIENCE_SECONDS = 30.0


class BadResponseError(Exception):
    """A server's response was not 200, or did not come."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """The number of responses, and the seconds from the first request to the last response."""

    responses: int
    seconds: float

    @property
    def per_second(self) -> float:
        """The responses per second."""
        return self.responses / self.seconds


def run_load(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Load:
    """Send requests to a local server for this time, and wait for all of their responses.

    So the server has nothing left to do in the next contender's turn. Raises ``BadResponseError``.
    """
    waiting = cycle(requests)
    responses = 0
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(connections):
            one = stack.enter_context(_connect(port))
            selector.register(one, selectors.EVENT_READ, bytearray())
        started = time.perf_counter()
        deadline = started + seconds
        for key in selector.get_map().values():
            _get_socket(key).sendall(next(waiting))
        while selector.get_map():
            ready = selector.select(_PATIENCE_SECONDS)
            if not ready:
                raise BadResponseError(f"port {port} gave no response in {_PATIENCE_SECONDS} s")
            for key, _ in ready:
                kept, held = _get_socket(key), key.data
                held += _read(kept, port)
                if find_body(held) is None:
                    continue
                responses += 1
                held.clear()
                if time.perf_counter() < deadline:
                    kept.sendall(next(waiting))
                else:
                    selector.unregister(kept)
        return Load(responses=responses, seconds=time.perf_counter() - started)


def _get_socket(key: selectors.SelectorKey) -> socket.socket:
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj


def send_once(port: int, request: bytes) -> bytes:
    """Return the body of one response. Raises ``BadResponseError`` or ``OSError``."""
    held = bytearray()
    with _connect(port) as one:
        one.sendall(request)
        while (start := find_body(held)) is None:
            held += _read(one, port)
    return bytes(held[start:])


def make_request(path: str, body: bytes) -> bytes:
    """Return the bytes of a POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def find_body(held: bytes | bytearray) -> int | None:
    r"""Return where the body of a complete response begins; ``None`` if more is to come.

    Raises ``BadResponseError`` for another status than 200 or a response without a length.

    >>> find_body(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    38
    """
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(held[:end]).lower()
    if not head.startswith(b"http/1.1 200"):
        raise BadResponseError(f"a server responded {bytes(held[:1000])!r}")
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise BadResponseError(f"a server responded without a length: {head!r}")
    length = int(rest.split(b"\r\n", 1)[0])
    return end + 4 if len(held) >= end + 4 + length else None


def _connect(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


def _read(one: socket.socket, port: int) -> bytes:
    data = one.recv(_READ_BYTES)
    if not data:
        raise BadResponseError(f"port {port} closed a connection that was to be kept")
    return data
