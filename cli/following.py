"""Following a drop and its run on the screen: `demo` and `watch` show the same steps."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import DATASET_CARD
from dropcast.contracts.unseen import spell_unseen
from operations.drop_runs import FollowingError, describe_bad_end, find_run
from operations.recovery.findings import PROGRAM
from operations.reports import read_fact
from operations.stacks import DeployedStack
from operations.watching import (
    Execution,
    RunEnded,
    WaitingError,
    choose_pause,
    wait_for,
    watch_drop,
    watch_run,
)

# A drop of data that were there before starts a run only where the recipe changed since.
UNCHANGED_SECONDS = 60.0


@contextmanager
def show_step(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it runs, then its time; yield a way to show its progress."""
    started, title = time.monotonic(), spell_unseen(title)
    with console.status(f"{escape(title)} ...") as status:
        yield lambda more: status.update(escape(f"{title}: {more[:100]}"))
    seconds = time.monotonic() - started
    console.print(f"[green]done[/] {escape(title)} [dim]{seconds:.1f} s[/]", soft_wrap=True)


def follow_drop(
    stack: DeployedStack,
    *,
    dataset: str,
    key: str,
    version_id: str,
    console: Console,
    timeout_seconds: float = 120,
) -> DropRecord:
    """Show what ingest makes of a drop, and the report; return the drop's record.

    Raises :class:`~operations.drop_runs.FollowingError` for a drop that is not taken in.
    """
    with show_step(console, "Ingest"):
        for record in watch_drop(
            stack,
            dataset=dataset,
            raw_key=key,
            version_id=version_id,
            timeout_seconds=timeout_seconds,
        ):
            if not record.is_finished:
                print_detail(console, _describe_attempt(record))
    if not record.is_finished:
        raise FollowingError(
            f"ingest failed {record.attempt} times with {record.error}; `{PROGRAM} dead"
            f"{stack.options}` says what to do and has the command that tries it again"
        )
    show_report(stack, record.report_key, version_id=version_id, console=console)
    if record.state == "refused":
        raise FollowingError("the file was refused; its report above says why")
    if record.commit == "superseded":
        raise FollowingError(
            f"a newer drop of {key} is in already and this one changed nothing; watch the newer: "
            f"{PROGRAM} watch {shlex.quote(key)}{stack.options}"
        )
    return record


def _describe_attempt(record: DropRecord) -> str:
    if record.state == "failed":
        message = " ".join(record.message.split())
        return f"attempt {record.attempt} failed: {record.error}: {message}"
    return f"attempt {record.attempt} began at {record.started_at}"


def show_report(stack: DeployedStack, key: str, *, version_id: str, console: Console) -> None:
    """Show the report on a version of a drop, unless one on a newer version stands there."""
    report = stack.read_object_text("RawBucketName", key)
    place = f"s3://{stack.find_output('RawBucketName')}/{key}"
    if read_fact(report, "Version") not in (None, version_id):
        print_detail(console, f"a newer drop of the same key has its report at {place}")
        return
    print_report(report, place=place, console=console)


def print_report(report: str, *, place: str, console: Console) -> None:
    """Print a report as it is, without a frame: the addresses in it are there to be copied."""
    for line in (f"Report {place}", *report.strip().splitlines()):
        print_detail(console, line)


def follow_features(
    stack: DeployedStack, drop: DropRecord, *, console: Console, timeout_seconds: float
) -> Execution | None:
    """Wait for the features of the version that a drop led to, and return its execution.

    That is the one that trains the version, or trained it before; ``None`` where the drop changed
    nothing and none comes.
    """
    waits = timeout_seconds
    if drop.commit == "unchanged":
        waits = min(waits, UNCHANGED_SECONDS)
    try:
        with show_step(console, "Features"):
            found: Execution = wait_for(
                "the features and their run",
                lambda: find_run(stack, drop),
                timeout_seconds=waits,
                poll_seconds=choose_pause(stack),
            )
    except WaitingError as error:
        if drop.commit == "unchanged":
            return None
        raise FollowingError(
            f"{error}; `{PROGRAM} dead{stack.options}` says whether they failed, else name more "
            "with --timeout"
        ) from error
    # A run that was started again is of the same run id.
    run_id = "-".join(found.name.removeprefix(f"{drop.dataset}-").split("-")[:2])
    card_key = DATASET_CARD.format(dataset=drop.dataset, run_id=run_id)
    card = stack.read_json("LakeBucketName", card_key)
    if card is not None:
        print_detail(console, f"{card['rows']:,} rows of {len(card['features'])} features")
    return found


def follow_run(
    stack: DeployedStack, execution_arn: str, *, console: Console, timeout_seconds: float = 900
) -> RunEnded:
    """Show each state of an execution and its decision; return how it ended.

    Raises :class:`~operations.drop_runs.FollowingError` for one that ended badly.
    """
    name = execution_arn.rsplit(":", 1)[-1]
    with show_step(console, f"State machine, execution {name}") as say:
        for step in watch_run(stack, execution_arn, timeout_seconds=timeout_seconds):
            if isinstance(step, RunEnded):
                run = step
            else:
                console.print(f"     {step.seconds:7.1f} s [cyan]{escape(step.name)}[/]")
                say(step.name)
    if run.status != "SUCCEEDED":
        raise FollowingError(describe_bad_end(run, stack.options))
    print_detail(console, f"{run.output['decision']}: {run.output['model']}")
    for reason in run.output["reasons"]:
        print_detail(console, reason)
    return run


def print_detail(console: Console, text: str) -> None:
    """Print a line that belongs to the step before it."""
    console.print(f"     {spell_unseen(text)}", markup=False, highlight=False, soft_wrap=True)


def draw_card(card: dict[str, Any]) -> Table:
    """Return the model card's test figures as a table."""
    evaluation = card["evaluation"]
    table = Table(title=f"Model card: {card['model']}, {evaluation['rows']:,} test rows")
    for heading in ("metric", "value", "95 % interval", "dummy baseline"):
        table.add_column(heading, justify="left" if heading == "metric" else "right")
    for name, metric in evaluation["metrics"].items():
        baseline = evaluation["baseline"].get(name)
        table.add_row(
            name,
            f"{metric['value']:.4f}",
            f"{metric['low']:.4f} to {metric['high']:.4f}",
            "" if baseline is None else f"{baseline:.4f}",
        )
    return table
