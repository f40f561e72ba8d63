r"""The libraries that Dropcast is measured against, each peer in an environment of its own.

``requirements.in`` names the libraries and ``requirements.txt`` pins all of them with hashes, in
one resolution, so that all peers run the same versions:

    uv pip compile --universal --python-version 3.11 --generate-hashes \
        requirements.in -o requirements.txt
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulators.environments import install_environment
from toolchain.project import ROOT

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
APPS = Path(__file__).with_name("apps")
DEFAULT_FOLDER = ROOT / ".dropcast/bench-peers"

# Environment -> its libraries. ``runtime`` is what Lambda's own image has.
PEERS: Mapping[str, tuple[str, ...]] = {
    "runtime": ("awslambdaric", "boto3"),
    "joblib": ("joblib", "pandas", "scikit-learn"),
    "onnxruntime": ("fastapi", "onnxruntime", "uvicorn"),
    "fastapi": ("fastapi", "joblib", "pandas", "scikit-learn", "uvicorn"),
    "mlflow": ("mlflow", "pandas", "scikit-learn"),
    "bentoml": ("bentoml", "joblib", "pandas", "scikit-learn"),
    "convert": ("joblib", "onnx", "pandas", "scikit-learn"),
}
_PIN = re.compile(r"^([a-z0-9._-]+)==", re.IGNORECASE)
_VIA = re.compile(r"^    #(?: via|  ) +(\S+)$")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A pinned library as the file has it, and the libraries that need it."""

    name: str
    text: str
    needed_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """An installed environment."""

    name: str
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin/python"

    @property
    def libraries(self) -> Path:
        """Its ``site-packages``."""
        minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "lib" / minor / "site-packages"


def install_peer(name: str, folder: Path) -> Peer:
    """Return the peer's environment under ``folder``, installed again where its pins changed.

    Raises ``ToolFailedError``.
    """
    peer = Peer(name=name, folder=(folder / name).absolute())
    pins = list_needed(read_pins(REQUIREMENTS.read_text()), PEERS[name])
    install_environment(
        peer.folder,
        root=ROOT,
        requirements="".join(pin.text for pin in pins),
        options=("--require-hashes", "--only-binary", ":all:"),
    )
    return peer


def read_pins(text: str) -> list[Pin]:
    """Return the pins of a file that ``uv pip compile`` wrote with its annotations."""
    blocks: list[list[str]] = []
    for line in text.splitlines(keepends=True):
        if _PIN.match(line):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    return [_read_pin(block) for block in blocks]


def list_needed(pins: Iterable[Pin], wanted: Iterable[str]) -> list[Pin]:
    """Return the pins of ``wanted`` and of all that they need, in the file's order.

    Raises ``LookupError`` for a library that is not pinned.
    """
    pins = list(pins)
    names = set(wanted)
    if missing := names - {pin.name for pin in pins}:
        raise LookupError(f"{REQUIREMENTS} pins no {', '.join(sorted(missing))}; compile it again")
    while more := {p.name for p in pins if names.intersection(p.needed_by)} - names:
        names |= more
    return [pin for pin in pins if pin.name in names]


def _read_pin(lines: list[str]) -> Pin:
    match = _PIN.match(lines[0])
    assert match is not None
    needed_by = [found[1] for line in lines if (found := _VIA.match(line.rstrip("\n")))]
    # Without the annotations: what another peer needs does not change this environment.
    text = "".join(line for line in lines if not line.lstrip().startswith("#"))
    return Pin(name=match[1], text=text, needed_by=tuple(needed_by))
