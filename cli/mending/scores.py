"""Files to be answered without an end: no ledger tells of them, only the report beside each."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from cli.mending.drops import RawObject, list_histories
from cli.mending.findings import Dead
from cli.reports import read_fact
from cli.stacks import CONNECTIONS, DeployedStack
from dropcast.contracts.keys import SCORE_DROP, SCORE_REPORT, name_report, place_drop


def find_dead_scores(
    stack: DeployedStack,
    *,
    now: datetime,
    older_than_seconds: float,
    told: Collection[tuple[str | None, str | None]] = (),
) -> list[Dead]:
    """Return the drops under ``score/`` that lie there for longer than ``older_than_seconds`` and
    whose report is missing or of another version. A refused one has its report and is no finding;
    what ``told`` has, by key and version, is told of elsewhere."""
    since = now - timedelta(seconds=older_than_seconds)
    waiting = [
        newest
        for newest, *_ in list_histories(stack, SCORE_DROP.prefix)
        if newest.changed_at < since and (newest.key, newest.version_id) not in told
    ]
    read = _make_reader(stack)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        reports = list(pool.map(lambda drop: read(name_score_report(drop.key)), waiting))
    found = (judge(drop, report) for drop, report in zip(waiting, reports, strict=True))
    return [dead for dead in found if dead is not None]


def judge(drop: RawObject, report: str | None) -> Dead | None:
    """Return the finding that the newest version of a key and its report make, ``None`` where the
    report is of that version."""
    version = None if report is None else read_fact(report, "Version")
    if version == drop.version_id:
        return None
    where = name_score_report(drop.key)
    return Dead(
        kind="drop",
        handle=f"{drop.key}\n{drop.version_id}",
        what="a file to be answered: no report tells of it; its event was lost",
        at=drop.changed_at,
        dataset=place_drop(SCORE_DROP, drop.key)["dataset"],
        key=drop.key,
        version_id=drop.version_id,
        message=(
            f"there is no {where}" if report is None else f"{where} is of the version {version}"
        ),
    )


def name_score_report(key: str) -> str:
    """Return the key of the report on a drop under ``score/``, as its function names it.

    >>> name_score_report("score/bitcoin/may.csv"), name_score_report("score/loose.csv")
    ('scored-reports/bitcoin/may.csv.txt', 'scored-reports/unplaced/loose.csv.txt')
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
