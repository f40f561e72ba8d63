"""What a drop and a training run add, from what was measured on the embedded cloud."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from operations.pricing.prices import (
    LAMBDA_ARM_GB_SECOND,
    LAMBDA_DISK_GB_SECOND,
    LAMBDA_REQUEST,
    LOG_INGESTION,
    S3_EVENT,
    S3_READ,
    S3_WRITE,
    STATE_TRANSITION,
    TRACE,
)

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MIB_OF_ONE_CORE = 1769
FREE_DISK_MIB = 512
# An event of the state machine's log without its data, generously; MiniStack writes no such log.
STATE_LOG_BYTES = 600
DROP_FUNCTIONS = ("ingest", "features")
TRAINING_FUNCTIONS = ("split", "propose", "trial", "fit", "evaluate", "register")


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """What a function may use, by the template."""

    memory_mib: int
    disk_mib: int
    timeout_seconds: int


@dataclass(frozen=True, kw_only=True)
class FunctionUse:
    """What one function did of a drop and its run.

    ``milliseconds``  of each invocation, as its ``REPORT`` line bills it
    ``s3_writes``     PUT, COPY, POST and LIST; ``s3_reads`` GET and HEAD
    ``s3_events``     objects made in a bucket that sends its events to EventBridge
    """

    function: str
    milliseconds: tuple[int, ...]
    log_bytes: int
    s3_writes: int
    s3_reads: int
    s3_events: int


@dataclass(frozen=True, kw_only=True)
class RunUse:
    """What one execution of the state machine did.

    ``transitions``  states entered, trials and retries included, the start and the end
    ``history``      events of its history, each of them a line of its log
    ``first_round``  trials of the first round; on Lambda each starts in a process of its own
    """

    transitions: int
    history: int
    first_round: int


@dataclass(frozen=True, kw_only=True)
class DatasetUse:
    """A dataset's sample from its drop to the end of the run.

    ``run`` is ``None`` for a reference table, which trains nothing by itself.
    """

    dataset: str
    sample_bytes: int
    functions: tuple[FunctionUse, ...]
    run: RunUse | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """``docs/costs.json``: all that ``make costs`` measures.

    ``cores``         of the machine; as many trials ran side by side
    ``asset_bytes``   zipped code of one deployment to AWS
    ``answer_bytes``  of one prediction, as it leaves API Gateway
    ``platform_log_bytes``  of Lambda's own lines in a function's log, for each invocation
    """

    day: str
    machine: str
    cores: int
    asset_bytes: int
    answer_bytes: int
    platform_log_bytes: int
    datasets: tuple[DatasetUse, ...]


@dataclass(frozen=True, kw_only=True)
class UseCost:
    """US dollars, without any free units."""

    compute: float = 0.0
    cold_starts: float = 0.0
    invocations: float = 0.0
    transitions: float = 0.0
    s3: float = 0.0
    logs: float = 0.0
    traces: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return math.fsum(getattr(self, field.name) for field in fields(self))


def read_sizes(template: Mapping[str, Any]) -> dict[str, FunctionSize]:
    """Return the functions' sizes by their names in lower case, as in ``FunctionUse``."""
    found = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            properties = resource["Properties"]
            service = properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
            found[service.removeprefix("dropcast-")] = FunctionSize(
                memory_mib=properties["MemorySize"],
                disk_mib=properties["EphemeralStorage"]["Size"],
                timeout_seconds=properties["Timeout"],
            )
    return found


def bill_milliseconds(milliseconds: float, memory_mib: int) -> int:
    """Return what Lambda bills for work that takes so long on a whole core.

    A function has a share of a core by its memory; more than one core makes nothing faster here.

    >>> bill_milliseconds(100.2, 1769), bill_milliseconds(100, 512), bill_milliseconds(100, 3008)
    (101, 346, 100)
    """
    return math.ceil(milliseconds * max(1.0, MIB_OF_ONE_CORE / memory_mib))


def count_gb_seconds(milliseconds: Sequence[float], memory_mib: int) -> float:
    """Return the billed GB-seconds of invocations that took so long on a whole core each."""
    billed = sum(bill_milliseconds(one, memory_mib) for one in milliseconds)
    return billed / 1000 * memory_mib / 1024


def price_drop(used: DatasetUse, sizes: Mapping[str, FunctionSize]) -> UseCost:
    """Return what a drop costs until its features are there.

    The drop itself is a PUT and an event too.
    """
    own = [one for one in used.functions if one.function in DROP_FUNCTIONS]
    costs = _price_functions(own, sizes)
    return UseCost(
        compute=costs.compute,
        invocations=costs.invocations,
        s3=costs.s3 + S3_WRITE.each + S3_EVENT.each,
        logs=costs.logs,
    )


def price_run(used: DatasetUse, sizes: Mapping[str, FunctionSize], *, cores: int) -> UseCost:
    """Return what a training run costs; 0 of a reference table.

    Where fewer trials ran side by side than the first round has, the others found a warm process.
    On Lambda each starts one: as long as ``Split rows`` takes from a cold start is added for each.
    """
    if used.run is None:
        return UseCost()
    own = [one for one in used.functions if one.function in TRAINING_FUNCTIONS]
    costs = _price_functions(own, sizes)
    (split,) = (one for one in own if one.function == "split")
    missing = max(0, used.run.first_round - cores)
    start = count_gb_seconds([max(split.milliseconds)], sizes["trial"].memory_mib)
    return UseCost(
        compute=costs.compute,
        cold_starts=missing * start * LAMBDA_ARM_GB_SECOND.each,
        invocations=costs.invocations,
        transitions=used.run.transitions * STATE_TRANSITION.each,
        s3=costs.s3,
        logs=costs.logs + used.run.history * STATE_LOG_BYTES / 1e9 * LOG_INGESTION.each,
        traces=TRACE.each,
    )


def count_run_gb_seconds(used: DatasetUse, sizes: Mapping[str, FunctionSize]) -> float:
    """Return the GB-seconds of a run's functions, as they were measured."""
    return math.fsum(
        count_gb_seconds(one.milliseconds, sizes[one.function].memory_mib)
        for one in used.functions
        if one.function in TRAINING_FUNCTIONS
    )


def _price_functions(uses: Sequence[FunctionUse], sizes: Mapping[str, FunctionSize]) -> UseCost:
    compute = 0.0
    for one in uses:
        size = sizes[one.function]
        gb_seconds = count_gb_seconds(one.milliseconds, size.memory_mib)
        seconds = gb_seconds * 1024 / size.memory_mib
        disk_gb = max(0, size.disk_mib - FREE_DISK_MIB) / 1024
        compute += gb_seconds * LAMBDA_ARM_GB_SECOND.each
        compute += seconds * disk_gb * LAMBDA_DISK_GB_SECOND.each
    return UseCost(
        compute=compute,
        invocations=sum(len(one.milliseconds) for one in uses) * LAMBDA_REQUEST.each,
        s3=math.fsum(
            one.s3_writes * S3_WRITE.each
            + one.s3_reads * S3_READ.each
            + one.s3_events * S3_EVENT.each
            for one in uses
        ),
        logs=sum(one.log_bytes for one in uses) / 1e9 * LOG_INGESTION.each,
    )
