"""``env``: the variables of the README, for the stack that is deployed."""

import sys

import typer

from cli.options import AccountOption, LocalOption, StackOption, StageOption
from dropcast.contracts.errors import DropcastError
from operations.accounts import open_place
from operations.clouds import translate_cloud_errors
from operations.shell_environment import describe_environment, write_lines
from operations.stacks import open_stack


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(env)


def env(
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
) -> None:
    """Print what a shell needs to use the stack: ( eval "$(dropcast env)"; aws s3 ls ).

    Buckets, state machine, the API's URL and the keys that you may read. Where
    anything else fails, all that is printed is `false`, so that the eval fails too.
    """
    try:
        with translate_cloud_errors("reading the stack"):
            place = open_place(stage=stage, account=account, local=local)
            lines = write_lines(describe_environment(open_stack(place.cloud, stack)))
    except DropcastError:
        # So that `eval "$(...)" || exit` ends a subshell; an eval of nothing would succeed.
        sys.stdout.write("false\n")
        raise
    sys.stdout.write(lines)
