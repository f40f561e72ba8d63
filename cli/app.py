"""The program `dropcast`: its commands, of which only the one that is called is imported."""

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Any

import typer
from rich.console import Console

from dropcast.contracts.errors import DropcastError
from toolchain.project import ROOT, ToolMissingError, require_project

# The modules in `cli.commands`, and their commands with the first lines of their helps. A new
# module is added here; it has a `register(app)`.
COMMANDS: Mapping[str, Mapping[str, str]] = {
    "build": {"build": "Fill build/<stage>/layers; unchanged layers are kept."},
    "cloud": {"cloud": "The local cloud: start, check, stop, status."},
    "costs": {"costs": "Count what a month without use costs, and what a use costs."},
    "dead": {"dead": "Show what did not get where it should; exit status 1 if there is anything."},
    "demo": {"demo": "Drop a file into the local cloud and follow it to a prediction."},
    "deployment": {
        "synth": "Write the CloudFormation template to cdk.out/<stage>, without any account.",
        "bootstrap": "Prepare the account and the region for the CDK, once.",
        "diff": "Show what a deployment would change.",
        "deploy": "Deploy the stack, or update it.",
    },
    "destroy": {"destroy": "Take the stack down; exit status 1 if anything is left."},
    "doctor": {"doctor": "Show what a deployment would reach and lacks; exit status 1 if refused."},
    "env": {"env": 'Print what a shell needs to use the stack: eval "$(dropcast env)".'},
    "new": {"new": "Write the first guess at a dataset: recipe, generated sample, changelog line."},
    "redrive": {
        "redrive": "Send again what `dead` shows; exit status 1 if anything could not be sent."
    },
    "replay": {"replay": "Score a request again by its receipt; exit status 1 if a bit differs."},
    "score": {"score": "Score every row of a file by the champion; save predictions beside it."},
    "watch": {"watch": "Follow a drop or a run to its end; without WHAT, the newest drop."},
}
# They read or write the project's own files; the others act on a deployed stack alone.
NEED_CHECKOUT = frozenset({"build", "cloud", "costs", "demo", "deployment", "destroy", "new"})


def make_app(modules: Collection[str] = COMMANDS.keys()) -> typer.Typer:
    """Return the program with all its commands.

    Those of other modules than ``modules`` have a name and a summary alone, for the help.
    """
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Dropcast: build it, run it on this machine, drop a file into it.",
    )
    for module, summaries in COMMANDS.items():
        if module in modules:
            loaded: Any = import_module(f"cli.commands.{module}")
            loaded.register(app)
        else:
            for name, summary in summaries.items():
                app.command(name, help=summary)(_do_nothing)
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
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    called = [module for module, summaries in COMMANDS.items() if name in summaries]
    try:
        if NEED_CHECKOUT.intersection(called):
            enter_checkout(name, arguments)
        make_app(called)(prog_name="dropcast")
    except DropcastError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            str(error), style="red", markup=False
        )
        sys.exit(1)
