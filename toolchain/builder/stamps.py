"""What a built layer was made from, so that an unchanged layer is not built again.

A stamp lies beside the layers, never inside one, because what is inside is deployed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dropcast.contracts.serialization.canonical import hash_canonical


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """A layer's inputs as one hash, and what came of them (bytes)."""

    inputs: str
    size_bytes: int
    bytecode_bytes: int
    libraries: int
    trimmed_bytes: Mapping[str, int]


def hash_files(paths: Iterable[Path], *, base: Path) -> str:
    """Return one sha256 over the files' paths (from ``base``) and bytes, in order of path."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        body = path.read_bytes()
        digest.update(f"{path.relative_to(base).as_posix()}\0{len(body)}\0".encode())
        digest.update(body)
    return digest.hexdigest()


def hash_inputs(inputs: Mapping[str, object]) -> str:
    """Return one sha256 over named inputs."""
    return hash_canonical(dict(inputs))


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp, or ``None`` where there is none or it cannot be read: build again."""
    try:
        return Stamp(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write the stamp in one move, so that half of one is never read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    written.write_text(json.dumps(asdict(stamp), indent=1) + "\n")
    written.replace(path)
