import json

import pytest

from dropcast.runtime.log_lines import METRICS, describe_invocation, make_line

ENVIRON = {
    "POWERTOOLS_SERVICE_NAME": "dropcast-predict",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=1;Sampled=0",
}


def make(**facts: object) -> dict[str, object]:
    line = make_line(
        "answered",
        level="INFO",
        location="functions/predict",
        environ=ENVIRON,
        seconds=1_714_568_400.0625,
        facts=facts,
    )
    assert "\n" not in line
    read: dict[str, object] = json.loads(line)
    return read


def test_a_line_has_the_fields_of_the_other_functions_lines() -> None:
    assert make(status=200, dataset="ü") == {
        "level": "INFO",
        "location": "functions/predict",
        "message": "answered",
        "timestamp": "2024-05-01 13:00:00,062+0000",
        "service": "dropcast-predict",
        "xray_trace_id": "1-5759e988-bd862e3fe1be46a994272793",
        "status": 200,
        "dataset": "ü",
    }


def test_facts_called_as_metrics_are_metrics_by_dataset() -> None:
    line = make(dataset="songs", requests=1, latency_ms=1.5)
    assert line["_aws"] == {
        "Timestamp": 1_714_568_400_062,
        "CloudWatchMetrics": [
            {
                "Namespace": "Dropcast",
                "Dimensions": [["dataset"]],
                "Metrics": [
                    {"Name": "requests", "Unit": "Count"},
                    {"Name": "latency_ms", "Unit": "Milliseconds"},
                ],
            }
        ],
    }
    assert line["latency_ms"] == 1.5


def test_a_broken_champion_counts_over_all_datasets_too() -> None:
    line = make(dataset="songs", broken_champions=1)
    (directive,) = line["_aws"]["CloudWatchMetrics"]  # type: ignore[index]
    assert directive["Dimensions"] == [["dataset"], []]


def test_every_metric_has_a_unit_of_cloudwatch() -> None:
    assert set(METRICS.values()) <= {"Count", "Milliseconds"}


@pytest.mark.parametrize("text", ['a"b\n{"x": 1}', "\ud800", "\x00\u2028"])
def test_a_text_cannot_break_out_of_its_line(text: str) -> None:
    line = make_line(
        text, level="INFO", location="x", environ={}, seconds=0.0, facts={"asked_for": text}
    )
    assert len(line.encode().splitlines()) == 1
    assert json.loads(line)["asked_for"] == text


def test_an_invocation_is_described_as_far_as_it_is_known() -> None:
    class Context:
        aws_request_id = "request-1"

    assert describe_invocation(Context(), ENVIRON, cold_start=True) == {
        "request_id": "request-1",
        "function_version": "7",
        "cold_start": True,
    }
    assert describe_invocation(None, {}, cold_start=False) == {"cold_start": False}
