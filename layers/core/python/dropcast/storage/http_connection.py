"""GET over one kept connection: as much of HTTP/1.1 (RFC 9112) as a bucket's answers need.

The library's ``http.client`` reads headers with its mail parser and imports ``ssl`` whatever the
address: 14 ms and 8 ms of a cold start (``docs/adr/0014``). This reads a status line, headers, and
a body that is counted, chunked or ended by the connection.
"""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dropcast.contracts.frozen import dataclass

if TYPE_CHECKING:
    import ssl

MAX_LINE_BYTES = 16 * 1024
MAX_HEADERS = 100
MAX_BODY_BYTES = 128 * 1024 * 1024
_NO_BODY = frozenset({204, 304})
# Where Linux distributions keep the certificates that they trust, one file each, named by hash:
# OpenSSL then reads the one it needs, and not all 144 (35 ms).
_CERTIFICATE_FOLDERS = ("/etc/pki/ca-trust/extracted/pem/directory-hash", "/etc/ssl/certs")


class BrokenAnswerError(Exception):
    """The server's answer is cut off or is not HTTP; it is caught in this room and tried again."""


class UntrustedServerError(Exception):
    """The server's certificate is none that the system trusts."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A server."""

    host: str
    port: int
    secure: bool


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """One connection; of use until ``is_open`` is false. Not for two threads at a time."""

    def __init__(self, address: Address, *, connect_seconds: float, read_seconds: float) -> None:
        open_socket = _open_secure if address.secure else _open_plain
        self._socket = open_socket(address, connect_seconds)
        self._socket.settimeout(read_seconds)
        self._stream = self._socket.makefile("rb")
        self.is_open = True

    def get(self, path: str, headers: Mapping[str, str]) -> HttpAnswer:
        """Return the answer; raise ``OSError`` or :class:`BrokenAnswerError`, after which the
        connection is closed."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        try:
            self._socket.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
            answer = self._read_answer()
        except (OSError, BrokenAnswerError):
            self.close()
            raise
        if "close" in answer.headers.get("connection", "").lower():
            self.close()
        return answer

    def close(self) -> None:
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
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._read_chunks())
        if "content-length" in headers:
            return self._read_exactly(_read_size(headers["content-length"], 10))
        body = self._stream.read(MAX_BODY_BYTES + 1)
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
    try:
        size = int(text, base)
    except ValueError:
        size = -1
    if not 0 <= size <= MAX_BODY_BYTES:
        raise BrokenAnswerError(f"the answer's size is '{text[:60]}'")
    return size


def _open_plain(address: Address, seconds: float) -> socket.socket:
    # Bytes, because a text is encoded by the rules of international names, whose tables take 2 ms
    # to import.
    place: Any = (address.host.encode("ascii"), address.port)
    opened = socket.create_connection(place, timeout=seconds)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _open_secure(address: Address, seconds: float) -> socket.socket:
    """Return a connection whose certificate is one that the system trusts."""
    import ssl  # noqa: PLC0415 - 8 ms, and an emulator's address needs none

    for make_context in _list_contexts():
        plain = _open_plain(address, seconds)
        host: Any = address.host.encode("ascii")
        try:
            return make_context().wrap_socket(plain, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            refusal = error
        except OSError:
            plain.close()
            raise
    raise UntrustedServerError(f"{address.host}: {refusal}") from refusal


def _list_contexts() -> "Iterator[Callable[[], ssl.SSLContext]]":
    """Yield ways to check a certificate: by the system's folder, then by all it trusts at once.
    An operator's own choice (OpenSSL's variables) is the only way where there is one."""
    import ssl  # noqa: PLC0415 - as above

    chosen = {"SSL_CERT_FILE", "SSL_CERT_DIR"} & os.environ.keys()
    folder = None if chosen else next(filter(_has_hashed_certificates, _CERTIFICATE_FOLDERS), None)
    if folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(capath=folder)
        yield lambda: context
    yield ssl.create_default_context


def _has_hashed_certificates(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return sum(entry.name.endswith(".0") for entry in entries) > 50
    except OSError:
        return False
