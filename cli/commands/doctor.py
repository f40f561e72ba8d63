"""``doctor``: look at everything that a deployment needs, before anything is deployed."""

import typer
from rich.console import Console
from rich.markup import escape

from cli.options import AccountOption, LocalOption, StackOption, StageOption
from operations.preflight.checks import examine
from operations.preflight.findings import Finding
from operations.preflight.gathering import gather

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
    """Show what a deployment would reach and what is missing; exit status 1 if refused.

    A real account is refused unless it is named, so that no forgotten variable deploys into it.
    """
    console = Console(highlight=False, soft_wrap=True)
    facts = gather(stage=stage, named_account=account, stack=stack, local=local)
    findings = examine(facts)
    show(findings, console)
    if any(finding.level == "refused" for finding in findings):
        raise typer.Exit(1)


def show(findings: list[Finding], console: Console) -> None:
    """Print a line for each check, with its remedy where one is needed."""
    for finding in findings:
        colour = _COLOURS[finding.level]
        remedy = f"; [bold]{escape(finding.remedy)}[/]" if finding.remedy else ""
        console.print(
            f"[{colour}]{finding.level:<7}[/] {finding.check:<14} {escape(finding.text)}{remedy}"
        )
