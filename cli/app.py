"""The program `dropcast`: its commands, of which only the one that is called is imported."""

import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from rich.console import Console

from dropcast.contracts.errors import DropcastError
from toolchain.project import ROOT, ToolMissingError, require_project


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command, or a group of them, of the module ``cli.commands.<module>``.

    ``summary`` is the first line of its help; ``needs_checkout`` is true of what reads or writes
    the project's own files, and false of what acts on a deployed stack alone.
    """

    name: str
    module: str
    summary: str
    needs_checkout: bool = False


# A new command is added to this table; its module has a `register(app)`.
COMMANDS: tuple[Command, ...] = (
    Command(
        name="build",
        module="build",
        summary="Fill build/<stage>/layers; unchanged layers are kept.",
        needs_checkout=True,
    ),
    Command(
        name="cloud",
        module="cloud",
        summary="The local cloud: start, check, stop, status.",
        needs_checkout=True,
    ),
    Command(
        name="costs",
        module="costs",
        summary="Count what a month costs in which nobody uses the stack, and what a use costs.",
        needs_checkout=True,
    ),
    Command(
        name="dead",
        module="dead",
        summary="Show what did not get where it should; exit status 1 if there is anything.",
    ),
    Command(
        name="demo",
        module="demo",
        summary="Drop a file into the local cloud and follow it to a prediction.",
        needs_checkout=True,
    ),
    Command(
        name="synth",
        module="deployment",
        summary="Write the CloudFormation template to cdk.out/<stage>, without any account.",
        needs_checkout=True,
    ),
    Command(
        name="bootstrap",
        module="deployment",
        summary="Prepare the account and the region for the CDK, once.",
        needs_checkout=True,
    ),
    Command(
        name="diff",
        module="deployment",
        summary="Show what a deployment would change.",
        needs_checkout=True,
    ),
    Command(
        name="deploy",
        module="deployment",
        summary="Deploy the stack, or update it.",
        needs_checkout=True,
    ),
    Command(
        name="destroy",
        module="destroy",
        summary="Take the stack down; exit status 1 if anything is left that was to go.",
        needs_checkout=True,
    ),
    Command(
        name="doctor",
        module="doctor",
        summary="Show what a deployment would reach and what is missing; exit status 1 if refused.",
    ),
    Command(
        name="env",
        module="env",
        summary='Print what a shell needs to use the stack: ( eval "$(dropcast env)"; aws s3 ls ).',
    ),
    Command(
        name="new",
        module="new",
        summary="Write the first guess at a dataset: recipe, generated sample, changelog line.",
        needs_checkout=True,
    ),
    Command(
        name="redrive",
        module="redrive",
        summary="Send again what did not get where it should; exit status 1 if that fails.",
    ),
    Command(
        name="replay",
        module="replay",
        summary="Score a request again by its receipt's program; exit status 1 if it differs.",
    ),
    Command(
        name="score",
        module="score",
        summary="Score every row of a file by the dataset's champion; save predictions beside it.",
    ),
    Command(
        name="watch",
        module="watch",
        summary="Follow a drop or a run to its end; without WHAT, the newest drop.",
    ),
)
_MODULES = tuple(dict.fromkeys(command.module for command in COMMANDS))


def make_app(modules: Collection[str] = _MODULES) -> typer.Typer:
    """Return the program with all its commands.

    Those of other modules than ``modules`` have a name and a summary alone, for the help.
    """
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Dropcast: build it, run it on this machine, drop a file into it.",
    )
    for module in _MODULES:
        if module in modules:
            loaded: Any = import_module(f"cli.commands.{module}")
            loaded.register(app)
            continue
        for command in COMMANDS:
            if command.module == module:
                app.command(command.name, help=command.summary)(_do_nothing)
    return app


def _do_nothing() -> None:
    """Stand in the help for a command that was not imported."""


def enter_checkout(name: str, arguments: Sequence[str]) -> None:
    """Return where the checkout that is meant is the one that this code runs from.

    Another one's own program takes over this process, so that a checkout is always built and
    deployed by its own code and libraries. Raises ``ProjectMissingError``, or ``ToolMissingError``
    where the checkout is not set up.
    """
    root = require_project(f"`dropcast {name}`")
    if root == ROOT:
        return
    python = root / ".venv/bin/python"
    if not python.exists():
        raise ToolMissingError(f"no Python at {python}; run `make setup` in {root} first")
    program = [str(python), str(root / "cli/__main__.py"), *arguments]
    os.execv(python, program)  # noqa: S606 - the checkout's own program takes over


def run() -> None:
    """Run the program; an expected error is one readable text and exit status 1."""
    arguments = sys.argv[1:]
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    called = [command for command in COMMANDS if command.name == name]
    try:
        for command in called:
            if command.needs_checkout:
                enter_checkout(command.name, arguments)
        make_app([command.module for command in called])(prog_name="dropcast")
    except DropcastError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            str(error), style="red", markup=False
        )
        sys.exit(1)
