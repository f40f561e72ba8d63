"""What a million predictions cost: measured milliseconds, the template's memory, AWS's prices."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.measure import Figure

PART = "g"
# us-east-1, without free tiers, first price step, as of November 2026:
# https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/api-gateway/pricing/ (REST)
# and https://aws.amazon.com/cloudwatch/pricing/ (standard logs).
USD_PER_GB_SECOND = 0.0000133334
USD_PER_MILLION_INVOCATIONS = 0.20
USD_PER_MILLION_API_CALLS = 3.50
USD_PER_LOG_GB = 0.50
PRICES_READ = "November 2026"
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MIB_OF_ONE_CORE = 1769
_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Costs:
    """US dollars of a million predictions of one row."""

    compute: float
    invocations: float
    api: float
    logs: float

    @property
    def total(self) -> float:
        return self.compute + self.invocations + self.api + self.logs


def count_costs(milliseconds: Sequence[float], *, memory_mib: int, log_bytes: int) -> Costs:
    """Return the costs of requests that took so long on a whole core.

    A function has a share of a core by its memory, and each request is billed by whole
    milliseconds.
    """
    slower = max(1.0, MIB_OF_ONE_CORE / memory_mib)
    billed = statistics.fmean(math.ceil(one * slower) for one in milliseconds)
    gb_seconds = _MILLION * billed / 1000 * memory_mib / 1024
    return Costs(
        compute=gb_seconds * USD_PER_GB_SECOND,
        invocations=USD_PER_MILLION_INVOCATIONS,
        api=USD_PER_MILLION_API_CALLS,
        logs=_MILLION * log_bytes / 1e9 * USD_PER_LOG_GB,
    )


def list_costs(
    ours_ms: Sequence[Sequence[float]],
    peer_ms: Sequence[Sequence[float]],
    *,
    peer: str,
    memory_mib: int,
    log_bytes: int,
) -> list[Figure]:
    """Return the costs item by item, one cost a round of milliseconds; the peer's milliseconds
    stand for its compute alone, in all else it is given what ours needs."""
    ours, theirs = (
        [count_costs(one, memory_mib=memory_mib, log_bytes=log_bytes) for one in rounds]
        for rounds in (ours_ms, peer_ms)
    )
    return [
        Figure(
            part=PART,
            what=f"a million predictions of one row, {memory_mib:,} MiB: {title}",
            unit="USD",
            samples=tuple(read(costs) for costs in ours),
            peer=peer,
            peer_samples=tuple(read(costs) for costs in theirs),
        )
        for title, read in _ITEMS
    ]


_ITEMS: tuple[tuple[str, Callable[[Costs], float]], ...] = (
    ("Lambda compute", lambda costs: costs.compute),
    ("Lambda invocations", lambda costs: costs.invocations),
    ("API Gateway, REST", lambda costs: costs.api),
    ("CloudWatch Logs, the function's line", lambda costs: costs.logs),
    ("all", lambda costs: costs.total),
)
