"""``python -m proofs.arm64``: execute the arm64 layers here, and compare them with this machine."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from proofs.arm64.checks import Laboratory, run_checks
from proofs.arm64.comparison import Outcome, describe_outcome, summarise
from proofs.arm64.debian_root import SUITE, MirrorMissingError, RootPlan, make_root, plan_root
from proofs.arm64.machines import choose_processor, describe_arm64, describe_here, describe_python
from proofs.arm64.project import ROOT, DropcastError, build_layers, open_workshop
from proofs.arm64.tools import EMULATOR, describe_missing, extend_path, find_tool, list_missing

HOME = ROOT / ".dropcast/arm64"


def prove(
    mirror: Annotated[
        str, typer.Option(help="Debian's mirror: an address, or 'apt' for this machine's own")
    ] = "",
) -> None:
    """Exit with 0 where both machines agree or a tool is missing, with 1 where they differ."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    path = os.environ.get("PATH", "")
    try:
        plan = plan_root(HOME, mirror=mirror, path=extend_path(path))
        missing = list_missing(path, root_is_ready=plan.is_ready)
        if missing:
            console.print(describe_missing(missing))
            return
        with hold_lock(HOME):
            _fetch_root(plan, path, console)
            _build_layers(console)
            line, status = summarise(_run_checks(plan, path, console))
    except MirrorMissingError as reason:
        console.print(str(reason))
        return
    except DropcastError as error:
        console.print(str(error))
        raise typer.Exit(1) from error
    console.print(line)
    raise typer.Exit(status)


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Let one proof at a time use the folder; a second one waits for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_root(plan: RootPlan, path: str, console: Console) -> None:
    if plan.is_ready:
        return
    source = plan.mirror or "debootstrap's default mirror"
    checked = "signatures are checked"
    if plan.keyring is None:
        checked = "signatures are not checked (apt install debian-archive-keyring gpgv)"
    console.print(f"Debian {SUITE} for arm64, about 90 MB from {source}; {checked}")
    make_root(plan, path=extend_path(path))


def _build_layers(console: Console) -> None:
    for stage in ("local", "aws"):
        for built in build_layers(open_workshop(stage, ROOT)):
            if built.built:
                console.print(f"built the layer {built.name} of the stage {stage}")


def _run_checks(plan: RootPlan, path: str, console: Console) -> list[Outcome]:
    emulator = find_tool(next(iter(EMULATOR)), path)
    assert emulator is not None
    workspace = HOME / "run"
    # A run that was killed leaves its files.
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir()
    laboratory = Laboratory(
        here=describe_here(ROOT, os.environ),
        arm64=describe_arm64(
            ROOT,
            emulator=emulator,
            debian=plan.root,
            processor=choose_processor(emulator),
            environ=os.environ,
        ),
        root=ROOT,
        workspace=workspace,
    )
    console.print(f"here:  {describe_python(laboratory.here, workspace)}")
    console.print(f"arm64: {describe_python(laboratory.arm64, workspace)}, Debian {SUITE} in QEMU")
    outcomes = []
    for outcome in run_checks(laboratory):
        console.print(describe_outcome(outcome))
        outcomes.append(outcome)
    shutil.rmtree(workspace)
    return outcomes


if __name__ == "__main__":
    typer.run(prove)
