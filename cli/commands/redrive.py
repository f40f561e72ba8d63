"""``redrive``: send again what ``dead`` shows, all of it or what is named."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.commands.dead import OlderOption, find_dead
from dropcast.contracts.errors import DropcastError, StaleRunError, describe_unknown
from dropcast.recipes import find_table
from operations.accounts import AccountOption, StageOption, open_place
from operations.recovery.dead_letters import send_again
from operations.recovery.drops import take_all_in_again, take_in_again
from operations.recovery.findings import Dead, Kind
from operations.recovery.runs import start_again
from operations.recovery.versions import build_again
from operations.stacks import DeployedStack, LocalOption, StackOption, find_stack, say_cloud_errors


class RedriveError(DropcastError):
    """What was to be sent again is not there or cannot be named so; the message says what is."""


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(redrive)


def redrive(
    ids: Annotated[
        list[str] | None, typer.Argument(help="what `dead` calls them; all where none is named")
    ] = None,
    *,
    stack: StackOption,
    local: LocalOption = False,
    stage: StageOption = None,
    account: AccountOption = None,
    older_than: OlderOption = None,
    dataset: Annotated[str | None, typer.Option(help="with --all-files: whose")] = None,
    all_files: Annotated[
        bool, typer.Option("--all-files", help="take every file of the dataset in again")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="delete the named letters and send nothing")
    ] = False,
) -> None:
    """Send again what did not get where it should; exit status 1 if anything could not be sent."""
    console = Console(highlight=False, soft_wrap=True)
    check_arguments(ids or [], dataset=dataset, all_files=all_files, discard=discard)
    with say_cloud_errors("sending again"):
        # One finding is sent again only after somebody looked at it; all files are another matter.
        place = open_place(stage=stage, account=account, local=local, must_name=all_files)
        console.print(f"acts on: {place.description}", markup=False)
        found_stack = find_stack(place.cloud, stack)
        if dataset is not None:
            ended = take_all_in_again(found_stack, dataset)
            nothing = f"no file of {dataset} is there; nothing was sent"
        else:
            found = select(find_dead(found_stack, older_than_seconds=older_than), ids or [])
            sent = redrive_all(found_stack, found, discard=discard)
            ended = ((one.id, done, is_well) for one, done, is_well in sent)
            nothing = "nothing is dead; nothing was sent"
        wells = []
        for name, done, is_well in ended:
            console.print(f"{name}: {done}", markup=False)
            wells.append(is_well)
    if not wells:
        console.print(nothing)
    if not all(wells):
        raise typer.Exit(1)


def check_arguments(
    ids: Sequence[str], *, dataset: str | None, all_files: bool, discard: bool
) -> None:
    """Raise :class:`RedriveError` for arguments that do not go together."""
    if all_files != (dataset is not None):
        raise RedriveError("--dataset and --all-files go together: whose files, and that all")
    if dataset is not None:
        find_table(dataset)
        if ids or discard:
            raise RedriveError("--all-files takes no ids and no --discard")
    if discard and not (ids and all(one.startswith("letter-") for one in ids)):
        raise RedriveError("--discard takes the ids of letters, as `dead` shows them")


def select(found: Sequence[Dead], ids: Sequence[str]) -> list[Dead]:
    """Return the named findings, or all; raise :class:`RedriveError` for a name that is none."""
    by_id = {one.id: one for one in found}
    unknown = [one for one in ids if one not in by_id]
    if unknown:
        raise RedriveError(
            f"{describe_unknown('dead thing', unknown[0], by_id)}; `dead` shows what there is now"
        )
    return [by_id[one] for one in ids] if ids else list(found)


def redrive_all(
    stack: DeployedStack, found: Sequence[Dead], *, discard: bool = False
) -> list[tuple[Dead, str, bool]]:
    """Send each finding again by its kind's own way; return what was done, and whether it was."""
    letters = {one.handle: one for one in found if one.kind == "letter"}
    sent = send_again(stack, letters.keys(), discard=discard) if letters else {}
    done = [
        (
            one,
            sent.get(handle, "out of sight just now: somebody else sends it, or try again soon"),
            handle in sent and not sent[handle].startswith("kept"),
        )
        for handle, one in letters.items()
    ]
    return done + [_redrive_one(stack, one) for one in found if one.kind != "letter"]


def _redrive_one(stack: DeployedStack, one: Dead) -> tuple[Dead, str, bool]:
    try:
        return one, _WAYS[one.kind](stack, one), True
    except (ClientError, BotoCoreError) as error:
        # The others are sent all the same.
        return one, f"failed: {error}", False


def _redrive_run(stack: DeployedStack, one: Dead) -> str:
    if one.error == StaleRunError.__name__:
        # The recipe is another one now: its features are not built, and no such run was started.
        return build_again(stack, str(one.dataset))
    return start_again(stack, one.handle)


_WAYS: Mapping[Kind, Callable[[DeployedStack, Dead], str]] = {
    "run": _redrive_run,
    "drop": lambda stack, one: take_in_again(stack, str(one.key), str(one.version_id)),
    "version": lambda stack, one: build_again(stack, str(one.dataset)),
}
