"""A look at a deployed stack: all that did not get where it should, and what was refused."""

from dataclasses import dataclass
from datetime import UTC, datetime

from operations.recovery.dead_letters import list_messages
from operations.recovery.drops import find_drops
from operations.recovery.findings import Dead
from operations.recovery.refused import Refused, sort_refused
from operations.recovery.runs import find_dead_runs
from operations.recovery.scores import find_scores
from operations.recovery.versions import find_dead_versions
from operations.stacks import DeployedStack

# Lambda waits one minute before an event's second attempt and two before its third.
RETRY_WAIT_SECONDS = 180
ATTEMPTS = 3
# As long as a dead-letter message lies in its queue, and as AWS would redrive an execution.
DAYS = 14.0


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look at a stack found, the oldest first."""

    dead: list[Dead]
    refused: list[Refused]


def find_dead(stack: DeployedStack, *, older_than_seconds: float | None = None) -> list[Dead]:
    """Return all dead findings, as :func:`look` does."""
    return look(stack, older_than_seconds=older_than_seconds).dead


def find_refused(stack: DeployedStack) -> list[Refused]:
    """Return the drops whose newest version was refused."""
    now = datetime.now(UTC)
    _, drops = find_drops(stack, now=now, older_than_seconds=0)
    _, scores = find_scores(stack, now=now, older_than_seconds=0)
    return sort_refused([*drops, *scores])


def look(stack: DeployedStack, *, older_than_seconds: float | None = None) -> Found:
    """Return all findings; a drop that has a dead-letter message is listed once.

    Raises :class:`~operations.stacks.StackUnreadableError` where the stack is not whole or is
    another app's.
    """
    for name in ("RawBucketName", "LakeBucketName", "StateMachineArn"):
        stack.find_output(name)
    now = datetime.now(UTC)
    dead_letters = [message.describe() for message in list_messages(stack)]
    known = {(one.key, one.version_id) for one in dead_letters}

    def wait_for(function: str, *, attempts: int) -> float:
        if older_than_seconds is not None:
            return older_than_seconds
        return read_longest_wait(stack, function, attempts=attempts)

    drop_seconds = wait_for("Ingest", attempts=1)
    drops, refused_drops = find_drops(stack, now=now, older_than_seconds=drop_seconds, known=known)
    scores, refused_scores = find_scores(
        stack,
        now=now,
        # Each attempt at a drop under raw/ is recorded; here nothing is before the report.
        older_than_seconds=wait_for("Score", attempts=ATTEMPTS),
        known=known,
    )
    versions = find_dead_versions(
        stack,
        now=now,
        older_than_seconds=drop_seconds,
        known={one.key for one in dead_letters},
    )
    runs = find_dead_runs(stack, now=now, days=DAYS)
    return Found(
        dead=sorted([*dead_letters, *runs, *drops, *scores, *versions], key=lambda o: (o.at, o.id)),
        refused=sort_refused([*refused_drops, *refused_scores]),
    )


def read_longest_wait(stack: DeployedStack, function: str, *, attempts: int) -> float:
    """Return for how many seconds a drop may rightly have no end.

    That is what the function may run in so many attempts, and Lambda's waits between them.
    """
    name = stack.find_function(function)
    settings = stack.cloud.client("lambda").get_function_configuration(FunctionName=name)
    return float(settings["Timeout"]) * attempts + RETRY_WAIT_SECONDS
