"""A cloud's certificate: good for this machine's names, by its own authority alone."""

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path

import pytest

from emulators.certificate import DAYS, make_certificates

pytestmark = pytest.mark.enable_socket

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("one") / "certificates"
    make_certificates(path, now=NOW)
    return path


def shake_hands(served: Path, trusted: Path, name: str) -> None:
    """Connect to a server that has ``served``; raise ``ssl.SSLError`` unless it is trusted."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(served / "server.pem", served / "server.key")
    client = ssl.create_default_context(cafile=str(trusted / "authority.pem"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's own default
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ours, server_hostname=name).close()
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_it_is_good_for_this_machine(folder: Path, name: str) -> None:
    shake_hands(folder, folder, name)


@pytest.mark.parametrize("name", ["s3.amazonaws.com", "127.0.0.2"])
def test_it_is_good_for_no_other(folder: Path, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        shake_hands(folder, folder, name)


def test_another_clouds_authority_does_not_vouch_for_it(folder: Path, tmp_path: Path) -> None:
    make_certificates(tmp_path / "other", now=NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(folder, tmp_path / "other", "localhost")


def test_an_old_one_is_refused(tmp_path: Path) -> None:
    make_certificates(tmp_path / "old", now=NOW - dt.timedelta(days=DAYS + 1))
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(tmp_path / "old", tmp_path / "old", "localhost")


def test_the_servers_key_is_its_owners_alone_and_the_authoritys_is_nowhere(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "authority.pem",
        "server.key",
        "server.pem",
    ]
    assert (folder / "server.key").stat().st_mode & 0o077 == 0
    assert (folder / "authority.pem").read_text().count("BEGIN") == 1
