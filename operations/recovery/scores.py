"""Files to be scored: those without an end, and those that were refused.

The ledger has no record of them, so the report on each is read.
"""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from dropcast.contracts.keys import SCORE_DROP, SCORE_REPORT, name_report, place_drop
from operations.clouds import CONNECTIONS
from operations.recovery.drops import RawObject, list_histories
from operations.recovery.findings import Dead
from operations.recovery.refused import Refused
from operations.reports import read_fact, read_message
from operations.stacks import DeployedStack


def find_scores(
    stack: DeployedStack,
    *,
    now: datetime,
    older_than_seconds: float,
    known: Collection[tuple[str | None, str | None]] = (),
) -> tuple[list[Dead], list[Refused]]:
    """Return the dead and the refused among the newest drops under ``score/``.

    Dead are those that lie there for longer than ``older_than_seconds`` and whose report is missing
    or of another version; what ``known`` has, by key and version, is listed elsewhere.
    """
    since = now - timedelta(seconds=older_than_seconds)
    drops = [newest for newest, *_ in list_histories(stack, SCORE_DROP.prefix)]
    read, bucket = _make_reader(stack), stack.find_output("RawBucketName")
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        reports = list(pool.map(lambda drop: read(name_score_report(drop.key)), drops))
    judged = list(zip(drops, reports, strict=True))
    found = (
        judge(drop, report)
        for drop, report in judged
        if drop.changed_at < since and (drop.key, drop.version_id) not in known
    )
    refused = (judge_refused(drop, report, bucket) for drop, report in judged)
    return [one for one in found if one is not None], [one for one in refused if one is not None]


def judge(drop: RawObject, report: str | None) -> Dead | None:
    """Return the finding that the newest version of a key and its report make.

    ``None`` where the report is of that version.
    """
    version = None if report is None else read_fact(report, "Version")
    if version == drop.version_id:
        return None
    where = name_score_report(drop.key)
    return Dead(
        kind="drop",
        handle=f"{drop.key}\n{drop.version_id}",
        what="a file to be scored: there is no report on it; its event was lost",
        at=drop.changed_at,
        dataset=place_drop(SCORE_DROP, drop.key)["dataset"],
        key=drop.key,
        version_id=drop.version_id,
        message=(
            f"there is no {where}" if report is None else f"{where} is of the version {version}"
        ),
    )


def judge_refused(drop: RawObject, report: str | None, bucket: str) -> Refused | None:
    """Return the refusal of this version that the report describes, ``None`` if there is none."""
    if report is None or read_fact(report, "Version") != drop.version_id:
        return None
    if read_fact(report, "State") != "refused":
        return None
    return Refused(
        dataset=place_drop(SCORE_DROP, drop.key)["dataset"],
        key=drop.key,
        version_id=drop.version_id,
        at=drop.changed_at,
        message=read_message(report),
        report=f"s3://{bucket}/{name_score_report(drop.key)}",
    )


def name_score_report(key: str) -> str:
    """Return the key of the report on a drop under ``score/``, as its function names it.

    >>> name_score_report("score/bitcoin/may.csv"), name_score_report("score/loose.csv")
    ('scored-reports/bitcoin/may.csv.txt', 'scored-reports/unplaced/score/loose.csv.txt')
    """
    return name_report(SCORE_REPORT, **place_drop(SCORE_DROP, key))


def _make_reader(stack: DeployedStack) -> Callable[[str], str | None]:
    client, bucket = stack.cloud.client("s3"), stack.find_output("RawBucketName")

    def read(key: str) -> str | None:
        try:
            body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
        return body.decode(errors="replace")

    return read
