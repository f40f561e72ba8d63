"""Where the project and its tools lie, and how a tool is run so that its failure can be read."""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from dropcast.contracts.errors import DropcastError

# The folder that this code runs from: a checkout, or the packages of an installed `dropcast`.
ROOT = Path(__file__).resolve().parents[1]
# Names the checkout that is meant, whatever the current folder.
PROJECT_VARIABLE = "DROPCAST_PROJECT"
# Where a checkout's local cloud keeps its state.
LOCAL_CLOUD_FOLDER = Path(".dropcast/cloud")


class ProjectMissingError(DropcastError):
    """There is no checkout of Dropcast; the message says where it was looked for."""


class ToolMissingError(DropcastError):
    """A tool that `make setup` installs is not there."""


class ToolFailedError(DropcastError):
    """A tool ended with an error; the end of its output is in the message."""


def is_project(folder: Path) -> bool:
    """Return whether a folder is a checkout of Dropcast."""
    try:
        settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    described = settings.get("project")
    is_ours = isinstance(described, dict) and described.get("name") == "dropcast"
    return is_ours and (folder / "app.py").is_file()


def find_project(
    *, environ: Mapping[str, str] | None = None, current: Path | None = None, own: Path = ROOT
) -> Path | None:
    """Return the checkout that is meant, ``None`` where there is none.

    It is the one that ``DROPCAST_PROJECT`` names, else the current folder or the nearest one above
    it, else the one that this code runs from. Raises :class:`ProjectMissingError` where the
    variable names a folder that is no checkout.
    """
    named = (os.environ if environ is None else environ).get(PROJECT_VARIABLE)
    if named:
        folder = Path(named).expanduser().resolve()
        if not is_project(folder):
            raise ProjectMissingError(
                f"{PROJECT_VARIABLE} names {folder}, which is not a checkout of Dropcast: its "
                "app.py and pyproject.toml are not there"
            )
        return folder
    start = (current or Path.cwd()).resolve()
    return next((one for one in (start, *start.parents, own) if is_project(one)), None)


def require_project(what: str) -> Path:
    """Return the checkout that is meant; raise :class:`ProjectMissingError` where there is none.

    ``what`` is the command or the option that needs it, for the message.
    """
    found = find_project()
    if found is None:
        raise ProjectMissingError(
            f"{what} needs a checkout of Dropcast, and neither {Path.cwd()} nor a folder above it "
            f"is one; run it inside a checkout, or set {PROJECT_VARIABLE} to its path"
        )
    return found


def find_uv(root: Path) -> str:
    """Return the path of the project's own uv, or of the one on the PATH."""
    own = root / ".dropcast/tools/uv/bin/uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise ToolMissingError(f"no uv at {own} nor on the PATH; run `make setup` first")
    return found


def read_context() -> dict[str, object]:
    """Return the context that the checkout's ``cdk.json`` sets for every deployment from it.

    It is empty where there is no checkout.
    """
    root = find_project()
    if root is None:
        return {}
    context: dict[str, object] = json.loads((root / "cdk.json").read_text()).get("context", {})
    return context


def prepare_cdk(
    arguments: Sequence[str], *, root: Path, environ: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the command that runs the pinned CDK CLI, and its environment.

    That is ``environ`` with the project's Node and Python first. The CLI's ``build`` step is left
    out: whoever calls this has built the layers of the stage that is meant. Raises
    ``ToolMissingError``.
    """
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
    """Run a command and return what it wrote to stdout.

    ``environment`` is added to the caller's own. Raises ``ToolFailedError`` with its last lines.
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
