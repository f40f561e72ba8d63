"""``synth``, ``bootstrap``, ``diff``, ``deploy``: the stock CDK CLI, in the account that is meant.

They also work on machines whose Node came with the project and is not on the PATH.

Each runs ``cdk`` with the same name in the project's folder and passes every further option on, so
that ``deploy --account 123456789012 -c alarms=none`` is ``cdk deploy -c alarms=none``.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.console import Console

from cdk.endpoints import STACK_NAME
from cli.accounts import AccountOption, StageOption, open_place, resolve_stage
from cli.builder.layers import build_layers, open_workshop
from cli.project import ROOT, prepare_cdk
from cli.stacks import LocalOption, StackOption, say_cloud_errors
from emulators.deploy import name_assembly, without_account

# Options that are not ours belong to the CDK CLI.
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def register(app: typer.Typer) -> None:
    """Add this module's commands to the program."""
    for command in (synth, bootstrap, diff, deploy):
        app.command(context_settings=_PASSED_ON)(command)


def synth(
    context: typer.Context, *, stage: StageOption = None, stack: StackOption = STACK_NAME
) -> None:
    """Write the CloudFormation template to cdk.out/<stage>, without any account."""
    resolved = resolve_stage(stage, local=False, environ=os.environ)
    folder = name_assembly(resolved, stack)
    arguments = ["synth", "--quiet", "--output", str(folder), *context.args]
    run_cdk(arguments, stage=resolved, stack=stack, environ=without_account(os.environ))
    Console(highlight=False).print(f"template in {folder}", markup=False)


def bootstrap(
    context: typer.Context,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption = STACK_NAME,
    local: LocalOption = False,
) -> None:
    """Prepare the account and the region for the CDK, once."""
    _act("bootstrap", context.args, stage=stage, account=account, stack=stack, local=local)


def diff(
    context: typer.Context,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption = STACK_NAME,
    local: LocalOption = False,
) -> None:
    """Show what a deployment would change."""
    _act("diff", context.args, stage=stage, account=account, stack=stack, local=local)


def deploy(
    context: typer.Context,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption = STACK_NAME,
    local: LocalOption = False,
) -> None:
    """Deploy the stack, or update it."""
    _act("deploy", context.args, stage=stage, account=account, stack=stack, local=local)


def _act(
    command: str,
    arguments: Sequence[str],
    *,
    stage: str | None,
    account: str | None,
    stack: str,
    local: bool,
) -> None:
    with say_cloud_errors(f"cdk {command}"):
        place = open_place(stage=stage, account=account, local=local, must_name=True)
    Console(highlight=False, soft_wrap=True).print(f"acts on: {place.description}", markup=False)
    run_cdk([command, *arguments], stage=place.stage, stack=stack, environ=place.cloud.environ)


def run_cdk(
    arguments: Sequence[str],
    *,
    stage: str,
    stack: str,
    environ: Mapping[str, str],
    root: Path = ROOT,
) -> None:
    """Build the stage's layers and run the CDK CLI in this terminal; end with its exit status
    where that is not 0."""
    command, environment = prepare_cdk(
        [*arguments, "--context", f"stage={stage}", "--context", f"name={stack}"],
        root=root,
        environ=environ,
    )
    for _ in build_layers(open_workshop(stage, root)):
        pass
    finished = subprocess.run(command, cwd=root, env=environment, check=False)
    if finished.returncode != 0:
        raise typer.Exit(finished.returncode)
