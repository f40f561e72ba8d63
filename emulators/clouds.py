"""The local clouds by name."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from emulators.cloud import CLOUD_FOLDER, CloudError, Emulator, LocalCloud, find_cloud, start_cloud
from emulators.localstack.image import prepare_localstack_image, require_docker
from emulators.localstack.install import require_python
from emulators.localstack.launch import prepare_localstack
from emulators.ministack import prepare_ministack

CLOUDS: Mapping[str, Emulator] = {
    "ministack": prepare_ministack,
    "localstack": prepare_localstack,
    "localstack-docker": prepare_localstack_image,
}
# What this machine must have before a cloud can be prepared at all.
_NEEDS: Mapping[str, Callable[[], object]] = {
    "localstack": require_python,
    "localstack-docker": require_docker,
}
DEFAULT_CLOUD = "ministack"
# By which the Makefile passes CLOUD on to what it starts.
CLOUD_VARIABLE = "DROPCAST_CLOUD"


def choose_cloud(name: str | None = None) -> str:
    """Return ``name``, or the environment's cloud, or the default one.

    Raises ``CloudError`` where there is no cloud of that name.
    """
    chosen = name or os.environ.get(CLOUD_VARIABLE) or DEFAULT_CLOUD
    if chosen not in CLOUDS:
        raise CloudError(f"no local cloud {chosen!r}; known: {', '.join(CLOUDS)}")
    return chosen


def find_missing(name: str) -> str | None:
    """Return what this machine lacks for a cloud, and the remedy; ``None`` if nothing."""
    try:
        _NEEDS.get(name, lambda: None)()
    except CloudError as error:
        return str(error)
    return None


def open_cloud(name: str, folder: Path = CLOUD_FOLDER) -> LocalCloud:
    """Return the folder's running cloud of this name, started if need be.

    Raises ``CloudError``, also where a cloud of another name runs there.
    """
    running = find_cloud(folder)
    if running is not None and running.name != name:
        raise CloudError(
            f"{running.name} runs in {folder}; stop it first (`make down`), or say "
            f"CLOUD={running.name}"
        )
    return start_cloud(CLOUDS[name], folder)
