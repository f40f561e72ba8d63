"""A handler reads an event, calls one step and responds; what it calls is in ``dropcast.steps``."""

import ast
from pathlib import Path

import pytest

from toolchain.project import ROOT

MOST_LINES = 60
HANDLERS = sorted(path for path in (ROOT / "functions").rglob("*.py") if path.name != "__init__.py")
STEPS = ROOT / "layers/core/python/dropcast/steps"


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def list_imports(path: Path) -> set[str]:
    """Return the modules that a file imports from, wherever the import stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        found
        for node in ast.walk(tree)
        for found in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }


@pytest.mark.parametrize("path", HANDLERS, ids=name)
def test_a_handler_is_read_at_a_glance(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", HANDLERS, ids=name)
def test_a_handler_calls_one_step_and_no_capability(path: Path) -> None:
    imported = list_imports(path)
    steps = [module for module in imported if module.startswith("dropcast.steps.")]
    # Predictions import nothing that they do without (docs/adr/0014).
    assert len(steps) == (0 if name(path) == "functions/predict/handler.py" else 1)
    allowed = ("api", "contracts", "recipes", "runtime", "steps")
    assert {module.split(".")[1] for module in imported if module.startswith("dropcast.")} <= set(
        allowed
    )


def test_the_package_of_steps_imports_nothing() -> None:
    """Each function's layers carry only what its own step imports."""
    assert not list_imports(STEPS / "__init__.py")


@pytest.mark.parametrize("path", sorted(STEPS.rglob("*.py")), ids=name)
def test_a_step_takes_its_ports_and_not_all_dependencies(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "Dependencies" not in text
    assert not {"os", "boto3"} & list_imports(path)
