"""Files to be scored: dropped under ``score/``, waited for, and their predictions fetched."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import SCORE_DROP, SCORE_REPORT, name_report
from operations.reports import read_fact, split_uri
from operations.watching import wait_for

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RESULTS = ("predictions.csv", "problems.csv")


class ScoreError(DropcastError):
    """A file cannot be dropped or was refused; the message is the report's."""


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
