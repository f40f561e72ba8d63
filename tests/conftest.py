"""Unit tests open no socket: whoever needs one says so with ``enable_socket`` or a marker."""

import os

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# On a build machine the same commit draws the same examples; elsewhere each run draws new ones.
# A slow machine fails no test.
settings.register_profile("build", derandomize=True, deadline=None)
settings.register_profile("anywhere", deadline=None)
settings.load_profile("build" if os.environ.get("CI") else "anywhere")

ALLOWED = {"e2e", "layers", "memory", "enable_socket"}

# End-to-end tests with a cloud of their own; all others share one deployed stack.
OWN_CLOUD = {
    "tests/e2e/test_chaos.py",
    "tests/e2e/test_destroy.py",
    "tests/e2e/test_readme_aws.py",
}


class OneStack(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """The tests that share the deployed stack in one process, in their order; any others by
    file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        shares = file.startswith("tests/e2e/") and file not in OWN_CLOUD
        return "the stack" if shares else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Give ``--dist loadscope`` a meaning of ours; every other is xdist's."""
    return OneStack(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(autouse=True)
def _closed_network(request: pytest.FixtureRequest) -> None:
    if ALLOWED.isdisjoint(marker.name for marker in request.node.iter_markers()):
        disable_socket(allow_unix_socket=True)
    else:
        enable_socket()
