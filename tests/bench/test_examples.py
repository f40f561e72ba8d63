"""The examples in the bench's docstrings run."""

import doctest
from types import ModuleType

import pytest

from bench import drop_to_champion, measure, page, run
from bench.serving import http_load


@pytest.mark.parametrize("module", [drop_to_champion, http_load, measure, page, run])
def test_a_modules_examples_run(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
