"""The docs layer: the files of Swagger UI that the API serves itself, from the pinned npm package.

They lie in a folder that Python finds as a package, because that is how a layer's files are found.
"""

import shutil
from pathlib import Path

from toolchain.project import ToolMissingError

PACKAGE = "swagger_ui"
_SOURCE = Path("node_modules/swagger-ui-dist")
_NAMES = (
    "LICENSE",
    "NOTICE",
    "swagger-ui-bundle.js",
    # What the script itself points at: the licences of what went into it.
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
)


def list_page_files(root: Path) -> list[Path]:
    """Return the files; raise ``ToolMissingError`` where the npm package is not installed."""
    found = [root / _SOURCE / name for name in _NAMES]
    missing = [path.name for path in found if not path.is_file()]
    if missing:
        raise ToolMissingError(
            f"no {', '.join(missing)} in {root / _SOURCE}; run `make setup`, which installs it"
        )
    return found


def copy_page_files(root: Path, python: Path) -> None:
    """Copy the files into a layer's folder."""
    place = python / PACKAGE
    place.mkdir(parents=True)
    for path in list_page_files(root):
        shutil.copyfile(path, place / path.name)
