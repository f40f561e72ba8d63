"""docs/commands.md has every command and no other, and its lines are taken by the program."""

import re
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.app import make_app
from operations.shell_environment import KEYS
from toolchain.project import ROOT

PAGE = (ROOT / "docs/commands.md").read_text()
# Lines of code blocks and code in the text.
CODE = "\n".join(re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL))
GROUP: Any = typer.main.get_command(make_app())
LINES = sorted(set(re.findall(r"\bdropcast ([a-z][\w /.-]*)", CODE)))
FORMATS = ("CSV", "TSV", "JSON Lines", "Parquet", "XLS", "XLSX", "gzip")


def list_commands() -> set[str]:
    """Return the commands' names, those of a group after the group's."""
    return {
        f"{name} {inner}".strip()
        for name, command in GROUP.commands.items()
        for inner in getattr(command, "commands", {"": None})
    }


def test_the_page_has_a_line_for_every_command_and_for_no_other() -> None:
    table = PAGE.split("\n## ", maxsplit=1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == list_commands()


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_page_is_one_that_the_program_takes(line: str) -> None:
    name, *rest = line.split()
    GROUP.commands[name].make_context(name, rest)


def test_the_page_has_lines_of_both_commands_that_it_describes() -> None:
    assert {line.split()[0] for line in LINES} == {"env", "watch"}


@pytest.mark.parametrize("name", ["RAW_BUCKET", "STATE_MACHINE_ARN", "API_URL", *KEYS])
def test_the_page_names_the_variable(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("command", ["demo", "score"])
def test_the_help_names_every_format_that_a_drop_may_have(command: str) -> None:
    shown = CliRunner().invoke(make_app(), [command, "--help"], env={"COLUMNS": "300"})
    for form in FORMATS:
        assert re.search(rf"\b{form}\b", shown.stdout), form
