"""``score``: drop a file to be answered, wait, and fetch the predictions beside it."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import SCORE_DROP, SCORE_REPORT, name_report
from dropcast.recipes import find_recipe
from operations.accounts import AccountOption, StageOption, open_place
from operations.reports import read_fact, split_uri
from operations.stacks import (
    LocalOption,
    StackOption,
    choose_stack_name,
    find_stack,
    say_cloud_errors,
)
from operations.watching import wait_for

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET_VARIABLE = "RAW_BUCKET"
# What a dropped file may be, whatever its name.
FORMATS = "CSV, TSV, JSON Lines, Parquet, XLS or XLSX, plain or gzip"
# The function's own limit, and a minute to be started.
TIMEOUT_SECONDS = 960.0
_RESULTS = ("predictions.csv", "problems.csv")


class ScoreError(DropcastError):
    """A file cannot be dropped or was refused; the message is the report's."""


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(score)


def score(
    file: Annotated[Path, typer.Argument(help=FORMATS)],
    dataset: Annotated[str, typer.Option(help="whose champion answers it")],
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
    """Answer every row of a file by the dataset's champion; predictions are put beside it."""
    console = Console(highlight=False, soft_wrap=True)
    find_recipe(dataset)
    if not file.is_file():
        raise ScoreError(f"no file {file}")
    with say_cloud_errors("finding the raw bucket"):
        cloud = open_place(stage=stage, account=account, local=local).cloud
        # The variable is of the shell's cloud and may be of another than the options name.
        if bucket is None and not local and stack == choose_stack_name():
            bucket = os.environ.get(BUCKET_VARIABLE)
        if bucket is None:
            bucket = find_stack(cloud, stack).find_output("RawBucketName")
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


def drop_file(client: "S3Client", bucket: str, file: Path, dataset: str) -> str:
    """Put the file under ``score/``; return its version id."""
    key = SCORE_DROP.format(dataset=dataset, name=file.name)
    client.upload_file(str(file), bucket, key)
    return client.head_object(Bucket=bucket, Key=key).get("VersionId", "null")


def wait_for_report(
    client: "S3Client", bucket: str, dataset: str, name: str, version_id: str, *, timeout: float
) -> str:
    """Return the report on this version of the drop, once it is there."""
    key = name_report(SCORE_REPORT, dataset=dataset, name=name)

    def look() -> str | None:
        try:
            text = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except client.exceptions.NoSuchKey:
            return None
        return text if read_fact(text, "Version") == version_id else None

    report: str = wait_for(f"the report {key}", look, timeout_seconds=timeout)
    return report


def find_receipt(report: str) -> str:
    """Return the receipt's key; raise :class:`ScoreError` with the report of a refused file."""
    uri = read_fact(report, "Receipt")
    if uri is None:
        raise ScoreError("the file was refused; its report says why")
    return split_uri(uri)[1]


def fetch_results(client: "S3Client", bucket: str, receipt_key: str, file: Path) -> list[Path]:
    """Save the predictions and, where there are any, the problems beside the file."""
    receipt = json.loads(client.get_object(Bucket=bucket, Key=receipt_key)["Body"].read())
    saved = []
    for name, key in zip(_RESULTS, (receipt["csv_key"], receipt["problems_key"]), strict=True):
        if key is not None:
            path = file.with_name(f"{file.name}.{name}")
            client.download_file(bucket, key, str(path))
            saved.append(path)
    return saved
