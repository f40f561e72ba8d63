"""``redrive``: send again what ``dead`` shows, all of it or what is named."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from cli.options import AccountOption, LocalOption, OlderOption, StackOption, StageOption
from dropcast.contracts.errors import DropcastError, describe_unknown
from dropcast.recipes import find_table
from operations.accounts import open_place
from operations.clouds import translate_cloud_errors
from operations.recovery.drops import take_all_in_again
from operations.recovery.findings import Dead
from operations.recovery.looking import find_dead
from operations.recovery.redriving import redrive_all
from operations.stacks import open_stack


class RedriveError(DropcastError):
    """What was to be sent again is not there or cannot be named so; the message says what is."""


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(redrive)


def redrive(
    ids: Annotated[
        list[str] | None, typer.Argument(help="the ids that `dead` shows; all where none is named")
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
        bool, typer.Option("--discard", help="delete the named dead-letter messages, send nothing")
    ] = False,
) -> None:
    """Send again what `dead` shows; exit status 1 if anything could not be sent."""
    console = Console(highlight=False, soft_wrap=True)
    check_arguments(ids or [], dataset=dataset, all_files=all_files, discard=discard)
    with translate_cloud_errors("sending again"):
        # One finding is sent again only after somebody looked at it; all files are another matter.
        place = open_place(stage=stage, account=account, local=local, must_name=all_files)
        console.print(f"acts on: {place.description}", markup=False)
        found_stack = open_stack(place.cloud, stack)
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
        raise RedriveError(
            "--dataset and --all-files go together: the one names whose files, the other says all"
        )
    if dataset is not None:
        find_table(dataset)
        if ids or discard:
            raise RedriveError("--all-files takes no ids and no --discard")
    if discard and not (ids and all(one.startswith("dead-letter-") for one in ids)):
        raise RedriveError("--discard takes the ids of dead-letter messages, as `dead` shows them")


def select(found: Sequence[Dead], ids: Sequence[str]) -> list[Dead]:
    """Return the named findings, or all; raise :class:`RedriveError` for a name that is none."""
    by_id = {one.id: one for one in found}
    unknown = [one for one in ids if one not in by_id]
    if unknown:
        raise RedriveError(
            f"{describe_unknown('finding', unknown[0], by_id)}; `dead` shows what there is now"
        )
    return [by_id[one] for one in ids] if ids else list(found)
