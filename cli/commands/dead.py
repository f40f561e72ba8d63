"""``dead``: all that did not get where it should, why, and the command that sends it again."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from cli.options import AccountOption, LocalOption, OlderOption, StackOption, StageOption
from dropcast.contracts.unseen import spell_unseen
from operations.accounts import open_place
from operations.clouds import translate_cloud_errors
from operations.recovery.dead_letters import count_hidden
from operations.recovery.findings import PROGRAM, Dead, to_json
from operations.recovery.looking import find_refused, look
from operations.recovery.refused import Refused
from operations.recovery.refused import to_json as refused_to_json
from operations.stacks import choose_stack_name, open_stack


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(dead)


def dead(
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
    older_than: OlderOption = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="show the drops that were refused instead")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what did not get where it should; exit status 1 if there is anything.

    A refused drop is no failure: --refused shows those, with exit status 0.
    """
    if refused and older_than is not None:
        raise typer.BadParameter("--older-than is for drops without an end; --refused takes none")
    console = Console(highlight=False, soft_wrap=True)
    with translate_cloud_errors("looking for what is dead"):
        place = open_place(stage=stage, account=account, local=local)
        if not as_json:
            console.print(f"acts on: {place.description}", markup=False)
        found_stack = open_stack(place.cloud, stack)
        if refused:
            write_refused(find_refused(found_stack), console, as_json=as_json)
            return
        found = look(found_stack, older_than_seconds=older_than)
        hidden = count_hidden(found_stack)
    options = write_options(stack=stack, local=local, older_than=older_than)
    if as_json:
        sys.stdout.write(to_json(found.dead, options) + "\n")
    else:
        show(found.dead, console, options)
        if hidden:
            console.print(
                f"{hidden} more dead-letter message(s) are hidden: somebody else looks at them, or "
                "did and was interrupted; look again in two minutes"
            )
        if found.refused:
            where = write_options(stack=stack, local=local, older_than=None)
            console.print(
                f"{len(found.refused)} drop(s) were refused, which is no failure; "
                f"with reasons and reports: {PROGRAM} dead --refused{where}"
            )
    if found.dead or hidden:
        raise typer.Exit(1)


def write_refused(refused: list[Refused], console: Console, *, as_json: bool) -> None:
    """Write the refusals, for a person or for programs."""
    if as_json:
        sys.stdout.write(refused_to_json(refused) + "\n")
    else:
        show_refused(refused, console)


def write_options(*, stack: str, local: bool, older_than: float | None) -> str:
    """Return the options that a command must repeat to see the same.

    >>> write_options(stack="Dropcast", local=True, older_than=0)
    ' --local --older-than 0'
    """
    given = {
        f" --stack {stack}": stack != choose_stack_name(),
        " --local": local,
        f" --older-than {older_than or 0:g}": older_than is not None,
    }
    return "".join(text for text, is_given in given.items() if is_given)


def show(found: list[Dead], console: Console, options: str = "") -> None:
    """Print the findings, each with its command."""
    if not found:
        console.print("nothing is dead")
        return
    for one in found:
        console.print(one.id, style="bold", markup=False)
        for name, value in describe(one, options):
            # In one line each, however long: the command is there to be copied.
            console.print(f"  {name:<9}{value}", markup=False)
    console.print(f"{len(found)} dead; all at once: {PROGRAM} redrive{options}")


def describe(one: Dead, options: str = "") -> list[tuple[str, str]]:
    """Return the lines that a finding gets on the screen."""
    lines = [
        ("what", one.what),
        ("when", one.at.strftime("%Y-%m-%d %H:%M:%S %Z")),
        ("dataset", one.dataset),
        ("key", one.key),
        ("version", one.version_id),
        ("error", one.error),
        ("message", " ".join(one.message.split())),
        ("attempts", None if one.attempts is None else str(one.attempts)),
        ("advice", one.advice),
        ("command", one.write_command(options)),
    ]
    # A key is anybody's text: characters that are not seen are spelled out.
    return [(name, spell_unseen(value)) for name, value in lines if value]


def show_refused(refused: Sequence[Refused], console: Console) -> None:
    """Print the refusals, each with its message and its report's address."""
    for one in refused:
        console.print(spell_unseen(one.key), style="bold", markup=False)
        for name, value in describe_refused(one):
            # In one line each, however long: the address is there to be copied.
            console.print(f"  {name:<9}{value}", markup=False)
    console.print(f"{len(refused)} refused" if refused else "nothing was refused")


def describe_refused(one: Refused) -> list[tuple[str, str]]:
    """Return the lines that a refusal gets on the screen.

    Its key is anybody's text, and so may a part of its message be.
    """
    lines = [
        ("dataset", one.dataset),
        ("when", one.at.strftime("%Y-%m-%d %H:%M:%S %Z")),
        ("message", " ".join(one.message.split())),
        ("report", one.report),
    ]
    return [(name, spell_unseen(value)) for name, value in lines]
