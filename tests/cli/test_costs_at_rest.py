"""A month at rest, by hand: what is free, what is not, and what has no price."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import make_app
from dropcast.recipes import RECIPES
from operations.pricing.assets import measure_assets
from operations.pricing.at_rest import leave_out, list_lines, sum_usd
from operations.pricing.page import PageMarkError, replace_blocks
from operations.pricing.per_use import DROP_FUNCTIONS, TRAINING_FUNCTIONS
from operations.pricing.prices import PRICES
from operations.pricing.published import NoTemplateError, measure_known_assets, read_assembly
from operations.pricing.resource_types import UnpricedResourceError

ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 300, "MetricName": "Errors"}}
KEY = {"Type": "AWS::KMS::Key", "Properties": {}}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {}}


def make_template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": resources}


def make_alarm(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def make_dashboard(metrics: int) -> dict[str, Any]:
    widgets = [{"type": "metric", "properties": {"metrics": [["AWS/Lambda", "Errors"]] * metrics}}]
    body = json.dumps({"widgets": [*widgets, {"type": "text", "properties": {"markdown": "#"}}]})
    # As CloudFormation joins it, with the region put in between.
    parts = [body[:-1], ', "region": "', {"Ref": "AWS::Region"}, '"}']
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardBody": {"Fn::Join": ["", parts]}},
    }


def make_function(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "MemorySize": 1024,
            "EphemeralStorage": {"Size": 512},
            "Timeout": 60,
            "Environment": {"Variables": {"POWERTOOLS_SERVICE_NAME": f"dropcast-{name}"}},
        },
    }


def cost(template: dict[str, Any]) -> tuple[float, float]:
    """Return a month's US dollars with the account's free units left, and without."""
    lines = list_lines(template, asset_bytes=0)
    return sum_usd(lines, free_left=True), sum_usd(lines, free_left=False)


def test_ten_alarms_are_free_and_the_eleventh_is_not() -> None:
    ten = {f"Alarm{i}": ALARM for i in range(10)}
    assert cost(make_template(**ten)) == pytest.approx((0, 1.00))
    assert cost(make_template(**ten, Eleventh=ALARM)) == pytest.approx((0.10, 1.10))


def test_an_alarm_costs_by_the_metrics_it_refers_to() -> None:
    stat = {"MetricStat": {"Period": 300, "Stat": "Sum", "Metric": {}}}
    ratio = make_alarm(Metrics=[{"Id": "e", "Expression": "a / b"}, stat, stat])
    assert cost(make_template(**{f"Ratio{i}": ratio for i in range(6)})) == pytest.approx(
        (0.20, 1.20)
    )


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        (make_alarm(Period=10, MetricName="Errors"), "high resolution"),
        (make_alarm(Metrics=[{"MetricStat": {"Period": 30}}]), "high resolution"),
        (make_alarm(Metrics=[{"Expression": "SELECT MAX(x) FROM y"}]), "by what it finds"),
        (make_alarm(Metrics=[{"Expression": "ANOMALY_DETECTION_BAND(m)"}]), "by what it finds"),
    ],
)
def test_an_alarm_that_is_billed_otherwise_is_not_counted_as_a_usual_one(
    alarm: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnpricedResourceError, match=f"Odd: .*{words}"):
        list_lines(make_template(Odd=alarm), asset_bytes=0)


def test_three_small_dashboards_are_free_and_a_large_one_never_is() -> None:
    small = {f"Small{i}": make_dashboard(50) for i in range(3)}
    assert cost(make_template(**small)) == pytest.approx((0, 9.00))
    assert cost(make_template(**small, Fourth=make_dashboard(1))) == pytest.approx((3.00, 12.00))
    assert cost(make_template(Large=make_dashboard(51))) == pytest.approx((3.00, 3.00))


def test_a_key_costs_a_dollar_in_every_account() -> None:
    assert cost(make_template(Key=KEY, Role=ROLE)) == pytest.approx((1.00, 1.00))


def test_deployed_code_costs_by_its_size_and_counts_on_no_first_year() -> None:
    lines = list_lines(make_template(Role=ROLE), asset_bytes=2_000_000_000)
    assert sum_usd(lines, free_left=True) == pytest.approx(0.046)


def test_buckets_and_logs_cost_by_a_size_that_no_template_knows() -> None:
    lines = list_lines(
        make_template(B={"Type": "AWS::S3::Bucket"}, L={"Type": "AWS::Logs::LogGroup"}),
        asset_bytes=0,
    )
    assert [line.price.usd for line in lines if line.price] == [0.03, 0.023, 0.023]
    assert sum_usd(lines, free_left=False) == 0


def test_all_resources_without_a_price_are_named_at_once() -> None:
    template = make_template(
        Gateway={"Type": "AWS::EC2::NatGateway"},
        Cached={"Type": "AWS::ApiGateway::Stage", "Properties": {"CacheClusterEnabled": True}},
        Tick={"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}},
        Role=ROLE,
    )
    with pytest.raises(UnpricedResourceError) as refused:
        list_lines(template, asset_bytes=0)
    assert str(refused.value).splitlines()[1:] == [
        "- AWS::ApiGateway::Stage Cached: CacheClusterEnabled bills at rest",
        "- AWS::EC2::NatGateway (Gateway): no entry",
        "- AWS::Events::Rule Tick: ScheduleExpression bills at rest",
    ]


def test_what_an_option_leaves_out_costs_nothing() -> None:
    template = make_template(Alarm=ALARM, Key=KEY)
    assert cost(dict(leave_out(template, ["AWS::CloudWatch::Alarm"]))) == (1.00, 1.00)


def test_every_price_is_of_a_page_of_aws_and_has_a_name_of_its_own() -> None:
    assert len({price.name for price in PRICES}) == len(PRICES)
    for price in PRICES:
        assert price.usd > 0
        assert price.page.title
        assert price.page.url.startswith("https://aws.amazon.com/")
        assert bool(price.free) == bool(price.free_lasts)


def write_assembly(folder: Path, template: dict[str, Any]) -> Path:
    """Write an assembly whose assets are a folder of 100 kB of zeros and a file of 50 bytes."""
    (folder / "asset.a").mkdir(parents=True)
    (folder / "asset.a/zeros").write_bytes(bytes(100_000))
    (folder / "asset.b.json").write_bytes(bytes(50))
    files = {
        "a": {"source": {"path": "asset.a", "packaging": "zip"}},
        "b": {"source": {"path": "asset.b.json", "packaging": "file"}},
    }
    (folder / "Stack.assets.json").write_text(json.dumps({"files": files}))
    (folder / "Stack.template.json").write_text(json.dumps(template))
    return folder


def test_assets_count_as_they_are_zipped_and_are_zipped_once(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path / "assembly", make_template(Role=ROLE))
    known: dict[str, int] = {}
    size = measure_assets(folder, known)
    assert 50 + 100 < size < 50 + 1_000
    assert known == {"a": size - 50, "b": 50}
    assert measure_assets(folder, {"a": 7, "b": 50}) == 57
    sizes = tmp_path / "build/sizes.json"
    assert measure_known_assets(folder, sizes) == size
    assert json.loads(sizes.read_text()) == known


def test_the_command_counts_an_assembly_that_it_is_given(tmp_path: Path) -> None:
    functions = {name: make_function(name) for name in (*DROP_FUNCTIONS, *TRAINING_FUNCTIONS)}
    folder = write_assembly(tmp_path / "assembly", make_template(Key=KEY, **functions))
    answer = CliRunner().invoke(make_app(), ["costs", "--assembly", str(folder)])
    assert answer.exit_code == 0, answer.output
    cells = [[cell.strip() for cell in line.split("│")] for line in answer.output.splitlines()]
    assert ["KMS Key", "1", "1.00", "1.00"] in [row[1:5] for row in cells]
    measured = [row[1] for row in cells if len(row) == 5]
    assert {"police_stations", *RECIPES} <= set(measured)


def test_a_folder_without_one_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoTemplateError, match="holds 0 templates"):
        read_assembly(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [["--stage", "prod"], ["--write", "--stage", "local"], ["--write", "--assembly", "x"]],
)
def test_the_command_refuses_what_it_cannot_count(arguments: list[str]) -> None:
    answer = CliRunner().invoke(make_app(), ["costs", *arguments])
    assert isinstance(answer.exception, NoTemplateError)


def test_a_page_that_lacks_a_place_is_refused() -> None:
    with pytest.raises(PageMarkError, match="costs:a"):
        replace_blocks("no place", {"a": "text"})


def test_a_page_with_a_place_that_nothing_fills_is_refused() -> None:
    page = "<!-- costs:a --><!-- /costs:a --><!-- costs:b -->"
    with pytest.raises(PageMarkError, match="nothing generates b"):
        replace_blocks(page, {"a": "text"})
