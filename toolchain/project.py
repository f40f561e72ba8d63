"""Where the project and its tools lie, and how a tool is run so that its failure can be read."""

import json
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


def read_context(root: Path = ROOT) -> dict[str, object]:
    """Return the context that ``cdk.json`` sets for every deployment from this folder."""
    context: dict[str, object] = json.loads((root / "cdk.json").read_text()).get("context", {})
    return context


def prepare_cdk(
    arguments: Sequence[str], *, root: Path, environ: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the command that runs the pinned CDK CLI, and its environment: ``environ`` with the
    project's Node and Python first. Its ``build`` step is left out: whoever calls this has built
    the layers of the stage that is meant. Raises ``ToolMissingError``."""
    cdk = root / "node_modules/.bin/cdk"
    if not cdk.exists():
        raise ToolMissingError(f"no CDK CLI at {cdk}; run `make setup` first")
    tools = [str(root / ".dropcast/tools/node/bin"), str(root / ".venv/bin")]
    path = os.pathsep.join([*tools, environ.get("PATH", "")])
    environment = {**environ, "PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "true"}
    return [str(cdk), *arguments, "--build", "true"], environment


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
