"""Connections to a server, opened and waited for within the time that a call has."""

import os
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from dropcast.contracts.serialization.frozen import dataclass

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 2.0
# A wait that ends this long after its own limit: the process stood still meanwhile.
_STANDSTILL_SECONDS = 1.0
# Where Linux distributions keep the certificates that they trust, one file each, named by hash:
# OpenSSL then reads the one it needs, and not all 144 (35 ms).
_CERTIFICATE_FOLDERS = ("/etc/pki/ca-trust/extracted/pem/directory-hash", "/etc/ssl/certs")
T = TypeVar("T")


class UntrustedServerError(Exception):
    """The server's certificate is none that the system trusts."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A server."""

    host: str
    port: int
    secure: bool


class Allowance:
    """The seconds that one call may take, whatever it waits for.

    A wait in which Lambda froze the process is not counted: the answer may have been there unread
    since.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._left = seconds
        self._clock = clock

    def wait(self, work: Callable[[float], T], *, most: float) -> T:
        """Return the result of ``work``, which gets the seconds that it may take.

        They are those that are left, and at most ``most``. Raises ``TimeoutError`` where none is
        left.
        """
        allowed = min(most, self._left)
        if allowed <= 0:
            raise TimeoutError("the call's time is over: timed out")
        started = self._clock()
        try:
            return work(allowed)
        finally:
            took = self._clock() - started
            if took <= allowed + _STANDSTILL_SECONDS:
                self._left -= took

    def count(self, work: Callable[[], T]) -> T:
        """Return the result of ``work``, which nothing can bound; all its time counts."""
        started = self._clock()
        try:
            return work()
        finally:
            self._left -= self._clock() - started


def open_socket(address: Address, allowance: Allowance) -> socket.socket:
    """Return a connection; raise ``OSError``, or ``UntrustedServerError``."""
    return (_open_secure if address.secure else _open_plain)(address, allowance)


def _open_plain(address: Address, allowance: Allowance) -> socket.socket:
    """Return a connection to the first of the name's places that takes one."""
    # Bytes, because a text is encoded by the rules of international names, whose tables take 2 ms
    # to import.
    host = address.host.encode("ascii")
    places = allowance.count(
        lambda: socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)
    )
    trouble = OSError(f"{address.host} has no address")
    for family, kind, protocol, _, place in places:
        opened = socket.socket(family, kind, protocol)
        try:
            _connect(opened, place, allowance)
        except OSError as error:
            opened.close()
            trouble = error
        else:
            return opened
    raise trouble


def _connect(opened: socket.socket, place: Any, allowance: Allowance) -> None:
    def connect(seconds: float) -> None:
        opened.settimeout(seconds)
        opened.connect(place)

    allowance.wait(connect, most=CONNECT_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _open_secure(address: Address, allowance: Allowance) -> socket.socket:
    """Return a connection whose certificate is one that the system trusts."""
    import ssl  # noqa: PLC0415 - 8 ms, and an emulator's address needs none

    for make_context in _list_contexts():
        plain = _open_plain(address, allowance)
        try:
            return _secure(plain, make_context(), address, allowance)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            refusal = error
        except OSError:
            plain.close()
            raise
    raise UntrustedServerError(f"{address.host}: {refusal}") from refusal


def _secure(
    plain: socket.socket, context: "ssl.SSLContext", address: Address, allowance: Allowance
) -> socket.socket:
    host: Any = address.host.encode("ascii")

    def shake_hands(seconds: float) -> "ssl.SSLSocket":
        plain.settimeout(seconds)
        return context.wrap_socket(plain, server_hostname=host)

    return allowance.wait(shake_hands, most=CONNECT_SECONDS)


def _list_contexts() -> "Iterator[Callable[[], ssl.SSLContext]]":
    """Yield ways to check a certificate: by the system's folder, then by all it trusts at once.

    An operator's own choice (OpenSSL's variables) is the only way where there is one.
    """
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
