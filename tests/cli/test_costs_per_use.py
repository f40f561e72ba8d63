"""A drop, a run and predictions, by hand."""

from typing import Any

import pytest

from operations.pricing.per_use import (
    DatasetUse,
    FunctionSize,
    FunctionUse,
    Measured,
    RunUse,
    bill_milliseconds,
    count_run_gb_seconds,
    price_drop,
    price_run,
    read_sizes,
)
from operations.pricing.predictions import (
    FigureMissingError,
    list_prediction_items,
    price_detailed_metrics,
    price_gigabyte_of_csv,
    price_metrics_of_a_dataset,
)

GB_SECOND = 0.0000133334
SIZES = {
    "ingest": FunctionSize(memory_mib=2048, disk_mib=512 + 1024, timeout_seconds=900),
    "features": FunctionSize(memory_mib=2048, disk_mib=512, timeout_seconds=900),
    "split": FunctionSize(memory_mib=2048, disk_mib=512, timeout_seconds=300),
    "trial": FunctionSize(memory_mib=3072, disk_mib=512, timeout_seconds=900),
    "register": FunctionSize(memory_mib=512, disk_mib=512, timeout_seconds=180),
}


def use(function: str, *milliseconds: int, writes: int = 0, reads: int = 0) -> FunctionUse:
    return FunctionUse(
        function=function,
        milliseconds=milliseconds,
        log_bytes=1_000,
        s3_writes=writes,
        s3_reads=reads,
        s3_events=writes,
    )


USED = DatasetUse(
    dataset="songs",
    sample_bytes=1_000,
    functions=(
        use("ingest", 1_000, writes=2, reads=3),
        use("features", 500),
        use("split", 3_000),
        use("trial", 4_000, 2_000, reads=2),
        use("register", 100),
    ),
    run=RunUse(transitions=20, history=50, first_round=5),
)


def test_a_drop_costs_its_functions_their_disk_and_the_requests() -> None:
    costs = price_drop(USED, SIZES)
    # 1.5 s of 2 GB, and a second of one GB of disk more than is free.
    assert costs.compute == pytest.approx(3 * GB_SECOND + 0.0000000309)
    assert costs.invocations == pytest.approx(2 * 0.0000002)
    # The file itself is a PUT and an event too.
    assert costs.s3 == pytest.approx(3 * 0.000005 + 3 * 0.0000004 + 3 * 0.000001)
    assert costs.logs == pytest.approx(2_000 / 1e9 * 0.5)
    assert costs.transitions == costs.traces == costs.cold_starts == 0
    assert costs.total == pytest.approx(costs.compute + costs.invocations + costs.s3 + costs.logs)


def test_a_run_costs_its_functions_its_transitions_and_a_trace() -> None:
    costs = price_run(USED, SIZES, cores=2)
    # 512 MiB are less than a third of a core: 100 ms become 346.
    gb_seconds = 3 * 2 + 6 * 3 + 0.346 * 0.5
    assert count_run_gb_seconds(USED, SIZES) == pytest.approx(gb_seconds)
    assert costs.compute == pytest.approx(gb_seconds * GB_SECOND)
    # Three of the first round's five trials found a warm process, which Lambda has to start.
    assert costs.cold_starts == pytest.approx(3 * 3 * 3 * GB_SECOND)
    assert costs.transitions == pytest.approx(20 * 0.000025)
    assert costs.traces == pytest.approx(0.000005)
    assert costs.s3 == pytest.approx(2 * 0.0000004)
    assert costs.logs == pytest.approx((4 * 1_000 - 1_000 + 50 * 600) / 1e9 * 0.5)


def test_where_all_trials_ran_side_by_side_no_cold_start_is_added() -> None:
    assert price_run(USED, SIZES, cores=8).cold_starts == 0


def test_a_reference_table_trains_nothing() -> None:
    table = DatasetUse(dataset="t", sample_bytes=1, functions=USED.functions[:2], run=None)
    assert price_run(table, SIZES, cores=2).total == 0


def test_more_than_a_core_makes_nothing_faster_and_less_makes_it_slower() -> None:
    assert bill_milliseconds(100, 10_240) == 100
    assert bill_milliseconds(100, 1769 // 2) == 201


def make_template() -> dict[str, Any]:
    method = {"Type": "AWS::ApiGateway::Method", "Properties": {}}
    return {
        "Resources": {
            "Trial": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "MemorySize": 3008,
                    "EphemeralStorage": {"Size": 512},
                    "Timeout": 900,
                    "Environment": {"Variables": {"POWERTOOLS_SERVICE_NAME": "dropcast-trial"}},
                },
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"AccessLogSetting": {"Format": "x" * 400}},
            },
            "One": method,
            "Two": method,
        }
    }


def test_the_sizes_of_functions_are_the_templates() -> None:
    assert read_sizes(make_template()) == {
        "trial": FunctionSize(memory_mib=3008, disk_mib=512, timeout_seconds=900)
    }


def measured() -> Measured:
    return Measured(
        day="2026-11-30",
        machine="a machine",
        cores=2,
        asset_bytes=0,
        answer_bytes=1_000,
        platform_log_bytes=200,
        datasets=(),
    )


def test_a_thousand_predictions_are_the_benchmarks_and_what_they_leave_out() -> None:
    start = "a million predictions of one row, 1,024 MiB: "
    figures = [
        {"what": f"{start}Lambda compute", "samples": [0.02, 0.03, 0.07]},
        {"what": f"{start}API Gateway, REST", "samples": [3.5]},
        {"what": f"{start}all", "samples": [3.53]},
        {"what": "something else", "samples": [1.0]},
    ]
    items = {
        name: usd for name, usd, _ in list_prediction_items(make_template(), measured(), figures)
    }
    assert items == {
        "Lambda compute": pytest.approx(0.00003),
        "API Gateway, REST": pytest.approx(0.0035),
        "CloudWatch Logs, Lambda's own lines": pytest.approx(0.0001),
        "CloudWatch Logs, API Gateway's access log": pytest.approx(0.0002),
        "the answers, to the internet": pytest.approx(0.00009),
    }


def test_reading_a_gigabyte_costs_its_processor_seconds_on_the_cores_it_has() -> None:
    figures = [
        {"what": "CSV of 100 MB, of which: read it", "samples": [0.5]},
        {"what": "CSV of 100 MB, of which: parse it", "samples": [1.0, 1.5, 9.0]},
        {"what": "CSV of 100 MB, Arrow's own: parse", "samples": [5.0]},
    ]
    # 20 processor seconds a GB on 2,048 / 1,769 of a core, at 2 GB.
    expected = 20 * 1769 / 2048 * 2 * GB_SECOND
    assert price_gigabyte_of_csv(figures, memory_mib=2048) == pytest.approx(expected)


def test_benchmarks_without_these_figures_are_refused() -> None:
    with pytest.raises(FigureMissingError, match="no costs of predictions"):
        list_prediction_items(make_template(), measured(), [])
    with pytest.raises(FigureMissingError, match="no seconds of ingest"):
        price_gigabyte_of_csv([], memory_mib=2048)


def test_three_metrics_of_a_dataset_and_five_of_a_method_are_billed() -> None:
    assert price_metrics_of_a_dataset() == pytest.approx(0.90)
    assert price_detailed_metrics(make_template()) == pytest.approx(2 * 5 * 0.30)
