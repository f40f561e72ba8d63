"""The cost of a million predictions: measured time, the template's memory, AWS's prices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.measure import Figure
from operations.pricing.per_use import count_gb_seconds
from operations.pricing.prices import API_CALL, LAMBDA_ARM_GB_SECOND, LAMBDA_REQUEST, LOG_INGESTION

PART = "g"
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
        """The sum."""
        return self.compute + self.invocations + self.api + self.logs


def count_costs(milliseconds: Sequence[float], *, memory_mib: int, log_bytes: int) -> Costs:
    """Return the costs of requests that took these milliseconds on a whole core.

    A function has a share of a core by its memory, and each request is billed by whole
    milliseconds.
    """
    gb_seconds = _MILLION * count_gb_seconds(milliseconds, memory_mib) / len(milliseconds)
    return Costs(
        compute=gb_seconds * LAMBDA_ARM_GB_SECOND.each,
        invocations=_MILLION * LAMBDA_REQUEST.each,
        api=_MILLION * API_CALL.each,
        logs=_MILLION * log_bytes / 1e9 * LOG_INGESTION.each,
    )


def list_costs(
    ours_ms: Sequence[Sequence[float]],
    peer_ms: Sequence[Sequence[float]],
    *,
    peer: str,
    memory_mib: int,
    log_bytes: int,
) -> list[Figure]:
    """Return the costs item by item, one for each round of milliseconds.

    The peer's milliseconds count for its compute; its other costs are taken to be ours.
    """
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
