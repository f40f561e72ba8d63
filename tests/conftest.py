"""Unit tests open no socket: whoever needs one says so with ``enable_socket`` or a marker."""

import os

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

# On a build machine the same commit draws the same examples; elsewhere each run draws new ones.
# A slow machine fails no test.
settings.register_profile("build", derandomize=True, deadline=None)
settings.register_profile("anywhere", deadline=None)
settings.load_profile("build" if os.environ.get("CI") else "anywhere")

ALLOWED = {"e2e", "layers", "memory", "enable_socket"}

# What is made once for a session, and takes a minute: one process runs all that use it.
SHARED = ("stack",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a deployed stack, or else a file, run in one process."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        shared = [name for name in SHARED if name in fixtures]
        item.add_marker(pytest.mark.xdist_group(shared[0] if shared else str(item.path)))


@pytest.fixture(autouse=True)
def _closed_network(request: pytest.FixtureRequest) -> None:
    if ALLOWED.isdisjoint(marker.name for marker in request.node.iter_markers()):
        disable_socket(allow_unix_socket=True)
    else:
        enable_socket()
