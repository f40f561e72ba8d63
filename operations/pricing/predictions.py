"""What predictions and large files cost, by the samples of ``docs/benchmarks.json``."""

import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.runtime.log_lines import METRICS
from operations.pricing.per_use import MIB_OF_ONE_CORE, Measured
from operations.pricing.prices import (
    CUSTOM_METRIC,
    DATA_OUT,
    LAMBDA_ARM_GB_SECOND,
    LOG_INGESTION,
)

Figures = Sequence[Mapping[str, Any]]
Item = tuple[str, float, str]

# Published by every request; the others only where something is wrong.
_USUAL_METRICS = tuple(name for name in METRICS if name != "broken_champions")
# "API Gateway metrics": 4XXError, 5XXError, Count, IntegrationLatency, Latency; those of a cache
# are published where there is one.
_METRICS_OF_A_METHOD = 5
_OWN_WORK = re.compile(r"CSV of ([\d,]+) MB, of which: ")
_PREDICTIONS = re.compile(r"a million predictions of one row, [\d,]+ MiB: (?!all$)(.*)")


class FigureMissingError(DropcastError):
    """The benchmarks lack a figure that costs are counted from; ``make bench`` writes it."""


def list_prediction_items(
    template: Mapping[str, Any], measured: Measured, figures: Figures
) -> list[Item]:
    """Return what a thousand predictions cost, without free units: name, US dollars, source."""
    found = [
        (words[1], statistics.median(figure["samples"]) / 1000)
        for figure in figures
        if (words := _PREDICTIONS.fullmatch(figure["what"]))
    ]
    if not found:
        raise FigureMissingError("docs/benchmarks.json has no costs of predictions; `make bench`")
    thousand_per_gb = 1000 / 1e9
    logged = measured.platform_log_bytes * thousand_per_gb * LOG_INGESTION.usd
    access = _count_access_log_bytes(template) * thousand_per_gb * LOG_INGESTION.usd
    sent = measured.answer_bytes * thousand_per_gb * DATA_OUT.usd
    return [
        *((name, usd, "[benchmarks](benchmarks.md#a-million-predictions)") for name, usd in found),
        ("CloudWatch Logs, Lambda's own lines", logged, "`make costs`"),
        ("CloudWatch Logs, API Gateway's access log", access, "the format in the template"),
        ("the answers, to the internet", sent, "`make costs`"),
    ]


def price_metrics_of_a_dataset() -> float:
    """Return a month's custom metrics of a dataset that gets requests in every hour."""
    return len(_USUAL_METRICS) * CUSTOM_METRIC.usd


def price_detailed_metrics(template: Mapping[str, Any]) -> float:
    """Return a month's detailed metrics, were they on, with every method called in every hour."""
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    return kinds.count("AWS::ApiGateway::Method") * _METRICS_OF_A_METHOD * CUSTOM_METRIC.usd


def price_gigabyte_of_csv(figures: Figures, *, memory_mib: int) -> float:
    """Return what Lambda bills for reading, checking and writing a GB of CSV.

    That are the processor seconds of the work, on the cores that ``memory_mib`` gives.
    """
    seconds, megabytes = 0.0, 0.0
    for figure in figures:
        if words := _OWN_WORK.match(figure["what"]):
            seconds += statistics.median(figure["samples"])
            megabytes = float(words[1].replace(",", ""))
    if not megabytes:
        raise FigureMissingError("docs/benchmarks.json has no seconds of ingest; `make bench`")
    wall = seconds * 1000 / megabytes * MIB_OF_ONE_CORE / memory_mib
    return wall * memory_mib / 1024 * LAMBDA_ARM_GB_SECOND.each


def _count_access_log_bytes(template: Mapping[str, Any]) -> int:
    """Return how long a line of the access log is: a value takes about as much as its name."""
    return sum(
        len(resource["Properties"]["AccessLogSetting"]["Format"])
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Stage"
    )
