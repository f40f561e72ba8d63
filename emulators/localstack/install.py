"""The installation of LocalStack, of its executor, and of the runtime client of its functions.

LocalStack's last free release runs on Python 3.13 alone. Functions run on the project's own Python,
because the local stage's layers are built for that one.
"""

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from emulators.cloud import CloudError, lock_folder
from emulators.environments import install_environment, is_ready, mark_ready
from toolchain.project import find_uv, run_tool
from toolchain.pythons import find_python

HERE = Path(__file__).parent
SERVER_REQUIREMENTS = HERE / "server-requirements.txt"
FUNCTION_REQUIREMENTS = HERE / "functions-requirements.txt"
FOLDER = ".dropcast/localstack"
EXECUTOR = HERE / "executor"
PYTHON_VERSION = (3, 13)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """Where the parts are.

    ``server``     the interpreter of LocalStack
    ``functions``  the interpreter of its functions
    ``plugins``    a folder for PYTHONPATH that has the executor
    """

    server: Path
    functions: Path
    plugins: Path


def install_localstack(root: Path) -> Installed:
    """Return the three installations, each made again where its pins or sources changed.

    Raises ``CloudError`` where there is no Python 3.13.
    """
    python = require_python()
    return Installed(
        server=_install(root, "server", SERVER_REQUIREMENTS, str(python)),
        functions=install_functions(root),
        plugins=install_executor(root),
    )


def require_python() -> Path:
    """Return a Python 3.13 that runs; raise ``CloudError`` saying how to get one."""
    python = find_python("{}.{}".format(*PYTHON_VERSION), os.environ, modules=["venv"])
    if python is None:
        raise CloudError(
            "LocalStack needs a Python 3.13, and none runs here (looked for: the project's own, "
            "python3.13 on the PATH, those that pyenv and uv installed); install one (`pyenv "
            "install 3.13`, `uv python install 3.13`, or on Debian 13 `apt install "
            "python3.13-venv`), or use CLOUD=ministack"
        )
    return python


def install_functions(root: Path) -> Path:
    """Return the interpreter of functions: the project's own version, with AWS's runtime client."""
    return _install(root, "functions", FUNCTION_REQUIREMENTS, sys.executable)


def install_executor(root: Path) -> Path:
    """Return a folder for PYTHONPATH with the executor as an installed distribution.

    It is installed because LocalStack finds plugins by their entry points.
    """
    folder = root / FOLDER / "plugins"
    sources = [EXECUTOR / "pyproject.toml", *sorted(EXECUTOR.glob("dropcast_executor/*.py"))]
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in sources]
    wanted = hashlib.sha256(b"".join(digests)).hexdigest()
    with lock_folder(folder.parent):
        if not is_ready(folder, wanted):
            shutil.rmtree(folder, ignore_errors=True)
            # A build writes beside its sources, so it gets a copy of them.
            copy = folder / "source"
            for path in sources:
                target = copy / path.relative_to(EXECUTOR)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
            install = (find_uv(root), "pip", "install", "--quiet", "--python", sys.executable)
            run_tool([*install, "--no-deps", "--target", folder, copy], cwd=root)
            shutil.rmtree(copy)
            mark_ready(folder, wanted)
    return folder


def _install(root: Path, name: str, requirements: Path, python: str) -> Path:
    folder = root / FOLDER / name
    with lock_folder(folder.parent):
        return install_environment(
            folder, root=root, requirements=requirements.read_text(), python=python
        )
