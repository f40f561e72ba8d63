"""Run with the layers of a function: every compiled library in them is loaded, each symbol bound.

The layers are trimmed and their libraries cut when they are built, so one that nothing imports
today could be damaged and nobody would know.

    load_libraries.py <folder of a layer>...
"""

import ctypes
import json
import os
import sys
from pathlib import Path


def load_library(path: Path) -> str:
    """Return "loaded", or why the library cannot be."""
    try:
        # RTLD_NOW binds every symbol at once: one that is missing fails here and not when called.
        ctypes.CDLL(str(path), mode=os.RTLD_NOW)
    except OSError as error:
        return str(error)
    return "loaded"


def load_all(layers: list[Path]) -> dict[str, str]:
    """Return what became of each library of these layers, by its path."""
    return {
        str(path): load_library(path)
        for layer in layers
        for path in sorted(layer.rglob("*.so*"))
        if path.is_file()
    }


if __name__ == "__main__":
    json.dump(load_all([Path(layer) for layer in sys.argv[1:]]), sys.stdout)
