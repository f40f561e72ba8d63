"""Byte-compiling a layer for the Python that will run it.

A zip file gives every source the same date, so ordinary bytecode would be stale on arrival and
compiled anew at each cold start. Unchecked hash-based bytecode (PEP 552) is never compared.
"""

from pathlib import Path

from dropcast.bundle import FILE_NAME, join_bundle
from toolchain.builder.drop_docstrings import HEAD
from toolchain.builder.targets import Target
from toolchain.project import run_tool

_DEPLOYED_AT = "/opt/python"  # where Lambda mounts a layer's python/ folder
_PYC_MAGIC = 4
_DROP_DOCSTRINGS = Path(__file__).with_name("drop_docstrings.py")


def compile_folder(folder: Path, *, python: Path, workers: int = 0) -> int:
    """Compile every source under the folder; return the bytes of bytecode written.

    The same sources give the same bytes: paths in them are those on Lambda, and the hash seed,
    which orders set constants, is fixed. ``workers`` 0 is one for each core.
    """
    run_tool(
        [
            *(python, "-s", "-m", "compileall", "-q", "-j", str(workers)),
            *("--invalidation-mode", "unchecked-hash"),
            *("-s", folder, "-p", _DEPLOYED_AT, folder),
        ],
        cwd=folder.parent,  # not the folder itself: `-m` would import its modules
        environment={"PYTHONHASHSEED": "0", "PYTHONPATH": ""},
    )
    return sum(path.stat().st_size for path in folder.rglob("*.pyc"))


def drop_docstrings(package: Path, *, python: Path) -> None:
    """Compile a package again without its docstrings, by the same Python."""
    run_tool(
        [python, "-S", "-s", _DROP_DOCSTRINGS, package, _DEPLOYED_AT],
        cwd=_DROP_DOCSTRINGS.parent,
        environment={"PYTHONHASHSEED": "0", "PYTHONPATH": ""},
    )


def bundle_bytecode(package: Path, *, cpython_tag: str) -> int:
    """Put all bytecode of a compiled package into one file; return the bytes of bytecode.

    ``dropcast.bundle`` reads the file, which takes the place of the ``__pycache__`` folders.
    What finds the bundle cannot come out of it: the package itself and ``bundle`` keep theirs.
    """
    modules: dict[str, tuple[bool, bytes]] = {}
    magic = b""
    for source in sorted(package.rglob("*.py")):
        compiled = source.parent / "__pycache__" / f"{source.stem}.{cpython_tag}.pyc"
        parts = source.relative_to(package.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        if name not in (package.name, f"{package.name}.bundle"):
            body = compiled.read_bytes()
            magic = body[:_PYC_MAGIC]
            modules[name] = (is_package, body[HEAD:])
            compiled.unlink()
    for folder in package.rglob("__pycache__"):
        if not any(folder.iterdir()):
            folder.rmdir()
    bundle = package / FILE_NAME.format(tag=cpython_tag)
    bundle.write_bytes(join_bundle(magic, modules))
    return sum(path.stat().st_size for path in (bundle, *package.rglob("*.pyc")))


def describe_missing_python(target: Target) -> str:
    """Return the sentence for a layer that is shipped without bytecode."""
    return (
        f"no Python {target.python_minor} runs here (looked on the PATH and among pyenv's and uv's "
        f"versions), so the {target.stage} layers carry no bytecode: cold starts take about three "
        f"times as long. Install Python {target.python_minor} and build again."
    )
