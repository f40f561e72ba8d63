"""The vocabulary's modules are imported when their names are used, and every name is there."""

import subprocess
import sys

import pytest

import dropcast.recipe
from toolchain.project import ROOT


def test_every_name_of_the_vocabulary_is_there() -> None:
    for name in dropcast.recipe.__all__:
        assert getattr(dropcast.recipe, name) is not None


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Colum'"):
        _ = dropcast.recipe.Colum  # type: ignore[attr-defined]


def test_a_module_is_imported_alone() -> None:
    code = """
import sys
from dropcast.recipe import Column
print(sorted(name for name in sys.modules if name.startswith("dropcast.recipe")))
"""
    finished = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "layers/core/python"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert finished.stdout.strip() == "['dropcast.recipe', 'dropcast.recipe.columns']"
