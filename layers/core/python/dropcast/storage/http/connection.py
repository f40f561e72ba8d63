"""GET over one kept connection: as much of HTTP/1.1 (RFC 9112) as a bucket's answers need.

The library's ``http.client`` reads headers with its mail parser and imports ``ssl`` whatever the
address: 14 ms and 8 ms of a cold start (``docs/adr/0014``). This reads a status line, headers, and
a body that is counted, chunked or ended by the connection.
"""

import io
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from dropcast.contracts.limits import MAX_PROGRAM_BYTES
from dropcast.contracts.serialization.frozen import dataclass
from dropcast.storage.http.sockets import Address, Allowance, open_socket

MAX_LINE_BYTES = 16 * 1024
MAX_HEADERS = 100
MAX_ANSWER_BYTES = MAX_PROGRAM_BYTES
READ_SECONDS = 4.0
_NO_BODY = frozenset({204, 304})
_DIGITS = {10: frozenset("0123456789"), 16: frozenset("0123456789abcdefABCDEF")}


class BrokenAnswerError(Exception):
    """The server's answer is cut off or is not HTTP; this package catches it and tries again."""


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Incoming(io.RawIOBase):
    """A socket's bytes, each wait for them within the allowance of the call under way."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self.allowance: Allowance | None = None
        self.most_seconds = READ_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        def read(seconds: float) -> int:
            self._socket.settimeout(seconds)
            return self._socket.recv_into(buffer)

        assert self.allowance is not None
        return self.allowance.wait(read, most=self.most_seconds)


class Connection:
    """One connection; of use until ``is_open`` is false. Not for two threads at a time."""

    def __init__(
        self, address: Address, allowance: Allowance, *, read_seconds: float = READ_SECONDS
    ) -> None:
        self._socket = open_socket(address, allowance)
        self._incoming = _Incoming(self._socket)
        self._incoming.most_seconds = read_seconds
        self._stream = io.BufferedReader(self._incoming)
        self.is_open = True

    def get(self, path: str, headers: Mapping[str, str], allowance: Allowance) -> HttpAnswer:
        """Return the answer.

        Raises ``OSError`` or :class:`BrokenAnswerError`, after which the connection is closed.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._incoming.allowance = allowance

        def send(seconds: float) -> None:
            self._socket.settimeout(seconds)
            self._socket.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))

        try:
            allowance.wait(send, most=self._incoming.most_seconds)
            answer = self._read_answer()
        except (OSError, BrokenAnswerError):
            self.close()
            raise
        if "close" in answer.headers.get("connection", "").lower():
            self.close()
        return answer

    def close(self) -> None:
        """Close the connection."""
        self.is_open = False
        with suppress(OSError):
            self._stream.close()
        with suppress(OSError):
            self._socket.close()

    def _read_answer(self) -> HttpAnswer:
        status = 100
        while 100 <= status < 200:  # what comes before the answer proper
            status = _read_status(self._read_line())
            headers = dict(self._read_headers())
        return HttpAnswer(
            status=status,
            headers=headers,
            body=b"" if status in _NO_BODY else self._read_body(headers),
        )

    def _read_headers(self) -> Iterator[tuple[str, str]]:
        for _ in range(MAX_HEADERS):
            line = self._read_line()
            if not line:
                return
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or name != name.strip():
                raise BrokenAnswerError(f"a header of the answer is none: {line[:60]!r}")
            yield name.lower(), value.strip()
        raise BrokenAnswerError(f"the answer has more than {MAX_HEADERS} headers")

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        coding = headers.get("transfer-encoding")
        if coding is not None:
            if coding.lower() != "chunked":
                raise BrokenAnswerError(f"the answer's transfer coding is '{coding[:60]}'")
            return b"".join(self._read_chunks())
        if "content-length" in headers:
            return self._read_exactly(_read_size(headers["content-length"], 10))
        body = self._stream.read(MAX_ANSWER_BYTES + 1)
        self.close()
        _read_size(str(len(body)), 10)
        return body

    def _read_chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            size = _read_size(self._read_line().split(b";", 1)[0].strip().decode("latin-1"), 16)
            if size == 0:
                break
            total += size
            _read_size(str(total), 10)
            yield self._read_exactly(size)
            if self._read_line():
                raise BrokenAnswerError("a chunk of the answer is longer than it says")
        for _ in self._read_headers():
            pass

    def _read_exactly(self, size: int) -> bytes:
        body = self._stream.read(size)
        if len(body) < size:
            raise BrokenAnswerError(f"the answer ends after {len(body):,} of {size:,} bytes")
        return body

    def _read_line(self) -> bytes:
        line = self._stream.readline(MAX_LINE_BYTES)
        if not line.endswith(b"\n"):
            raise BrokenAnswerError(f"the answer ends, or goes on, inside a line: {line[:60]!r}")
        return line.rstrip(b"\r\n")


def _read_status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or len(status) != 3 or not status.isdigit():
        raise BrokenAnswerError(f"the answer begins with {line[:60]!r}")
    return int(status)


def _read_size(text: str, base: int) -> int:
    # int() also takes a plus or minus, blanks and underscores.
    sound = 0 < len(text) <= 20 and _DIGITS[base].issuperset(text)
    size = int(text, base) if sound else -1
    if not 0 <= size <= MAX_ANSWER_BYTES:
        raise BrokenAnswerError(f"the answer's size is '{text[:60]}'")
    return size
