"""``synth``, ``bootstrap``, ``diff``, ``deploy``: the stock CDK CLI, in the account that is meant.

They also work on machines whose Node came with the project and is not on the PATH.

Each runs ``cdk`` with the same name in the project's folder and passes further options on, so that
``deploy --account 123456789012 -c alarms=none`` is ``cdk deploy -c alarms=none``. Options by which
the CDK CLI would act elsewhere than what was checked here are refused.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.console import Console

from cli.options import AccountOption, LocalOption, StackOption, StageOption
from dropcast.contracts.errors import DropcastError
from operations.accounts import open_place, resolve_stage
from operations.clouds import translate_cloud_errors
from operations.local_stack import forget_assembly, name_assembly, without_account
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT, prepare_cdk

# Options of the CDK CLI that would lead elsewhere, and what to write instead.
_OURS = {
    "--profile": "set AWS_PROFILE",
    "--app": "leave it out: it is this project's app",
    "-a": "leave it out: it is this project's app",
    "--build": "leave it out: the layers are built first",
    "--output": "leave it out, or run `npx cdk synth --output ...`",
    "-o": "leave it out, or run `npx cdk synth --output ...`",
}
_SETTINGS_OF_OURS = {"name": "--stack", "stage": "--stage"}
# Options that are not ours belong to the CDK CLI.
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


class OptionRefusedError(DropcastError):
    """An option would make the CDK CLI act elsewhere than what was checked; nothing was done."""


def register(app: typer.Typer) -> None:
    """Add this module's commands to the program."""
    for command in (synth, bootstrap, diff, deploy):
        app.command(context_settings=_PASSED_ON)(command)


def synth(context: typer.Context, *, stage: StageOption = None, stack: StackOption) -> None:
    """Write the CloudFormation template to cdk.out/<stage>, without any account."""
    resolved = resolve_stage(stage, local=False, environ=os.environ)
    require_ours(context.args)
    folder = name_assembly(resolved, stack)
    # What it is made with here, another command must not take for the plain template.
    forget_assembly(resolved, stack)
    arguments = ["synth", "--quiet", "--output", str(folder), *context.args]
    run_cdk(arguments, stage=resolved, stack=stack, environ=without_account(os.environ))
    Console(highlight=False).print(f"template in {folder}", markup=False)


def bootstrap(
    context: typer.Context,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
) -> None:
    """Prepare the account and the region for the CDK, once."""
    _act("bootstrap", context.args, stage=stage, account=account, stack=stack, local=local)


def diff(
    context: typer.Context,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
) -> None:
    """Show what a deployment would change."""
    _act("diff", context.args, stage=stage, account=account, stack=stack, local=local)


def deploy(
    context: typer.Context,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
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
    require_ours(arguments)
    with translate_cloud_errors(f"cdk {command}"):
        place = open_place(stage=stage, account=account, local=local, must_name=True)
    Console(highlight=False, soft_wrap=True).print(f"acts on: {place.description}", markup=False)
    run_cdk([command, *arguments], stage=place.stage, stack=stack, environ=place.cloud.environ)


def require_ours(arguments: Sequence[str]) -> None:
    """Raise :class:`OptionRefusedError` for an option that leads elsewhere than what was checked.

    By it the CDK CLI would act in another account, on another stack or by another app.

    >>> require_ours(["-c", "alarms=none", "--require-approval", "never"])
    """
    for place, argument in enumerate(arguments):
        option, _, value = argument.partition("=")
        if argument.startswith("-a") and not argument.startswith("--"):
            option = "-a"
        if option in _OURS:
            raise OptionRefusedError(f"{option} is not passed on: {_OURS[option]}")
        if argument.startswith("aws://"):
            raise OptionRefusedError(
                f"{argument} is not passed on: --account and AWS_REGION say where it is done"
            )
        if option in ("-c", "--context"):
            value = value or " ".join(arguments[place + 1 : place + 2])
        elif argument.startswith("-c") and not argument.startswith("--"):
            value = argument.removeprefix("-c").removeprefix("=")
        else:
            continue
        name = value.partition("=")[0]
        if name in _SETTINGS_OF_OURS:
            raise OptionRefusedError(
                f"-c {name}=... is not passed on: write {_SETTINGS_OF_OURS[name]} instead"
            )


def run_cdk(
    arguments: Sequence[str],
    *,
    stage: str,
    stack: str,
    environ: Mapping[str, str],
    root: Path = ROOT,
) -> None:
    """Build the stage's layers and run the CDK CLI in this terminal.

    Ends with the CLI's exit status where that is not 0.
    """
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
