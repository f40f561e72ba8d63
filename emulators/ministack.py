"""The embedded cloud: MiniStack in an environment of its own, started, found again and stopped.

One folder holds all that a running cloud has: ``state.json``, ``cloud.log`` and ``tmp/``, where it
unpacks functions and layers.
"""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.project import ROOT, find_uv, run_tool
from dropcast.contracts.errors import DropcastError
from emulators.processes import (
    MARK,
    end_marked,
    list_marked,
    read_start,
    start_detached,
    wait_until,
)

CLOUD_FOLDER = ROOT / ".dropcast/cloud"
REQUIREMENTS = Path(__file__).parent / "ministack-requirements.txt"
SERVER = Path(__file__).parent / "ministack_server.py"
_START_SECONDS = 60.0
_HEALTH_PATH = "/_ministack/health"
# What the cloud and its workers inherit; everything else of the shell (an operator's AWS keys, a
# PYTHONDONTWRITEBYTECODE that has each worker compile its libraries anew) stays outside.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SYSTEMROOT")


class CloudError(DropcastError):
    """The local cloud did not start, or did not end; its log says more."""


@dataclass(frozen=True, kw_only=True)
class LocalCloud:
    """A running local cloud; ``mark`` is its own, and a restarted cloud has another."""

    endpoint_url: str
    port: int
    pid: int
    started: str
    mark: str
    folder: str

    @property
    def log(self) -> Path:
        """What the cloud and its functions write."""
        return Path(self.folder, "cloud.log")


def start_cloud(folder: Path = CLOUD_FOLDER) -> LocalCloud:
    """Return the folder's healthy cloud, started if need be; raise ``CloudError``."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        running = find_cloud(folder)
        if running is not None:
            return running
        _stop(folder)  # what a crashed one left
        return _start(folder, install_ministack(ROOT))


def find_cloud(folder: Path = CLOUD_FOLDER) -> LocalCloud | None:
    """Return the folder's cloud if it runs and is healthy."""
    cloud = _read_state(folder)
    if cloud is None or read_start(cloud.pid) != cloud.started or not is_healthy(cloud):
        return None
    return cloud


def stop_cloud(folder: Path = CLOUD_FOLDER) -> bool:
    """End the folder's cloud and its workers and remove what they unpacked.

    Return whether anything was running; a cloud that is dead already is fine. The log stays.
    Raises ``CloudError`` where a process does not end.
    """
    if not folder.exists():
        return False
    with _alone(folder):
        return _stop(folder)


@contextmanager
def run_cloud(folder: Path) -> Iterator[LocalCloud]:
    """A cloud for the length of a ``with`` block: for tests, with a folder of their own."""
    try:
        yield start_cloud(folder)
    finally:
        stop_cloud(folder)


def is_healthy(cloud: LocalCloud) -> bool:
    """Tell whether the cloud answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(cloud.endpoint_url + _HEALTH_PATH, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


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


def _start(folder: Path, python: Path) -> LocalCloud:
    port = _find_free_port()
    mark = uuid.uuid4().hex
    temporary = folder / "tmp"
    temporary.mkdir()
    log = folder / "cloud.log"
    pid, started = start_detached(
        [str(python), "-P", str(SERVER)],
        environment=_make_environment(port=port, mark=mark, temporary=temporary),
        log=log,
    )
    cloud = LocalCloud(
        endpoint_url=f"http://127.0.0.1:{port}",
        port=port,
        pid=pid,
        started=started,
        mark=mark,
        folder=str(folder.resolve()),
    )
    # Before it is healthy, so that a starter who is interrupted leaves one that can be stopped.
    _state_path(folder).write_text(json.dumps(asdict(cloud), indent=1))

    def is_decided() -> bool:
        return is_healthy(cloud) or not list_marked(mark, leader=pid, started=started)

    wait_until(is_decided, timeout_seconds=_START_SECONDS)
    if not is_healthy(cloud):
        _stop(folder)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise CloudError(f"the local cloud did not start on port {port}; {log} ends with:\n{tail}")
    return cloud


def _make_environment(*, port: int, mark: str, temporary: Path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        MARK: mark,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
        "TMPDIR": str(temporary.resolve()),
        "NO_PROXY": "localhost,127.0.0.1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _stop(folder: Path) -> bool:
    cloud = _read_state(folder)
    ran = False
    if cloud is not None:
        ran = bool(list_marked(cloud.mark, leader=cloud.pid, started=cloud.started))
        if not end_marked(cloud.mark, leader=cloud.pid, started=cloud.started):
            raise CloudError(f"processes of the local cloud do not end; the first is {cloud.pid}")
        _state_path(folder).unlink()
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    return ran


def _state_path(folder: Path) -> Path:
    return folder / "state.json"


def _read_state(folder: Path) -> LocalCloud | None:
    try:
        return LocalCloud(**json.loads(_state_path(folder).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise CloudError(
            f"{_state_path(folder)} cannot be read ({error}); end the cloud by hand, then delete it"
        ) from error


def _find_free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
