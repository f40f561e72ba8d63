"""Requests a second: connections that are kept open and always have one request under way."""

import selectors
import socket
import time
from collections.abc import Sequence
from itertools import cycle

_READ_BYTES = 65536
_PATIENCE_SECONDS = 30.0


class BadAnswerError(Exception):
    """A server answered something else than 200, or not at all."""


def count_answers(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float
) -> float:
    """Return the answers a second that one local server gives. Raises ``BadAnswerError``."""
    waiting = cycle(requests)
    sockets = [_connect(port) for _ in range(connections)]
    answers = 0
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ, bytearray())
            one.sendall(next(waiting))
        started = time.perf_counter()
        deadline = started + seconds
        while (now := time.perf_counter()) < deadline:
            ready = selector.select(_PATIENCE_SECONDS)
            if not ready:
                raise BadAnswerError(f"port {port} gave no answer in {_PATIENCE_SECONDS} s")
            for key, _ in ready:
                kept, held = key.fileobj, key.data
                assert isinstance(kept, socket.socket)
                held += _read(kept, port)
                if measure_answer(held) is not None:
                    answers += 1
                    held.clear()
                    kept.sendall(next(waiting))
        now = time.perf_counter()
    for one in sockets:
        one.close()
    return answers / (now - started)


def ask_once(port: int, request: bytes) -> bytes:
    """Return the body of one answer. Raises ``BadAnswerError`` or ``OSError``."""
    held = bytearray()
    with _connect(port) as one:
        one.sendall(request)
        while (start := measure_answer(held)) is None:
            held += _read(one, port)
    return bytes(held[start:])


def make_request(path: str, body: bytes) -> bytes:
    """Return the bytes of a POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def measure_answer(held: bytes | bytearray) -> int | None:
    """Return where the body begins of an answer that is there whole; ``None`` if more is to come.

    Raises ``BadAnswerError`` for another status than 200 or an answer without a length.

    >>> measure_answer(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
    38
    """
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(held[:end]).lower()
    if not head.startswith(b"http/1.1 200"):
        raise BadAnswerError(f"a server answered {bytes(held[:1000])!r}")
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise BadAnswerError(f"a server answered without a length: {head!r}")
    length = int(rest.split(b"\r\n", 1)[0])
    return end + 4 if len(held) >= end + 4 + length else None


def _connect(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


def _read(one: socket.socket, port: int) -> bytes:
    data = one.recv(_READ_BYTES)
    if not data:
        raise BadAnswerError(f"port {port} closed a connection that was to be kept")
    return data
