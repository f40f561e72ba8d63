"""``doctor``: look at everything that a deployment needs, before anything is deployed."""

import os
from pathlib import Path

import typer
from botocore.exceptions import BotoCoreError
from rich.console import Console
from rich.markup import escape

from operations.accounts import AccountOption, StageOption, resolve_reached_stage, resolve_stage
from operations.preflight.checks import examine
from operations.preflight.facts import (
    read_account,
    read_built,
    read_emulator,
    read_reached,
    read_tools,
)
from operations.preflight.findings import Account, Facts, Finding, Reached
from operations.stacks import (
    Cloud,
    LocalOption,
    RegionMissingError,
    StackNotFoundError,
    StackOption,
    reach_cloud,
)
from toolchain.project import ROOT

_COLOURS = {"ok": "green", "warning": "yellow", "refused": "red"}


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(doctor)


def doctor(
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
) -> None:
    """Say what would be reached and what is missing; exit status 1 where it must not be deployed.

    A real account is refused unless it is named, so that no forgotten variable deploys into it.
    """
    console = Console(highlight=False, soft_wrap=True)
    facts = gather(stage=stage, named_account=account, stack=stack, local=local)
    findings = examine(facts)
    show(findings, console)
    if any(finding.level == "refused" for finding in findings):
        raise typer.Exit(1)


def gather(
    *, stage: str | None, named_account: str | None, stack: str, local: bool, root: Path = ROOT
) -> Facts:
    """Return the facts, those of the account only where somebody answers."""
    resolve_stage(stage, local=local, environ=os.environ)
    cloud, reached = _reach(local=local)
    resolved = resolve_reached_stage(stage, local=local, environ=os.environ, reached=reached)
    path = os.pathsep.join([str(root / ".dropcast/tools/node/bin"), os.environ.get("PATH", "")])
    answers = cloud is not None and reached.account is not None
    return Facts(
        stage=resolved,
        named_account=named_account,
        reached=reached,
        account=read_account(cloud, stack=stack) if cloud is not None and answers else Account(),
        tools=read_tools(root, path=path),
        built=read_built(root, stage=resolved),
        emulator=read_emulator(cloud) if resolved == "local" else None,
    )


def _reach(*, local: bool) -> tuple[Cloud | None, Reached]:
    try:
        cloud = reach_cloud(local=local)
    # A profile that does not exist is boto3's own.
    except (RegionMissingError, StackNotFoundError, BotoCoreError) as error:
        return None, Reached(
            endpoint_url=None,
            region=None,
            credentials=None,
            account=None,
            caller=None,
            error=str(error),
        )
    return cloud, read_reached(cloud)


def show(findings: list[Finding], console: Console) -> None:
    """Print a line for each check, with its remedy where one is needed."""
    for finding in findings:
        colour = _COLOURS[finding.level]
        remedy = f"; [bold]{escape(finding.remedy)}[/]" if finding.remedy else ""
        console.print(
            f"[{colour}]{finding.level:<7}[/] {finding.check:<14} {escape(finding.said)}{remedy}"
        )
