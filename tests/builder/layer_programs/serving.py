"""Run with the core and zones layers and the predict function on the path: nothing else may be
needed to import, and no library is."""

import importlib
import json
import sys
from zoneinfo import ZoneInfo, reset_tzpath


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    before = set(sys.modules)
    handler = importlib.import_module("handler")
    loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
    return {
        "routes": sorted(" ".join(route) for route in handler.ROUTES),
        "zone": _find_zone(),
        "libraries": sorted(loaded - sys.stdlib_module_names),
    }


def _find_zone() -> str:
    reset_tzpath(())  # as on an image without time zones
    return ZoneInfo("America/Chicago").key


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
