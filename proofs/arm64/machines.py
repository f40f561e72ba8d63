"""The two machines that are compared: this one, and an arm64 one that QEMU emulates."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs.arm64.debian_root import PYTHON
from proofs.arm64.project import DropcastError

# Runs a file that sees the standard library and the given folders only.
_STARTER = (
    "import runpy, sys; sys.path[:0] = sys.argv[2].split(':'); "
    "sys.argv[:] = [sys.argv[1], *sys.argv[3:]]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
# The processor of Lambda's arm64 functions, where QEMU knows it.
PROCESSOR = "neoverse-n1"
# One thread, so that sums are added in one order, and two cores emulate no more than two.
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
MOST_SECONDS = 900.0


class ProgramFailedError(DropcastError):
    """A program ended with an error, was killed, or took too long."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One way to run a Python program.

    ``name``          as it stands in messages
    ``architecture``  as ``platform.machine()`` spells it
    ``interpreter``   the command line of its Python
    ``layers``        the folder of the layers that were built for it
    ``environment``   what its processes see
    """

    name: str
    architecture: str
    interpreter: tuple[str, ...]
    layers: Path
    environment: Mapping[str, str]


def describe_here(root: Path, environ: Mapping[str, str]) -> Machine:
    """Return this machine, with the layers of the stage ``local``."""
    return Machine(
        name="here",
        architecture=platform.machine(),
        interpreter=(sys.executable,),
        layers=root / "build/local/layers",
        environment={**environ, **_THREADS},
    )


def describe_arm64(
    root: Path, *, emulator: Path, debian: Path, processor: str | None, environ: Mapping[str, str]
) -> Machine:
    """Return the emulated machine, with the layers of the stage ``aws``.

    Settings for this machine's processor, such as ``OPENBLAS_CORETYPE``, do not reach it.
    """
    chosen = ("-cpu", processor) if processor else ()
    return Machine(
        name="arm64",
        architecture="aarch64",
        interpreter=(str(emulator), *chosen, "-L", str(debian), str(debian / PYTHON)),
        layers=root / "build/aws/layers",
        environment={"PATH": environ.get("PATH", os.defpath), **_THREADS},
    )


def choose_processor(emulator: Path) -> str | None:
    """Return Lambda's processor if the emulator knows it, or ``None`` for the emulator's own."""
    finished = subprocess.run(
        [emulator, "-cpu", "help"], capture_output=True, text=True, check=False
    )
    return PROCESSOR if PROCESSOR in finished.stdout.split() else None


def make_command(
    machine: Machine,
    program: Path,
    *,
    layers: Sequence[str],
    folders: Sequence[Path] = (),
    arguments: Sequence[str | Path] = (),
) -> list[str]:
    """Return the command line that runs a program.

    On its path are these layers, then ``folders``.
    """
    searched = [*(machine.layers / name / "python" for name in layers), *folders]
    return [
        *machine.interpreter,
        *("-I", "-S", "-c", _STARTER, str(program)),
        os.pathsep.join(map(str, searched)),
        *map(str, arguments),
    ]


def run_program(
    machine: Machine, command: Sequence[str], *, workspace: Path, most_seconds: float = MOST_SECONDS
) -> Any:
    """Return what a program printed as JSON; raise ``ProgramFailedError`` with its last lines.

    Temporary files of the program go to ``workspace``.
    """
    try:
        finished = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=workspace,
            env={**machine.environment, "TMPDIR": str(workspace)},
            timeout=most_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramFailedError(
            f"took more than {most_seconds:.0f} s on {machine.name}"
        ) from error
    if finished.returncode != 0:
        tail = "\n".join(finished.stderr.strip().splitlines()[-20:])
        raise ProgramFailedError(f"ended with {finished.returncode} on {machine.name}:\n{tail}")
    try:
        return json.loads(finished.stdout)
    except json.JSONDecodeError as error:
        raise ProgramFailedError(f"printed no JSON on {machine.name}: {error}") from error


def describe_python(machine: Machine, workspace: Path) -> str:
    """Return a machine's Python, architecture and C library as one line.

    Raises ``ProgramFailedError`` where another architecture answers than is meant.
    """
    program = Path(__file__).parent / "programs/describe_python.py"
    command = make_command(machine, program, layers=())
    found = run_program(machine, command, workspace=workspace)
    if found["machine"] != machine.architecture:
        raise ProgramFailedError(
            f"the Python of {machine.name} runs on {found['machine']}, not {machine.architecture}"
        )
    return f"Python {found['python']} on {found['machine']}, {found['libc']}"
