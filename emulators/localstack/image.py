"""The start of LocalStack's Docker image, with the same executor inside it.

The image's own executor starts a container for each function and applies no layers, so it cannot
serve this stack. Functions run here with the image's own Python 3.13, which is why the project's
layers must be built for that one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from emulators.cloud import CloudError, Launch
from emulators.localstack.install import PYTHON_VERSION, install_executor, install_functions
from emulators.localstack.launch import HEALTH, make_settings
from toolchain.project import ROOT, run_tool

IMAGE = "localstack/localstack:4.14.0"
PLUGINS = "/opt/dropcast/plugins"
LIBRARIES = "/opt/dropcast/libraries"
IMAGE_PYTHON = "/usr/local/bin/python3"
# Where an operator's Docker is, if not in its usual place.
_DOCKER_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG")
# The container is a child of Docker's daemon, so the shell removes it when it is ended itself.
_SCRIPT = 'trap "docker rm --force $0" TERM INT; docker "$@" & wait $!'


def prepare_localstack_image(*, folder: Path, port: int) -> Launch:
    """Return how the image is started; it is pulled first where it is not there.

    Raises ``CloudError`` where no Docker daemon answers, or the layers are not the image's.
    """
    del folder  # what the container writes is removed with it
    require_docker()
    if subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True).returncode:  # noqa: PLW1510 - the status is the result
        run_tool(["docker", "pull", "--quiet", IMAGE], cwd=ROOT)
    functions = install_functions(ROOT)
    (libraries,) = functions.parents[1].glob("lib/python*/site-packages")
    plugins = install_executor(ROOT)
    return Launch(
        name="localstack-docker",
        command=make_command(port=port, plugins=plugins, libraries=libraries),
        environment={n: os.environ[n] for n in _DOCKER_VARIABLES if n in os.environ},
        endpoint_url=f"http://127.0.0.1:{port}",
        health_path=HEALTH,
    )


def make_command(*, port: int, plugins: Path, libraries: Path) -> tuple[str, ...]:
    """Return the command that runs the image in the foreground, open to this machine alone."""
    variables = {
        **make_settings(listen=f"0.0.0.0:{port}"),  # inside the container
        "PYTHONPATH": PLUGINS,
        "DROPCAST_FUNCTION_PYTHON": IMAGE_PYTHON,
        "DROPCAST_FUNCTION_LIBRARIES": LIBRARIES,
    }
    name = f"dropcast-localstack-{port}"
    words = ["run", "--rm", "--name", name, "--publish", f"127.0.0.1:{port}:{port}"]
    for source, target in ((plugins, PLUGINS), (libraries, LIBRARIES)):
        words += ["--volume", f"{source.resolve()}:{target}:ro"]
    for variable, value in variables.items():
        words += ["--env", f"{variable}={value}"]
    return ("/bin/sh", "-c", _SCRIPT, name, *words, IMAGE)


def assert_fits(*, platform: str, version: tuple[int, ...]) -> None:
    """Raise ``CloudError`` unless layers built by this Python run in the image."""
    if platform != "linux" or version != PYTHON_VERSION:
        found = ".".join(map(str, version))
        raise CloudError(
            f"the image runs functions with Python 3.13 on Linux, and the layers are built for "
            f"Python {found} on {platform}; on Linux run `make setup PYTHON=python3.13` in a fresh "
            "checkout, or use CLOUD=localstack, which needs no Docker"
        )


def require_docker() -> None:
    """Raise ``CloudError`` unless a Docker daemon answers and the image can load the layers."""
    assert_fits(platform=sys.platform, version=sys.version_info[:2])
    assert_daemon()


def assert_daemon() -> None:
    """Raise ``CloudError`` unless a Docker daemon answers."""
    if shutil.which("docker") is None:
        raise CloudError("no docker on the PATH; install it, or use CLOUD=localstack")
    finished = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise CloudError(
            f"no Docker daemon answers ({finished.stderr.strip()}); start it, or use "
            "CLOUD=localstack"
        )
