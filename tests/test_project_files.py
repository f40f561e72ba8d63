"""The files that GitHub and git read: they are valid and run what the project runs."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def test_the_licence_is_the_one_of_the_metadata() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_workflow_checks_every_python_that_is_supported_and_tests_one() -> None:
    jobs = WORKFLOW["jobs"]
    pythons = jobs["check"]["strategy"]["matrix"]["python"]
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert pythons == ["3.11", "3.12", "3.13"]
    for job, target in (("check", "make check"), ("test", "make test")):
        lines = [step["run"] for step in jobs[job]["steps"] if "run" in step]
        assert lines == ["make setup PYTHON=python", target]
    for target in ("setup", "check", "test"):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_the_workflow_may_only_read_and_runs_actions_of_one_commit() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets." not in (ROOT / ".github/workflows/check.yml").read_text()
    assert WORKFLOW["concurrency"]["group"]
    used = [step["uses"] for job in WORKFLOW["jobs"].values() for step in job["steps"][:3]]
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action), action


def test_the_hooks_run_the_tools_of_the_environment_and_fetch_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (repository,) = config["repos"]
    assert repository["repo"] == "local"
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    assert hooks.keys() == {"ruff-format", "ruff-check", "import-rules", "mypy", "quick"}
    assert {hook["language"] for hook in hooks.values()} == {"system"}
    assert (
        "PYTHONPATH=.:layers/core/python .venv/bin/lint-imports" in hooks["import-rules"]["entry"]
    )
    assert "PYTHONPATH=.:layers/core/python .venv/bin/lint-imports" in MAKEFILE
    assert "pre-commit" not in hooks["quick"]["stages"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_for_issues_has_what_github_asks_for(form: Path) -> None:
    content = yaml.safe_load(form.read_text())
    if form.name == "config.yml":
        assert content.keys() <= {"blank_issues_enabled", "contact_links"}
        return
    assert content.keys() >= {"name", "description", "body"}
    ids = [item["id"] for item in content["body"] if item["type"] != "markdown"]
    assert len(ids) == len(set(ids)) > 0
