"""Start a local cloud, find it again and stop it, whichever emulator it is.

One folder holds everything of a running cloud: ``state.json``, ``cloud.log`` and ``tmp/``, where it
unpacks functions and layers.
"""

import fcntl
import http.client
import json
import os
import shutil
import socket
import ssl
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from dropcast.contracts.errors import DropcastError
from emulators.processes import (
    MARK,
    end_marked,
    list_marked,
    read_start,
    start_detached,
    wait_until,
)
from toolchain.project import LOCAL_CLOUD_FOLDER, ROOT

CLOUD_FOLDER = ROOT / LOCAL_CLOUD_FOLDER
_START_SECONDS = 60.0
# What the cloud and its workers inherit. Nothing else of the shell does: neither an operator's AWS
# keys, nor a PYTHONDONTWRITEBYTECODE that would make each worker compile its libraries again.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SYSTEMROOT")

# Where boto3 and the AWS CLI, Python and OpenSSL, curl, and Node look for trusted certificates.
CERTIFICATE_VARIABLES = (
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
# Nothing answers, or something else does; or the certificate of a stopped cloud is gone.
HEALTH_ERRORS = (OSError, http.client.HTTPException)


class CloudError(DropcastError):
    """The local cloud did not start, or did not end; its log says more."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How an emulator is started on a port.

    ``name``         the emulator's, as ``CLOUD=`` has it
    ``environment``  what it needs beside the few variables that every cloud inherits
    ``health_path``  answers 200 once the cloud is ready
    ``ca_bundle``    the file of certificates to trust, where ``endpoint_url`` is https
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    endpoint_url: str
    health_path: str
    ca_bundle: str | None = None


class Emulator(Protocol):
    """Prepares a start: installs what is missing, writes what the cloud reads."""

    def __call__(self, *, folder: Path, port: int) -> Launch:
        """Return how the emulator is started on the port, with its files in the folder."""
        ...


@dataclass(frozen=True, kw_only=True)
class LocalCloud:
    """A running local cloud; each start has another ``mark``."""

    name: str
    endpoint_url: str
    health_path: str
    ca_bundle: str | None
    port: int
    pid: int
    started: str
    mark: str
    folder: str

    @property
    def log(self) -> Path:
        """The file to which the cloud and its functions write."""
        return Path(self.folder, "cloud.log")


def start_cloud(emulator: Emulator, folder: Path = CLOUD_FOLDER) -> LocalCloud:
    """Return the folder's healthy cloud, started by ``emulator`` if need be.

    Raises ``CloudError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with lock_folder(folder):
        running = find_cloud(folder)
        if running is not None:
            return running
        _stop(folder)  # what a crashed cloud left behind
        return _start(folder, emulator)


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
    with lock_folder(folder):
        return _stop(folder)


@contextmanager
def run_cloud(emulator: Emulator, folder: Path) -> Iterator[LocalCloud]:
    """Run a cloud for the length of a ``with`` block, in a folder of its own."""
    try:
        yield start_cloud(emulator, folder)
    finally:
        stop_cloud(folder)


def is_healthy(cloud: LocalCloud) -> bool:
    """Return whether the cloud answers."""
    try:
        read_health(cloud.endpoint_url, cloud.health_path, ca_bundle=cloud.ca_bundle)
    except HEALTH_ERRORS:
        return False
    return True


def read_health(endpoint_url: str, health_path: str, *, ca_bundle: str | None) -> bytes:
    """Return a healthy cloud's status document; raise one of ``HEALTH_ERRORS`` otherwise."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if ca_bundle is not None:
        context = ssl.create_default_context(cafile=ca_bundle)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    direct = urllib.request.build_opener(*handlers)
    with direct.open(endpoint_url + health_path, timeout=5) as response:
        if response.status != 200:
            raise urllib.error.URLError(f"status {response.status}")
        body: bytes = response.read()
        return body


def _start(folder: Path, emulator: Emulator) -> LocalCloud:
    port = _find_free_port()
    mark = uuid.uuid4().hex
    temporary = folder / "tmp"
    temporary.mkdir()
    with lock_folder(CLOUD_FOLDER.parent):  # clouds share what is installed there
        launch = emulator(folder=folder, port=port)
    log = folder / "cloud.log"
    pid, started = start_detached(
        list(launch.command),
        environment=_make_environment(launch, mark=mark, temporary=temporary),
        log=log,
    )
    cloud = LocalCloud(
        name=launch.name,
        endpoint_url=launch.endpoint_url,
        health_path=launch.health_path,
        ca_bundle=launch.ca_bundle,
        port=port,
        pid=pid,
        started=started,
        mark=mark,
        folder=str(folder.resolve()),
    )
    # Written before the cloud is healthy, so that it can be stopped where this is interrupted.
    _state_path(folder).write_text(json.dumps(asdict(cloud), indent=1))

    def is_decided() -> bool:
        return is_healthy(cloud) or not list_marked(mark, leader=pid, started=started)

    wait_until(is_decided, timeout_seconds=_START_SECONDS)
    if not is_healthy(cloud):
        _stop(folder)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise CloudError(f"the local cloud did not start on port {port}; {log} ends with:\n{tail}")
    return cloud


def _make_environment(launch: Launch, *, mark: str, temporary: Path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        MARK: mark,
        "TMPDIR": str(temporary.resolve()),
        "NO_PROXY": "localhost,127.0.0.1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **launch.environment,
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
def lock_folder(folder: Path) -> Iterator[None]:
    """Keep every other process out of a folder, which is made if needed. Locks must not nest."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
