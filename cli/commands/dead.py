"""``dead``: all that did not get where it should, why, and the command that sends it again."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from dropcast.contracts.unseen import spell_unseen
from operations.accounts import AccountOption, StageOption, open_place
from operations.recovery.dead_letters import count_hidden, list_letters
from operations.recovery.drops import find_drops
from operations.recovery.findings import PROGRAM, Dead, to_json
from operations.recovery.refused import Refused, show_refused, sort_refused
from operations.recovery.refused import to_json as refused_to_json
from operations.recovery.runs import find_dead_runs
from operations.recovery.scores import find_scores
from operations.recovery.versions import find_dead_versions
from operations.stacks import (
    DeployedStack,
    LocalOption,
    StackOption,
    choose_stack_name,
    find_stack,
    say_cloud_errors,
)

# Lambda waits one minute before an event's second attempt and two before its third.
RETRY_WAIT_SECONDS = 180
ATTEMPTS = 3
# As long as a letter lies in its queue, and as long as AWS would redrive an execution.
DAYS = 14.0

OlderOption = Annotated[
    float | None,
    typer.Option(
        "--older-than", help="seconds after which a drop without an end is dead", show_default=False
    ),
]


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
    """Show what did not get where it should; exit status 1 if there is anything. A refused drop
    is no failure: --refused shows those, with exit status 0."""
    if refused and older_than is not None:
        raise typer.BadParameter("--older-than is for drops without an end; --refused takes none")
    console = Console(highlight=False, soft_wrap=True)
    with say_cloud_errors("looking for what is dead"):
        place = open_place(stage=stage, account=account, local=local)
        if not as_json:
            console.print(f"acts on: {place.description}", markup=False)
        found_stack = find_stack(place.cloud, stack)
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look at a stack found, the oldest first."""

    dead: list[Dead]
    refused: list[Refused]


def find_dead(stack: DeployedStack, *, older_than_seconds: float | None = None) -> list[Dead]:
    """Return all dead findings, as :func:`look` does."""
    return look(stack, older_than_seconds=older_than_seconds).dead


def find_refused(stack: DeployedStack) -> list[Refused]:
    """Return the drops whose newest version was refused."""
    now = datetime.now(UTC)
    _, drops = find_drops(stack, now=now, older_than_seconds=0)
    _, scores = find_scores(stack, now=now, older_than_seconds=0)
    return sort_refused([*drops, *scores])


def look(stack: DeployedStack, *, older_than_seconds: float | None = None) -> Found:
    """Return all findings; a drop that has a dead-letter message is listed once. Raises
    :class:`~operations.stacks.StackUnreadableError` where the stack is not whole or another app's."""
    for name in ("RawBucketName", "LakeBucketName", "StateMachineArn"):
        stack.find_output(name)
    now = datetime.now(UTC)
    letters = [letter.find() for letter in list_letters(stack)]
    told = {(letter.key, letter.version_id) for letter in letters}

    def wait_for(function: str, *, attempts: int) -> float:
        if older_than_seconds is not None:
            return older_than_seconds
        return read_longest_wait(stack, function, attempts=attempts)

    drop_seconds = wait_for("DoorsIngest", attempts=1)
    drops, refused_drops = find_drops(stack, now=now, older_than_seconds=drop_seconds, told=told)
    scores, refused_scores = find_scores(
        stack,
        now=now,
        # Of a drop under raw/ each attempt is recorded; here nothing tells before the report.
        older_than_seconds=wait_for("DoorsScore", attempts=ATTEMPTS),
        told=told,
    )
    versions = find_dead_versions(
        stack,
        now=now,
        older_than_seconds=drop_seconds,
        told={letter.key for letter in letters},
    )
    runs = find_dead_runs(stack, now=now, days=DAYS)
    return Found(
        dead=sorted([*letters, *runs, *drops, *scores, *versions], key=lambda o: (o.at, o.id)),
        refused=sort_refused([*refused_drops, *refused_scores]),
    )


def write_refused(refused: list[Refused], console: Console, *, as_json: bool) -> None:
    """Write the refusals, for a person or for programs."""
    if as_json:
        sys.stdout.write(refused_to_json(refused) + "\n")
    else:
        show_refused(refused, console)


def read_longest_wait(stack: DeployedStack, function: str, *, attempts: int) -> float:
    """Return for how many seconds a drop may rightly have no end: what the function may run in so
    many attempts, and Lambda's waits before it is tried again."""
    name = stack.find_name(function, "AWS::Lambda::Function")
    settings = stack.cloud.client("lambda").get_function_configuration(FunctionName=name)
    return float(settings["Timeout"]) * attempts + RETRY_WAIT_SECONDS


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
    # A key is anybody's text: what is not seen is spelled out.
    return [(name, spell_unseen(value)) for name, value in lines if value]
