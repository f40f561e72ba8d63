"""``score``: drop a file to be scored, wait, and fetch the predictions beside it."""

import os
from pathlib import Path
from typing import Annotated

import typer
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.options import FORMATS, AccountOption, LocalOption, StackOption, StageOption
from dropcast.recipes import find_recipe
from operations.accounts import open_place
from operations.clouds import translate_cloud_errors
from operations.scoring_files import (
    ScoreError,
    drop_file,
    fetch_results,
    find_receipt,
    wait_for_report,
)
from operations.stacks import choose_stack_name, open_stack

BUCKET_VARIABLE = "RAW_BUCKET"
# The function's own limit, and a minute to be started.
TIMEOUT_SECONDS = 960.0


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(score)


def score(
    file: Annotated[Path, typer.Argument(help=FORMATS)],
    dataset: Annotated[str, typer.Option(help="whose champion scores it")],
    bucket: Annotated[
        str | None,
        typer.Option(help=f"the raw bucket; by default {BUCKET_VARIABLE}, or else the stack's"),
    ] = None,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
    timeout: Annotated[
        float, typer.Option(help="seconds to wait for the report")
    ] = TIMEOUT_SECONDS,
) -> None:
    """Score every row of a file by the dataset's champion; save predictions beside it."""
    console = Console(highlight=False, soft_wrap=True)
    find_recipe(dataset)
    if not file.is_file():
        raise ScoreError(f"no file {file}")
    with translate_cloud_errors("finding the raw bucket"):
        cloud = open_place(stage=stage, account=account, local=local).cloud
        # The variable is of the shell's cloud and may be of another than the options name.
        if bucket is None and not local and stack == choose_stack_name():
            bucket = os.environ.get(BUCKET_VARIABLE)
        if bucket is None:
            bucket = open_stack(cloud, stack).find_output("RawBucketName")
    client = cloud.client("s3")
    try:
        version_id = drop_file(client, bucket, file, dataset)
        report = wait_for_report(client, bucket, dataset, file.name, version_id, timeout=timeout)
        console.print(report, markup=False)
        receipt_key = find_receipt(report)
        for path in fetch_results(client, bucket, receipt_key, file):
            console.print(f"saved {path}", markup=False)
    except (ClientError, BotoCoreError, Boto3Error) as error:
        raise ScoreError(f"bucket {bucket}: {error}") from error
