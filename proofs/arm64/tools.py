"""What this machine needs to execute arm64 programs, and the sentence for what it lacks."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

# The commands that do one thing, the first that is there being used -> the Debian package.
EMULATOR: Mapping[tuple[str, ...], str] = {
    ("qemu-aarch64-static", "qemu-aarch64"): "qemu-user-static",
}
DOWNLOADERS: Mapping[tuple[str, ...], str] = {
    ("debootstrap",): "debootstrap",
    ("wget",): "wget",
    ("dpkg",): "dpkg",
}
# debootstrap lies here, which is on no user's PATH; what it does here needs no administrator.
_SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")


def find_tool(names: Sequence[str], path: str) -> Path | None:
    """Return the first of these commands that lies on a PATH, or ``None``."""
    found = (shutil.which(name, path=path) for name in names)
    return next((Path(command) for command in found if command is not None), None)


def extend_path(path: str) -> str:
    """Return the PATH on which the downloaders are looked for: the shell's, then the system's."""
    return os.pathsep.join([path, *_SYSTEM_FOLDERS])


def list_missing(path: str, *, root_is_ready: bool) -> dict[str, str]:
    """Return the commands that are not there, each with the package that holds it.

    What downloads Debian's packages is needed only until its root is there.
    """
    places = [(EMULATOR, path)]
    if not root_is_ready:
        places.append((DOWNLOADERS, extend_path(path)))
    return {
        names[0]: package
        for tools, searched in places
        for names, package in tools.items()
        if find_tool(names, searched) is None
    }


def describe_missing(missing: Mapping[str, str]) -> str:
    """Return one sentence: what is missing, and how it is installed.

    >>> describe_missing({"debootstrap": "debootstrap"})
    'Skipped: debootstrap is missing on this machine; install it with `apt install debootstrap`.'
    """
    *others, last = missing
    names = f"{', '.join(others)} and {last}" if others else last
    verb, pronoun = ("are", "them") if others else ("is", "it")
    return (
        f"Skipped: {names} {verb} missing on this machine; install {pronoun} with "
        f"`apt install {' '.join(missing.values())}`."
    )
