"""LocalStack in an environment of its own, and what the functions that it runs need.

LocalStack's last free release runs on Python 3.13 alone. Functions run on the project's own Python,
because the local stage's layers are built for that one.
"""

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from emulators.cloud import CloudError, alone
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
    """``server`` runs LocalStack, ``functions`` its functions; ``plugins`` has the executor."""

    server: Path
    functions: Path
    plugins: Path


def install_localstack(root: Path) -> Installed:
    """Return the three places, each made anew where what it is made of changed.

    Raises ``CloudError`` where there is no Python 3.13.
    """
    python = require_python()
    return Installed(
        server=_install_venv(root, root / FOLDER / "server", str(python), SERVER_REQUIREMENTS),
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
    return _install_venv(root, root / FOLDER / "functions", sys.executable, FUNCTION_REQUIREMENTS)


def install_executor(root: Path) -> Path:
    """Return a folder for PYTHONPATH with the executor as an installed distribution: LocalStack
    finds plugins by their entry points."""
    folder = root / FOLDER / "plugins"
    sources = [EXECUTOR / "pyproject.toml", *sorted(EXECUTOR.glob("dropcast_executor/*.py"))]
    wanted = _hash([path.read_bytes() for path in sources])
    with alone(folder.parent):
        if not _is_ready(folder, wanted):
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
            (folder / ".ready").write_text(wanted)
    return folder


def _install_venv(root: Path, folder: Path, python: str, requirements: Path) -> Path:
    found = folder / "bin/python"
    wanted = _hash([requirements.read_bytes(), python.encode(), sys.version.encode()])
    with alone(folder.parent):
        if not (found.exists() and _is_ready(folder, wanted)):
            uv = find_uv(root)
            (folder / ".ready").unlink(missing_ok=True)
            run_tool([uv, "venv", "--quiet", "--clear", "--python", python, folder], cwd=root)
            install = (uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", found)
            run_tool([*install, "--no-deps", "--requirement", requirements], cwd=root)
            (folder / ".ready").write_text(wanted)
    return found


def _is_ready(folder: Path, wanted: str) -> bool:
    ready = folder / ".ready"
    return ready.exists() and ready.read_text() == wanted


def _hash(parts: list[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
