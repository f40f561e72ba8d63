"""Records of local clouds that are not running, for tests that only read them."""

from typing import Any

from emulators.cloud import LocalCloud


def make_cloud(**given: Any) -> LocalCloud:
    """Return a cloud with these fields, and defaults for the others."""
    usual = {
        "name": "ministack",
        "endpoint_url": "http://127.0.0.1:4599",
        "health_path": "/health",
        "ca_bundle": None,
        "port": 4599,
        "pid": 1,
        "started": "1",
        "mark": "m",
        "folder": "none",
    }
    return LocalCloud(**{**usual, **given})
