import pytest

from tests.runtime.processes import Process


@pytest.fixture
def process() -> Process:
    made = Process()
    made.promote("first")
    return made
