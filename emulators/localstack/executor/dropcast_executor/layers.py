"""The folder that AWS mounts at /opt: a function's layers merged in their order."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path


def merge_layers(layers: Sequence[Path], target: Path) -> None:
    """Merge the unpacked ``layers`` in ``target``; a later layer's file replaces an earlier one's.

    Files are hard links, so a merged folder costs no second copy. Nothing is done where ``target``
    exists, and it appears whole or not at all.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        unfinished = Path(name, "merged")
        unfinished.mkdir()
        for layer in layers:
            _add_layer(layer, unfinished)
        unfinished.rename(target)


def _add_layer(layer: Path, target: Path) -> None:
    for folder, _, files in os.walk(layer):
        place = target / Path(folder).relative_to(layer)
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            place.unlink()
        place.mkdir(parents=True, exist_ok=True)
        for file in files:
            wanted = place / file
            if wanted.is_dir() and not wanted.is_symlink():
                shutil.rmtree(wanted)
            wanted.unlink(missing_ok=True)
            os.link(Path(folder, file), wanted, follow_symlinks=False)


def list_python_paths(task: Path, opt: Path, version: str) -> list[str]:
    """Return the folders of a function's imports, in AWS's order.

    >>> list_python_paths(Path("/var/task"), Path("/opt"), "3.13")
    ['/var/task', '/opt/python/lib/python3.13/site-packages', '/opt/python']
    """
    return [
        str(task),
        str(opt / f"python/lib/python{version}/site-packages"),
        str(opt / "python"),
    ]
