"""Virtual environments with pinned packages, installed again where their pins change."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from toolchain.project import find_uv, run_tool

_READY = ".ready"


def install_environment(
    folder: Path,
    *,
    root: Path,
    requirements: str,
    python: str = sys.executable,
    options: Sequence[str] = (),
) -> Path:
    """Return the interpreter of the environment in ``folder``, which has all of ``requirements``.

    Its packages have bytecode. The project's own Python runs it unless ``python`` is another;
    ``options`` are those of ``uv pip install``. Raises ``ToolFailedError``.
    """
    found = folder / "bin/python"
    own = "" if python == sys.executable else python
    wanted = hashlib.sha256(f"{requirements}{own}{sys.version}".encode()).hexdigest()
    if found.exists() and is_ready(folder, wanted):
        return found
    uv = find_uv(root)
    (folder / _READY).unlink(missing_ok=True)
    run_tool([uv, "venv", "--quiet", "--clear", "--python", python, folder], cwd=root)
    listed = folder / "requirements.txt"
    listed.write_text(requirements)
    install = (uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", found)
    run_tool([*install, "--no-deps", *options, "--requirement", listed], cwd=root)
    mark_ready(folder, wanted)
    return found


def is_ready(folder: Path, wanted: str) -> bool:
    """Return whether the folder was finished for just these contents."""
    ready = folder / _READY
    return ready.exists() and ready.read_text() == wanted


def mark_ready(folder: Path, wanted: str) -> None:
    """Record that the folder is finished, and for which contents."""
    (folder / _READY).write_text(wanted)
