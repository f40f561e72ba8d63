"""What the stack costs at rest is known for every resource, and the page says it."""

import copy as copying
import json
from pathlib import Path
from typing import Any

import pytest

from dropcast.recipes import RECIPES, list_references
from operations.pricing.at_rest import list_lines, sum_usd
from operations.pricing.page import OPTIONS, render_blocks, replace_blocks
from operations.pricing.per_use import DROP_FUNCTIONS, TRAINING_FUNCTIONS, read_sizes
from operations.pricing.published import BENCHMARKS, PAGE, read_measured
from operations.pricing.resource_types import UnpricedResourceError, count_dashboard_metrics
from tests.infrastructure.conftest import Synthesiser
from tests.infrastructure.template import Template


def add(template: Template, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the template's body with one more resource."""
    body = copying.deepcopy(template.body)
    body["Resources"]["Added"] = {"Type": kind, "Properties": properties}
    return body


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_every_resource_says_what_it_costs_at_rest(
    templates: dict[str, Template], stage: str
) -> None:
    body = templates[stage].body
    lines = list_lines(body, asset_bytes=0)
    assert sum(line.resources for line in lines[:-1]) == len(body["Resources"])
    assert all(line.why for line in lines)


def test_a_resource_of_a_type_without_a_price_stops_the_count(aws: Template) -> None:
    body = add(aws, "AWS::EC2::NatGateway", {})
    with pytest.raises(UnpricedResourceError, match=r"AWS::EC2::NatGateway \(Added\): no entry"):
        list_lines(body, asset_bytes=0)


def test_a_setting_that_bills_at_rest_stops_the_count(aws: Template) -> None:
    body = add(aws, "AWS::Lambda::Alias", {"ProvisionedConcurrencyConfig": {"Executions": 1}})
    with pytest.raises(
        UnpricedResourceError, match="Alias Added: ProvisionedConcurrencyConfig bills at rest"
    ):
        list_lines(body, asset_bytes=0)


def test_the_page_of_costs_is_that_of_this_template_and_these_prices(aws: Template) -> None:
    blocks = render_blocks(aws.body, read_measured(), json.loads(BENCHMARKS.read_text()))
    page = PAGE.read_text()
    assert replace_blocks(page, blocks) == page, "run `dropcast costs --write`"


def test_the_page_would_not_be_that_of_a_template_with_one_alarm_more(aws: Template) -> None:
    body = add(aws, "AWS::CloudWatch::Alarm", {"Period": 300, "MetricName": "Errors"})
    blocks = render_blocks(body, read_measured(), json.loads(BENCHMARKS.read_text()))
    page = PAGE.read_text()
    assert replace_blocks(page, blocks) != page


def test_every_dataset_and_every_function_of_its_way_was_measured(aws: Template) -> None:
    measured = read_measured()
    sizes = read_sizes(aws.body)
    assert {*DROP_FUNCTIONS, *TRAINING_FUNCTIONS} < sizes.keys()
    assert {used.dataset for used in measured.datasets} == {*RECIPES, *list_references()}
    for used in measured.datasets:
        functions = {one.function: one for one in used.functions}
        trained = TRAINING_FUNCTIONS if used.dataset in RECIPES else ()
        assert functions.keys() == {*DROP_FUNCTIONS, *trained}, used.dataset
        assert (used.run is not None) == bool(trained)
        if used.run is not None:
            assert 0 < used.run.first_round <= len(functions["trial"].milliseconds)


def test_the_dashboard_is_small_enough_to_be_free(aws: Template) -> None:
    (dashboard,) = aws.find("CloudWatch::Dashboard").values()
    assert 10 < count_dashboard_metrics(dashboard["Properties"]) <= 50


def test_what_watches_can_be_left_out_and_methods_can_be_measured(
    synthesiser: Synthesiser, tmp_path: Path, aws: Template
) -> None:
    settings = {"alarms": "none", "dashboard": "no", "api-metrics": "detailed"}
    found = synthesiser.synthesise("aws", tmp_path / "assembly", settings=settings)
    assert not found.find("CloudWatch::Alarm")
    assert not found.find("CloudWatch::Dashboard")
    assert "DashboardName" not in found.body["Outputs"]
    left = {i for i, r in aws.body["Resources"].items() if "CloudWatch" not in r["Type"]}
    assert found.body["Resources"].keys() == left
    (stage,) = found.find("ApiGateway::Stage").values()
    assert all(s["MetricsEnabled"] is True for s in stage["Properties"]["MethodSettings"])
    lines = list_lines(found.body, asset_bytes=0)
    assert sum_usd(lines, free_left=True) == sum_usd(lines, free_left=False) == 0
    assert {kind for kinds in OPTIONS.values() for kind in kinds} == {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
    }
