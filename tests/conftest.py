"""Unit tests open no socket: whoever needs one says so with ``enable_socket`` or a marker."""

import pytest
from pytest_socket import disable_socket, enable_socket

ALLOWED = {"e2e", "layers", "memory", "enable_socket"}


@pytest.fixture(autouse=True)
def _closed_network(request: pytest.FixtureRequest) -> None:
    if ALLOWED.isdisjoint(marker.name for marker in request.node.iter_markers()):
        disable_socket(allow_unix_socket=True)
    else:
        enable_socket()
