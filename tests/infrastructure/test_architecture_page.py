"""docs/architecture.md: its diagram has every state, and its tables name tests that there are."""

import ast
import json
import re

import pytest

from tests.infrastructure.conftest import PROJECT
from tests.infrastructure.template import Template

PAGE = (PROJECT / "docs/architecture.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def read_rows(mark: str) -> list[str]:
    """Return the rows of the table between two marks, without its head."""
    begin, end = (PAGE.index(f"<!-- {mark}:{word} -->") for word in ("begin", "end"))
    _, _, *rows = [line for line in PAGE[begin:end].splitlines() if line.startswith("|")]
    return rows


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(PAGE))))
def test_a_test_that_the_page_names_exists(path: str, name: str) -> None:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_promise_and_every_law_has_a_test() -> None:
    promises = read_rows("promises")
    assert [row.split("|")[1].strip() for row in promises] == [str(n) for n in range(1, 8)]
    for row in (*promises, *read_rows("laws")):
        assert NAMED.search(row), row


def test_every_law_of_the_universal_models_is_in_the_table() -> None:
    tree = ast.parse((PROJECT / "tests/universal/test_models.py").read_text(encoding="utf-8"))
    laws = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = {name for row in read_rows("laws") for _, name in NAMED.findall(row)}
    assert {law for law in laws if law.startswith("test_")} <= named


def test_the_diagram_has_every_state_of_a_run(aws: Template) -> None:
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    (machine,) = aws.find("StepFunctions::StateMachine").values()
    definition = machine["Properties"]["DefinitionString"]
    text = definition if isinstance(definition, str) else aws.render(definition)
    states = json.loads(text)["States"]
    # A trial's failure is a row of the leaderboard; the text beside the diagram says so.
    for state in states:
        assert state in diagram, state
    (trials,) = (state for state in states.values() if state["Type"] == "Map")
    for state in trials["ItemProcessor"]["States"]:
        assert state in PAGE, state
