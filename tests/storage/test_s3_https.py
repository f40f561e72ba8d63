"""The bucket over TLS: a certificate must be one that the system trusts."""

import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dropcast.contracts.errors import StoreRefusedError
from dropcast.storage.http.bucket import S3HttpBucket
from tests.storage.http_bucket import HttpBucket, open_http_bucket

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def served(certificate: Path) -> Iterator[HttpBucket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with open_http_bucket(context) as bucket:
        bucket.objects["key"] = b"here"
        yield bucket


def test_a_trusted_server_is_read(
    served: HttpBucket, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    bucket = S3HttpBucket(bucket="models", environ=served.environ)
    try:
        assert bucket.read("key").body == b"here"
        assert bucket.read("key").body == b"here"
    finally:
        bucket.close()
    assert len(served.connections) == 1


def test_a_server_that_nobody_trusts_is_refused_at_once(
    served: HttpBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    bucket = S3HttpBucket(bucket="models", environ=served.environ)
    with pytest.raises(StoreRefusedError, match=r"the certificate of localhost: .*self-signed"):
        bucket.read("key")
    assert served.asked == []


def test_a_certificate_of_another_name_is_refused(
    served: HttpBucket, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    environ = {
        **served.environ,
        "AWS_ENDPOINT_URL_S3": served.url.replace("localhost", "127.0.0.1"),
    }
    with pytest.raises(StoreRefusedError, match="IP address mismatch"):
        S3HttpBucket(bucket="models", environ=environ).read("key")
