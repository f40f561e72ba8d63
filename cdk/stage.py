"""A stage: what differs between AWS and a local cloud, as one value."""

import platform
import sys
from dataclasses import dataclass
from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs


@dataclass(frozen=True, kw_only=True)
class Stage:
    """``runtime`` and ``architecture`` are what the stage's layers were built for; ``data_removal``
    is of the buckets, ``shared_removal`` of what belongs to the whole account;
    ``requests_per_second``, ``burst`` and ``requests_per_day`` bound the API key's usage."""

    name: str
    runtime: str
    architecture: Literal["arm64", "x86_64"]
    data_removal: RemovalPolicy
    shared_removal: RemovalPolicy
    log_retention: logs.RetentionDays
    requests_per_second: int
    burst: int
    requests_per_day: int


def find_stage(name: str) -> Stage:
    """Return the stage of one of the names in :data:`~toolchain.endpoints.STAGES`."""
    return {"aws": _aws, "local": _local}[name]()


def _aws() -> Stage:
    return Stage(
        name="aws",
        runtime="python3.13",
        architecture="arm64",
        data_removal=RemovalPolicy.RETAIN,
        shared_removal=RemovalPolicy.RETAIN,
        log_retention=logs.RetentionDays.ONE_MONTH,
        requests_per_second=50,
        burst=100,
        requests_per_day=100_000,
    )


def _local() -> Stage:
    """The host's own Python and machine: a local cloud runs functions with them."""
    return Stage(
        name="local",
        runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        architecture="arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        data_removal=RemovalPolicy.DESTROY,
        shared_removal=RemovalPolicy.DESTROY,
        log_retention=logs.RetentionDays.ONE_WEEK,
        requests_per_second=50,
        burst=100,
        requests_per_day=100_000,
    )
