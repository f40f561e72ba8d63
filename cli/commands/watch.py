"""``watch``: follow a drop or a run to its end, as the demo does, on AWS or on a local cloud."""

import time
from typing import Annotated

import typer
from rich.console import Console

from cli.following import (
    draw_card,
    follow_drop,
    follow_features,
    follow_run,
    print_detail,
    print_report,
    show_step,
)
from cli.options import AccountOption, LocalOption, StackOption, StageOption
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import RAW, SCORE_DROP, SCORE_REPORT, name_report, place_drop
from dropcast.contracts.unseen import spell_unseen
from dropcast.recipes import RECIPES, list_references
from operations.accounts import open_place
from operations.clouds import translate_cloud_errors
from operations.drop_runs import FollowingError, began_after
from operations.recovery.findings import PROGRAM
from operations.recovery.runs import read_current_version
from operations.reports import read_fact
from operations.scoring_files import wait_for_report
from operations.stacks import DeployedStack, open_stack
from operations.targets import Target, find_target
from operations.watching import find_references, name_current_run

# A search over many candidates may take the better part of an hour.
TIMEOUT_SECONDS = 3600.0
INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(watch)


def watch(
    what: Annotated[
        str | None,
        typer.Argument(
            help="a drop's key or s3:// URI, an execution's name or ARN", metavar="WHAT"
        ),
    ] = None,
    *,
    dataset: Annotated[
        str | None, typer.Option(help="without WHAT: the newest drop of this dataset")
    ] = None,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
    timeout: Annotated[
        float, typer.Option(help="seconds after which to give up watching")
    ] = TIMEOUT_SECONDS,
) -> None:
    """Follow a drop or a run to its end; without WHAT, the newest drop.

    Exit status 1 where the drop was refused or the run ended badly.
    """
    console = Console(highlight=False)
    try:
        with translate_cloud_errors("watching"):
            place = open_place(stage=stage, account=account, local=local)
            console.print(f"looks at: {place.description}", markup=False, soft_wrap=True)
            found = open_stack(place.cloud, stack)
            target = find_target(found, what, dataset=dataset)
            follow(found, target, console=console, timeout_seconds=timeout)
    except KeyboardInterrupt:
        console.print("no longer watched; what was started goes on")
        raise typer.Exit(INTERRUPTED) from None


def follow(
    stack: DeployedStack, target: Target, *, console: Console, timeout_seconds: float
) -> None:
    """Show what becomes of a target.

    Raises :class:`~operations.drop_runs.FollowingError` where it ends badly.
    """
    deadline = time.monotonic() + timeout_seconds
    if target.kind == "run":
        _follow_run(stack, target.name, console=console, deadline=deadline)
        return
    place = f"s3://{stack.find_output('RawBucketName')}/{target.name}"
    shown = spell_unseen(place)
    console.print(f"watches {shown}, version {target.version_id}", markup=False, soft_wrap=True)
    if target.kind == "score":
        _follow_score(stack, target, console=console, deadline=deadline)
        return
    drop = follow_drop(
        stack,
        dataset=place_drop(RAW, target.name)["dataset"],
        key=target.name,
        version_id=target.version_id,
        console=console,
        timeout_seconds=_count_left(deadline),
    )
    if drop.dataset in list_references():
        _explain_reference(stack, drop, console)
        return
    run = follow_features(stack, drop, console=console, timeout_seconds=_count_left(deadline))
    if run is None:
        print_detail(console, "the dataset held the same data before; no run was started")
    elif run.is_running or began_after(run, drop):
        _follow_run(stack, run.arn, console=console, deadline=deadline)
    else:
        print_detail(
            console,
            f"no run is started: {run.name} trained on the same data before, at "
            f"{run.started_at:%Y-%m-%d %H:%M:%S %Z}, and ended {run.status}; to see it: "
            f"{PROGRAM} watch {run.name}{stack.options}",
        )
        if run.status != "SUCCEEDED":
            raise FollowingError(
                f"the earlier run ended badly; `{PROGRAM} dead{stack.options}` says what to do"
            )


def _follow_score(
    stack: DeployedStack, target: Target, *, console: Console, deadline: float
) -> None:
    place = place_drop(SCORE_DROP, target.name)
    with show_step(console, "Score"):
        report = wait_for_report(
            stack.s3,
            stack.find_output("RawBucketName"),
            place["dataset"],
            place["name"],
            target.version_id,
            timeout=_count_left(deadline),
        )
    key = name_report(SCORE_REPORT, **place)
    print_report(report, place=f"s3://{stack.find_output('RawBucketName')}/{key}", console=console)
    if read_fact(report, "Receipt") is None:
        raise FollowingError("the file was refused; its report above says why")


def _follow_run(stack: DeployedStack, arn: str, *, console: Console, deadline: float) -> None:
    run = follow_run(stack, arn, console=console, timeout_seconds=_count_left(deadline))
    card = stack.read_json("ModelBucketName", run.output["card_key"])
    if card is not None:
        console.print(draw_card(card))


def _explain_reference(stack: DeployedStack, drop: DropRecord, console: Console) -> None:
    """Say that a reference table trains nothing, and which runs start with it."""
    print_detail(console, f"{drop.dataset} is a reference table: it trains nothing itself")
    for recipe in RECIPES.values():
        if drop.dataset not in [table.dataset for table in recipe.references]:
            continue
        version = read_current_version(stack, recipe.dataset)
        if version is None or len(find_references(stack, recipe)) < len(recipe.references):
            print_detail(console, f"{recipe.dataset}, which reads it, has no file yet")
        else:
            name = f"{recipe.dataset}-{name_current_run(stack, recipe, version)}"
            print_detail(
                console,
                f"{recipe.dataset} reads it; its run: {PROGRAM} watch {name}{stack.options}",
            )


def _count_left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
