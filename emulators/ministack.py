"""MiniStack, the embedded cloud: its installation, and the command that starts it."""

import ssl
from pathlib import Path

import botocore

from emulators.cloud import CERTIFICATE_VARIABLES, Launch, LocalCloud
from emulators.environments import install_environment
from toolchain.project import ROOT, run_tool

REQUIREMENTS = Path(__file__).parent / "ministack-requirements.txt"
SERVER = Path(__file__).parent / "ministack_server.py"
CERTIFICATE = Path(__file__).parent / "certificate.py"
AUTHORITY = "authority.pem"
BOTOCORE_AUTHORITIES = Path(botocore.__file__).parent / "cacert.pem"


def prepare_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started, with IAM and TLS enforced.

    It is installed first where its pins changed. The certificate is a new one at every start, under
    the folder's ``tmp``.
    """
    python = install_ministack(ROOT)
    certificates = folder.resolve() / "tmp/certificates"
    run_tool([python, "-P", CERTIFICATE, certificates], cwd=ROOT)
    authority = certificates / AUTHORITY
    bundle = certificates / "bundle.pem"
    bundle.write_bytes(authority.read_bytes() + read_trusted())
    return Launch(
        name="ministack",
        command=(str(python), "-P", str(SERVER)),
        environment={
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "LAMBDA_EXECUTOR": "local",
            "IOT_MTLS_ENABLED": "0",  # which would listen on every interface
            "AUTH": "true",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificates / "server.pem"),
            "MINISTACK_SSL_KEY": str(certificates / "server.key"),
            # Functions call this cloud alone, and reading every authority takes 35 ms per start.
            **dict.fromkeys(CERTIFICATE_VARIABLES, str(authority)),
        },
        endpoint_url=f"https://127.0.0.1:{port}",
        health_path="/_ministack/health",
        ca_bundle=str(bundle),
    )


def find_authority(cloud: LocalCloud) -> str:
    """Return the file of the one authority that the cloud's own functions trust."""
    assert cloud.ca_bundle is not None
    return str(Path(cloud.ca_bundle).with_name(AUTHORITY))


def read_trusted() -> bytes:
    """Return the certificates that this machine trusts, for whatever else a shell calls."""
    known = ssl.get_default_verify_paths().cafile
    return Path(known or BOTOCORE_AUTHORITIES).read_bytes()


def install_ministack(root: Path) -> Path:
    """Return the interpreter of MiniStack's environment, installed again where its pins changed.

    It is the project's own Python, because the layers of the local stage are built for that one.
    """
    return install_environment(
        root / ".dropcast/ministack",
        root=root,
        requirements=REQUIREMENTS.read_text(),
        options=("--only-binary", ":all:"),
    )
