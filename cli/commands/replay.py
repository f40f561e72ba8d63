"""``replay``: compare a prediction with that of its receipt's program now, to the bit."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.options import AccountOption, LocalOption, StackOption, StageOption
from operations.accounts import open_place
from operations.clouds import translate_cloud_errors
from operations.replay import compare, fetch_program, read_answer, read_text, score_again
from operations.stacks import choose_stack_name, open_stack

BUCKET_VARIABLE = "MODEL_BUCKET"
_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(replay)


def replay(
    receipt: Annotated[
        str, typer.Argument(help="the whole answer as JSON: a file, or - for stdin")
    ],
    request: Annotated[Path, typer.Option(help="the body that it answered")],
    bucket: Annotated[
        str | None,
        typer.Option(help=f"the model bucket; by default {BUCKET_VARIABLE}, or else the stack's"),
    ] = None,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
) -> None:
    """Score a request again by its receipt's program; exit status 1 if it differs."""
    console = Console(highlight=False, soft_wrap=True)
    answer = read_answer(sys.stdin.read() if receipt == "-" else read_text(Path(receipt)), receipt)
    with translate_cloud_errors("finding the model bucket"):
        cloud = open_place(stage=stage, account=account, local=local).cloud
        # The variable is of the shell's cloud and may be of another than the options name.
        if bucket is None and not local and stack == choose_stack_name():
            bucket = os.environ.get(BUCKET_VARIABLE)
        if bucket is None:
            bucket = open_stack(cloud, stack).find_output("ModelBucketName")
    client = cloud.client("s3")
    program = fetch_program(answer["receipt"], bucket=bucket, client=client)
    again = score_again(answer["receipt"], program, read_text(request), str(request))
    differences = compare(answer["predictions"], again)
    if not differences:
        console.print(f"same: {len(again)} prediction(s) of {answer['receipt']['model']}")
        return
    console.print(f"different: {len(differences)} of {len(again)} prediction(s)")
    for line in differences[:_SHOWN]:
        console.print(f"  {line}", markup=False)
    raise typer.Exit(1)
