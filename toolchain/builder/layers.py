"""Fills ``build/<stage>/layers/<name>/python``: what the stack deploys as Lambda layers.

A layer is built in a folder beside and moved into place whole; its stamp is removed before and
written after. So whatever interrupts a build, a stamp always means a whole layer.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolchain.builder.binaries import check_binaries, cut_symbols
from toolchain.builder.budget import check_budgets, measure_folder
from toolchain.builder.bytecode import bundle_bytecode, compile_folder, drop_docstrings
from toolchain.builder.page_files import copy_page_files, list_page_files
from toolchain.builder.requirements import drop_held, export_requirements
from toolchain.builder.stamps import Stamp, hash_files, hash_inputs, read_stamp, write_stamp
from toolchain.builder.targets import Target, find_target
from toolchain.builder.trim import trim_folder
from toolchain.project import find_uv, run_tool
from toolchain.pythons import find_python

LAYERS = (
    "core",
    "powertools",
    "zones",
    "tables",
    "arrays",
    "learning",
    "boosting",
    "search",
    "docs",
)
# A layer that never stands alone leaves out what those beside it hold.
STANDS_WITH: Mapping[str, tuple[str, ...]] = {
    "learning": ("arrays",),
    "boosting": ("powertools", "arrays", "learning"),
    "search": ("powertools",),
}
# Layers that are copied from files of the project, with nothing to install.
COPIED = ("core", "docs")
SYMBOLS = "symbol tables: only debuggers and linkers read them"
_CORE = Path("layers/core/python")


@dataclass(frozen=True, kw_only=True)
class LayerBuilt:
    """What became of one layer: ``built`` is false where the one that was there still holds."""

    name: str
    stamp: Stamp
    built: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Where one stage is built, for what, and with which Python its bytecode is made."""

    root: Path
    target: Target
    python: Path | None

    @property
    def folder(self) -> Path:
        """The stage's folder, which holds ``layers/`` and ``stamps/``."""
        return self.root / "build" / self.target.stage


def open_workshop(stage: str, root: Path) -> Workshop:
    """Return the stage's workshop; raise ``UnknownStageError``."""
    target = find_target(stage)
    return Workshop(root=root, target=target, python=find_python(target.python_minor, os.environ))


def say_nothing(name: str) -> None:
    """Follow no progress."""
    del name


def build_layers(
    workshop: Workshop,
    *,
    names: tuple[str, ...] = LAYERS,
    starting: Callable[[str], None] = say_nothing,
) -> Iterator[LayerBuilt]:
    """Build what changed and yield each layer's outcome as it is there.

    ``starting`` is called with a layer's name before the long part. Raises ``ToolFailedError``,
    ``WrongBinaryError``, and at the end ``OverBudgetError`` where the whole stage was built.
    """
    with _alone(workshop.folder):
        for name in names:
            started = time.monotonic()
            requirements = _list_requirements(workshop.root, name)
            inputs = _hash_layer_inputs(workshop, name, requirements)
            stamp = _read_valid_stamp(workshop, name, inputs)
            built = stamp is None
            if stamp is None:
                starting(name)
                stamp = _build_layer(workshop, name, requirements, inputs)
            seconds = time.monotonic() - started
            yield LayerBuilt(name=name, stamp=stamp, built=built, seconds=seconds)
    if names == LAYERS:
        check_budgets(workshop.folder / "layers", workshop.root / "functions")


def _list_requirements(root: Path, name: str) -> str:
    if name in COPIED:
        return ""
    beside = (export_requirements(root, f"layer-{other}") for other in STANDS_WITH.get(name, ()))
    return drop_held(export_requirements(root, f"layer-{name}"), beside)


def _hash_layer_inputs(workshop: Workshop, name: str, requirements: str) -> str:
    root = workshop.root
    sources = list_core_sources(root) if name == "core" else []
    sources += list_page_files(root) if name == "docs" else []
    return hash_inputs(
        {
            "target": repr(workshop.target),
            "bytecode": workshop.python is not None,
            "requirements": requirements,
            "sources": hash_files(sources, base=root),
            "builder": hash_files(Path(__file__).parent.glob("*.py"), base=Path(__file__).parent),
        }
    )


def _stamp_path(workshop: Workshop, name: str) -> Path:
    return workshop.folder / "stamps" / f"{name}.json"


def _read_valid_stamp(workshop: Workshop, name: str, inputs: str) -> Stamp | None:
    stamp = read_stamp(_stamp_path(workshop, name))
    if stamp is None or stamp.inputs != inputs:
        return None
    # Someone may have deleted or edited files since.
    here = measure_folder(workshop.folder / "layers" / name)
    return stamp if here == stamp.size_bytes else None


def _build_layer(workshop: Workshop, name: str, requirements: str, inputs: str) -> Stamp:
    target = workshop.target
    fresh = workshop.folder / f".new-{name}"
    shutil.rmtree(fresh, ignore_errors=True)
    python = fresh / "python"
    python.mkdir(parents=True)
    if name == "core":
        _copy_core(workshop.root, python)
    elif name == "docs":
        copy_page_files(workshop.root, python)
    else:
        _install(workshop, requirements, python)
    trimmed = trim_folder(python)
    libraries = check_binaries(python, machine=target.machine, cpython_tag=target.cpython_tag)
    if libraries:
        trimmed[SYMBOLS] = cut_symbols(python)
    bytecode = _compile_layer(workshop, name, python)
    stamp = Stamp(
        inputs=inputs,
        size_bytes=measure_folder(fresh),
        bytecode_bytes=bytecode,
        libraries=libraries,
        trimmed_bytes=trimmed,
    )
    _move_into_place(workshop, name, fresh, stamp)
    return stamp


def _compile_layer(workshop: Workshop, name: str, python: Path) -> int:
    """Return the bytes of bytecode; without a Python of the target's kind there is none."""
    if workshop.python is None:
        return 0
    compiled = compile_folder(python, python=workshop.python)
    if name != "core":
        return compiled
    drop_docstrings(python / "dropcast", python=workshop.python)
    return bundle_bytecode(python / "dropcast", cpython_tag=workshop.target.cpython_tag)


def list_core_sources(root: Path) -> list[Path]:
    """Return the core layer's files: sources and no tests, by path."""
    folder = root / _CORE / "dropcast"
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if not {"tests", "__pycache__"} & set(path.relative_to(folder).parts)
    ]


def _copy_core(root: Path, python: Path) -> None:
    for source in list_core_sources(root):
        copy = python / source.relative_to(root / _CORE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def _install(workshop: Workshop, requirements: str, python: Path) -> None:
    listed = workshop.folder / "requirements.txt"
    listed.write_text(requirements)
    interpreter = workshop.root / ".venv/bin/python"
    # The lock is complete: nothing else may come in, and nothing is compiled from source. Copies,
    # because libraries are cut afterwards and uv's cache must not be.
    command: list[str | Path] = [find_uv(workshop.root), "pip", "install", "--quiet"]
    command += ["--target", python, "--python", interpreter, *workshop.target.uv_options]
    command += ["--no-deps", "--only-binary", ":all:", "--link-mode", "copy"]
    run_tool([*command, "--requirement", listed], cwd=workshop.root)
    listed.unlink()


def _move_into_place(workshop: Workshop, name: str, fresh: Path, stamp: Stamp) -> None:
    place = workshop.folder / "layers" / name
    old = workshop.folder / f".old-{name}"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(old, ignore_errors=True)
    _stamp_path(workshop, name).unlink(missing_ok=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    write_stamp(_stamp_path(workshop, name), stamp)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one build of a stage run at a time; a second one waits for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
