"""The Pythons of this machine, by their minor version."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def find_python(
    minor: str, environment: Mapping[str, str], *, modules: Iterable[str] = ()
) -> Path | None:
    """Return an interpreter of that minor version that runs and has ``modules``, or ``None``.

    It is looked for in this process, in every folder of the PATH, and where pyenv and uv keep
    theirs, which lies outside the PATH.
    """
    wanted = tuple(modules)
    candidates = _list_candidates(minor, environment)
    return next((path for path in candidates if _runs(path, minor, wanted)), None)


def _list_candidates(minor: str, environment: Mapping[str, str]) -> Iterator[Path]:
    if minor == f"{sys.version_info.major}.{sys.version_info.minor}":
        yield Path(sys.executable)
    name = f"python{minor}"
    for folder in environment.get("PATH", "").split(os.pathsep):
        if folder and (found := shutil.which(name, path=folder)):
            yield Path(found)
    home = Path(environment.get("HOME", "/"))
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    yield from _newest_first(pyenv.glob(f"versions/{minor}.*/bin/{name}"))
    yield from _newest_first(
        (home / ".local/share/uv/python").glob(f"cpython-{minor}.*/bin/{name}")
    )


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: (len(str(path)), str(path)), reverse=True)


def _runs(python: Path, minor: str, modules: tuple[str, ...]) -> bool:
    # A pyenv shim is an executable file that fails when it is run.
    program = f"import {', '.join(('sys', *modules))}; print('%d.%d' % sys.version_info[:2])"
    try:
        finished = subprocess.run(
            [python, "-I", "-c", program], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return finished.returncode == 0 and finished.stdout.strip() == minor
