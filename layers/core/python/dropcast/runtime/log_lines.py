"""The log line of a function that must start at once: as ``runtime.logs``, without a library.

A line also carries its numbers as CloudWatch metrics, in the Embedded Metric Format that
CloudWatch reads from logs ("Specification: Embedded metric format", Amazon CloudWatch User Guide):
no call, and no permission, beside the line itself.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from dropcast.contracts.environment import METRICS_NAMESPACE

# Where the environment names no other.
NAMESPACE = "Dropcast"
# Metric -> unit.
METRICS = {
    "requests": "Count",
    "errors": "Count",
    "broken_champions": "Count",
    "latency_ms": "Milliseconds",
}

_METRICS = {name: {"Name": name, "Unit": unit} for name, unit in METRICS.items()}
# ASCII, because a client may send a lone surrogate, with which no log could be written.
_ENCODER = json.JSONEncoder(default=str, check_circular=False)


def make_line(
    message: str,
    *,
    level: str,
    location: str,
    environ: Mapping[str, str],
    seconds: float,
    facts: Mapping[str, Any],
) -> str:
    """Return one JSON line.

    ``seconds`` is the time since 1970. Facts with the name of a metric are also metrics, by the
    ``dataset`` among the facts.
    """
    milliseconds = int(seconds * 1000)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
    line: dict[str, Any] = {
        "level": level,
        "location": location,
        "message": message,
        "timestamp": f"{moment},{milliseconds % 1000:03d}+0000",
        "service": environ.get("POWERTOOLS_SERVICE_NAME", "dropcast"),
        **facts,
    }
    trace = environ.get("_X_AMZN_TRACE_ID", "").partition("Root=")[2].partition(";")[0]
    if trace:
        line["xray_trace_id"] = trace
    # A broken champion counts in all as well, for one alarm over all datasets.
    dimensions = [["dataset"], []] if "broken_champions" in facts else [["dataset"]]
    metrics = [metric for name, metric in _METRICS.items() if name in facts]
    if metrics:
        directive = {
            "Namespace": environ.get(METRICS_NAMESPACE, NAMESPACE),
            "Dimensions": dimensions,
            "Metrics": metrics,
        }
        line["_aws"] = {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}
    return _ENCODER.encode(line)


def describe_invocation(
    context: Any, environ: Mapping[str, str], *, cold_start: bool
) -> dict[str, Any]:
    """Return the facts of an invocation for its log line.

    They are the request's id where Lambda gave a context, the function's version, and whether this
    is its process's first request.
    """
    request_id = getattr(context, "aws_request_id", None)
    version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    return {
        **({"request_id": request_id} if request_id else {}),
        **({"function_version": version} if version else {}),
        "cold_start": cold_start,
    }
