"""The local clouds by name."""

import os
from collections.abc import Mapping
from pathlib import Path

from emulators.cloud import CLOUD_FOLDER, CloudError, Emulator, LocalCloud, find_cloud, start_cloud
from emulators.localstack.image import prepare_localstack_image
from emulators.localstack.launch import prepare_localstack
from emulators.ministack import prepare_ministack

CLOUDS: Mapping[str, Emulator] = {
    "ministack": prepare_ministack,
    "localstack": prepare_localstack,
    "localstack-docker": prepare_localstack_image,
}
DEFAULT_CLOUD = "ministack"
# The Makefile's CLOUD, for whatever it starts.
CLOUD_VARIABLE = "DROPCAST_CLOUD"


def choose_cloud(name: str | None = None) -> str:
    """Return ``name``, or the environment's cloud, or the default one; raise ``CloudError`` where
    there is none of that name."""
    chosen = name or os.environ.get(CLOUD_VARIABLE) or DEFAULT_CLOUD
    if chosen not in CLOUDS:
        raise CloudError(f"no local cloud {chosen!r}; known: {', '.join(CLOUDS)}")
    return chosen


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
