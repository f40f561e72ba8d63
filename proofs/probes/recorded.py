"""The committed results of each cloud, so that an upgrade which changes a row shows as a change."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dropcast.contracts.errors import DropcastError
from toolchain.project import ROOT

FOLDER = Path(__file__).parent / "expected"
# Where an emulator's version is pinned, and the package that it is.
PINS: Mapping[str, tuple[str, str]] = {
    "ministack": ("emulators/ministack-requirements.txt", "ministack"),
    "ministack-bare": ("emulators/ministack-requirements.txt", "ministack"),
    "localstack": ("emulators/localstack/server-requirements.txt", "localstack-core"),
}


class NotRecordedError(DropcastError):
    """Nothing is recorded of this cloud, or nothing that can be read."""


class ChangedRowsError(DropcastError):
    """A cloud differs from what is recorded of it."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was seen of one version of a cloud, by the names of the probes."""

    version: str
    seen: Mapping[str, str]


def find_version(cloud: str, root: Path = ROOT) -> str:
    """Return the pinned version of an emulator; AWS has none.

    Raises ``NotRecordedError`` where its pin is not found.
    """
    if cloud not in PINS:
        return "as it is"
    path, package = PINS[cloud]
    file = root / path
    text = file.read_text() if file.exists() else ""
    found = re.search(rf"^{re.escape(package)}(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    if found is None:
        raise NotRecordedError(f"no pin of {package} in {path}, which pins {cloud}")
    return found[1]


def find_recorded(cloud: str, folder: Path = FOLDER) -> Recorded | None:
    """Return what is recorded of a cloud, or ``None``.

    Raises ``NotRecordedError`` if the file cannot be read.
    """
    path = folder / f"{cloud}.json"
    try:
        return Recorded(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise NotRecordedError(
            f"{path} cannot be read ({error}); write it again: make probes CLOUD={cloud} RECORD=1"
        ) from error


def write_recorded(cloud: str, recorded: Recorded, folder: Path = FOLDER) -> Path:
    """Write what was seen, a line for each row, and return the file."""
    path = folder / f"{cloud}.json"
    path.write_text(json.dumps(asdict(recorded), indent=1, ensure_ascii=False) + "\n")
    return path


def list_changes(cloud: str, recorded: Recorded | None, seen: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each row that changed, by the row's name."""
    if recorded is None:
        raise NotRecordedError(
            f"nothing is recorded of {cloud}; run `make probes CLOUD={cloud} RECORD=1`"
        )
    before = recorded.seen
    return {
        name: f"row '{name}' changed from '{before.get(name, 'not there')}' to "
        f"'{seen.get(name, 'not there')}'"
        for name in (*seen, *(name for name in before if name not in seen))
        if before.get(name) != seen.get(name)
    }


def refuse_changes(cloud: str, changes: Mapping[str, str]) -> None:
    """Raise ``ChangedRowsError`` if there are any."""
    if changes:
        lines = "\n".join(changes.values())
        raise ChangedRowsError(
            f"{lines}\nif the emulator was upgraded on purpose, run `make probes "
            f"CLOUD={cloud} RECORD=1` and look at the diff"
        )
