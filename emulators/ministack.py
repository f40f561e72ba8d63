"""MiniStack, the embedded cloud: installed in an environment of its own, and how it is started."""

import hashlib
import ssl
import sys
from pathlib import Path

import botocore

from emulators.cloud import CERTIFICATE_VARIABLES, Launch, LocalCloud
from toolchain.project import ROOT, find_uv, run_tool

REQUIREMENTS = Path(__file__).parent / "ministack-requirements.txt"
SERVER = Path(__file__).parent / "ministack_server.py"
CERTIFICATE = Path(__file__).parent / "certificate.py"
AUTHORITY = "authority.pem"
BOTOCORE_AUTHORITIES = Path(botocore.__file__).parent / "cacert.pem"


def prepare_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started, with IAM and TLS enforced; it is installed first where its
    pins changed. The certificate is a new one at every start, under the folder's ``tmp``."""
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
            "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
            "AUTH": "true",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificates / "server.pem"),
            "MINISTACK_SSL_KEY": str(certificates / "server.key"),
            # Functions speak to this cloud alone, and reading every authority takes 35 ms a start.
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
    """Return what this machine trusts already: an operator's shell reaches more than this cloud."""
    known = ssl.get_default_verify_paths().cafile
    return Path(known or BOTOCORE_AUTHORITIES).read_bytes()


def install_ministack(root: Path) -> Path:
    """Return the interpreter of MiniStack's environment, installed anew where its pins changed.

    Its Python is the project's own, because layers of the local stage are built for that one.
    """
    folder = root / ".dropcast/ministack"
    python = folder / "bin/python"
    ready = folder / ".ready"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if python.exists() and ready.exists() and ready.read_text() == wanted:
        return python
    uv = find_uv(root)
    ready.unlink(missing_ok=True)
    run_tool([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], cwd=root)
    run_tool(
        [
            *(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python),
            *("--no-deps", "--only-binary", ":all:", "--requirement", REQUIREMENTS),
        ],
        cwd=root,
    )
    ready.write_text(wanted)
    return python
