"""What Dropcast is measured against, each peer in an environment of its own.

``requirements.in`` names the libraries and ``requirements.txt`` pins all of them with hashes, in
one resolution, so that all peers run the same versions:

    uv pip compile --universal --python-version 3.11 --generate-hashes \\
        requirements.in -o requirements.txt
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain.project import ROOT, find_uv, run_tool

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
APPS = Path(__file__).with_name("apps")
DEFAULT_FOLDER = ROOT / ".dropcast/bench-peers"

# Environment -> the libraries that it is asked for. ``runtime`` is what Lambda's own image has.
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
    """A pinned library as the file has it, and who needs it."""

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
        return self.folder / "bin/python"

    @property
    def libraries(self) -> Path:
        """Its ``site-packages``."""
        minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "lib" / minor / "site-packages"


def install_peer(name: str, folder: Path) -> Peer:
    """Return the peer's environment under ``folder``, installed anew where its pins changed; with
    valid bytecode. Raises ``ToolFailedError``."""
    peer = Peer(name=name, folder=(folder / name).absolute())
    text = "".join(
        pin.text for pin in list_needed(read_pins(REQUIREMENTS.read_text()), PEERS[name])
    )
    wanted = _hash_wanted(text)
    ready = peer.folder / ".ready"
    if ready.exists() and ready.read_text() == wanted:
        return peer
    ready.unlink(missing_ok=True)
    uv = find_uv(ROOT)
    run_tool([uv, "venv", "--quiet", "--clear", "--python", sys.executable, peer.folder], cwd=ROOT)
    listed = peer.folder / "requirements.txt"
    listed.write_text(text)
    run_tool(
        [
            *(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", peer.python),
            *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", listed),
        ],
        cwd=ROOT,
    )
    ready.write_text(wanted)
    return peer


def _hash_wanted(text: str) -> str:
    return hashlib.sha256(f"{sys.version}\n{text}".encode()).hexdigest()


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
    # Without the annotations: an environment is none the worse for another peer's needs.
    text = "".join(line for line in lines if not line.lstrip().startswith("#"))
    return Pin(name=match[1], text=text, needed_by=tuple(needed_by))
