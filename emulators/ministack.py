"""MiniStack, the embedded cloud: installed in an environment of its own, and how it is started."""

import hashlib
import sys
from pathlib import Path

from cli.project import ROOT, find_uv, run_tool
from emulators.cloud import Launch

REQUIREMENTS = Path(__file__).parent / "ministack-requirements.txt"
SERVER = Path(__file__).parent / "ministack_server.py"


def prepare_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started; it is installed first where its pins changed."""
    del folder  # it keeps nothing but what it unpacks
    return Launch(
        name="ministack",
        command=(str(install_ministack(ROOT)), "-P", str(SERVER)),
        environment={
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "LAMBDA_EXECUTOR": "local",
            "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
        },
        endpoint_url=f"http://127.0.0.1:{port}",
        health_path="/_ministack/health",
    )


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
