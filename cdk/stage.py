"""A stage: what differs between AWS and a local cloud, as one value."""

import platform
import sys
from dataclasses import dataclass
from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What AWS and a local cloud differ in.

    ``runtime`` and ``architecture`` are what the stage's layers were built for. ``data_removal``
    is the removal policy of the buckets, ``shared_removal`` that of resources which belong to the
    whole account. ``requests_per_second``, ``burst`` and ``requests_per_day`` limit each API key.
    """

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
    """Return the local stage: a local cloud runs functions by the host's Python and processor."""
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
