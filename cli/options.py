"""Options that several commands share."""

from typing import Annotated

import typer

from emulators.clouds import CLOUD_VARIABLE
from operations.stacks import choose_stack_name
from toolchain.endpoints import STACK_NAME

# What a dropped file may be, whatever its name.
FORMATS = "CSV, TSV, JSON Lines, Parquet, XLS or XLSX, plain or gzip"

AccountOption = Annotated[
    str | None,
    typer.Option("--account", help="the account that you mean, 12 digits; any other is refused"),
]
StageOption = Annotated[
    str | None,
    typer.Option(
        "--stage",
        help="aws or local; left out: local where AWS_ENDPOINT_URL is on this machine, else aws",
        show_default=False,
    ),
]
StackOption = Annotated[
    str,
    typer.Option(
        "--stack",
        help=f"the stack's name in CloudFormation: that of cdk.json, or {STACK_NAME}",
        default_factory=choose_stack_name,
        show_default=False,
    ),
]
LocalOption = Annotated[
    bool, typer.Option("--local", help="the cloud of `make demo`, whatever the shell's variables")
]
OlderOption = Annotated[
    float | None,
    typer.Option(
        "--older-than", help="seconds after which a drop without an end is dead", show_default=False
    ),
]
CloudOption = Annotated[
    str | None,
    typer.Option(
        "--cloud", envvar=CLOUD_VARIABLE, help="ministack, localstack or localstack-docker"
    ),
]
