"""Where the project and its tools lie, and how a tool is run so that its failure can be read."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dropcast.contracts.errors import DropcastError

ROOT = Path(__file__).resolve().parents[1]


class ToolMissingError(DropcastError):
    """A tool that `make setup` installs is not there."""


class ToolFailedError(DropcastError):
    """A tool ended with an error; the end of what it said is in the message."""


def find_uv(root: Path) -> str:
    """Return the path of the project's own uv, or of the one on the PATH."""
    own = root / ".dropcast/tools/uv/bin/uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise ToolMissingError(f"no uv at {own} nor on the PATH; run `make setup` first")
    return found


def run_tool(
    command: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str] | None = None
) -> str:
    """Run a command, return what it wrote to stdout; raise ``ToolFailedError`` with its last lines.

    ``environment`` is added to the caller's own.
    """
    finished = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        tail = "\n".join((finished.stderr.strip() or finished.stdout.strip()).splitlines()[-20:])
        raise ToolFailedError(
            f"`{' '.join(map(str, command))}` ended with {finished.returncode}:\n{tail}"
        )
    return finished.stdout
