"""The operator's program: every command module registers itself here."""

import sys
from types import ModuleType

import typer
from rich.console import Console

from cli.commands import (
    build,
    cloud,
    costs,
    dead,
    demo,
    deployment,
    destroy,
    doctor,
    env,
    new,
    redrive,
    replay,
    score,
    watch,
)
from dropcast.contracts.errors import DropcastError

# A command lives in a module of its own with `register(app)`; a new one is added to this row.
COMMANDS: tuple[ModuleType, ...] = (
    build,
    cloud,
    costs,
    dead,
    demo,
    deployment,
    destroy,
    doctor,
    env,
    new,
    redrive,
    replay,
    score,
    watch,
)


def make_app() -> typer.Typer:
    """Return the program with all its commands."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Dropcast: build it, run it on this machine, drop a file into it.",
    )
    for command in COMMANDS:
        command.register(app)
    return app


def run() -> None:
    """Run the program; an expected error is one readable text and exit status 1."""
    try:
        make_app()()
    except DropcastError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            str(error), style="red", markup=False
        )
        sys.exit(1)
