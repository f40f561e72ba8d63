"""``-c name=value``: read as a whole, refused with every problem, and found in the template."""

import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import RemovalPolicy
from aws_cdk.aws_logs import RetentionDays

from cdk.app import list_shared_names
from cdk.settings import SETTINGS, SettingsError, read_settings
from tests.infrastructure.conftest import PROJECT, Copy, Synthesiser
from tests.infrastructure.template import Template, read_template

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222"
EVERYTHING = {
    "name": "Dropcast-dev",
    "data": "delete",
    "log-retention-days": "14",
    "alarms": "none",
    "dashboard": "no",
    "api-metrics": "detailed",
    "tags": "team=data,cost-center=42",
    "kms-key": KEY,
    "domain": "api.example.com",
    "certificate": CERTIFICATE,
    "keys": "1,2",
}


@pytest.fixture(scope="module")
def adapted(synthesiser: Synthesiser, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template of the stage ``aws`` with everything set to what is not the default."""
    folder = tmp_path_factory.mktemp("adapted") / "assembly"
    return synthesiser.synthesise("aws", folder, settings=EVERYTHING)


def test_without_any_setting_the_stage_decides() -> None:
    aws, local = read_settings({}, stage="aws"), read_settings({}, stage="local")
    assert (aws.name, aws.stage.name, local.stage.name) == ("Dropcast", "aws", "local")
    assert aws.stage.data_removal == RemovalPolicy.RETAIN
    assert local.stage.data_removal == RemovalPolicy.DESTROY
    assert (aws.alarms, aws.dashboard, aws.detailed_metrics) == (True, True, False)
    assert (aws.kms_key_arn, aws.domain, dict(aws.tags)) == (None, None, {})
    assert aws.key_generations == ("1",)


def test_what_an_unset_shell_variable_leaves_is_the_default() -> None:
    empty: dict[str, object] = {setting.name: "" for setting in SETTINGS}
    assert read_settings(empty, stage="aws") == read_settings({}, stage="aws")


WRONG = {
    "stage": ["prod", "AWS"],
    "name": ["1st", "under_score", "a" * 101, "dots.too"],
    "data": ["retain", "yes"],
    "log-retention-days": ["0", "8", "thirty", "-1", "1.5"],
    "alarms": ["yes", "All"],
    "dashboard": ["true", "none"],
    "api-metrics": ["all"],
    "tags": ["team", "=data", "a=1,a=2", "aws:x=1", "a=<b>"],
    "kms-key": ["alias/mine", "arn:aws:kms:us-east-1:1:key/x"],
    "domain": ["https://api.example.com", "localhost", "API.example.com", "a..b.com"],
    "certificate": ["arn:aws:iam::123456789012:server-certificate/x"],
    "keys": ["1,1", "1;2", "1,,2", "may-2026", "a" * 21],
}


def test_every_setting_has_values_that_are_refused() -> None:
    assert WRONG.keys() == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_value_that_is_not_accepted_is_refused_with_what_is(name: str, value: str) -> None:
    (accepted,) = (setting.accepted for setting in SETTINGS if setting.name == name)
    with pytest.raises(SettingsError) as refusal:
        read_settings({name: value}, stage="aws")
    assert f"{name}={value}: expected {accepted}" in str(refusal.value)


def test_every_problem_is_reported_at_once() -> None:
    wrong: dict[str, object] = {"alarms": "x", "dashboard": "y", "alarm": "none"}
    with pytest.raises(SettingsError) as refusal:
        read_settings(wrong, stage="aws")
    said = str(refusal.value)
    assert "no setting 'alarm'; did you mean 'alarms'?" in said
    assert "alarms=x" in said
    assert "dashboard=y" in said


@pytest.mark.parametrize(
    "setting", [{"dashboard": False}, {"alarms": False}, {"keys": False}, {"log-retention-days": 0}]
)
def test_a_value_of_json_that_is_not_accepted_is_no_default(setting: dict[str, object]) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(SettingsError, match=f"{name}={value}: expected"):
        read_settings(setting, stage="aws")


def test_numbers_of_json_are_taken_as_they_are_typed() -> None:
    given: dict[str, object] = {"log-retention-days": 14, "keys": 2}
    settings = read_settings(given, stage="aws")
    assert settings.stage.log_retention == RetentionDays.TWO_WEEKS
    assert settings.key_generations == ("2",)


def test_a_name_that_all_apps_of_a_person_share_is_not_taken_for_a_misspelling(
    tmp_path: Path,
) -> None:
    (tmp_path / ".cdk.json").write_text('{"context": {"alarm": "of another app"}}')
    shared = list_shared_names({"HOME": str(tmp_path)})
    context: dict[str, object] = {"alarm": "of another app"}
    assert read_settings(context, stage="aws", shared=shared) == read_settings({}, stage="aws")
    (tmp_path / ".cdk.json").write_text("not json")
    assert list_shared_names({"HOME": str(tmp_path)}) == frozenset()
    with pytest.raises(SettingsError, match="did you mean 'alarms'"):
        read_settings(context, stage="aws")


@pytest.mark.parametrize("lone", [{"domain": "api.example.com"}, {"certificate": CERTIFICATE}])
def test_a_domain_without_a_certificate_is_refused_and_the_other_way_round(
    lone: dict[str, object],
) -> None:
    with pytest.raises(SettingsError, match="domain and certificate go together"):
        read_settings(lone, stage="aws")


@pytest.mark.parametrize(
    "name", ["@aws-cdk/core:checkSecretUsage", "aws:cdk:version-reporting", "acknowledged-issues"]
)
def test_names_that_are_not_ours_are_left_alone(name: str) -> None:
    assert read_settings({name: True}, stage="aws") == read_settings({}, stage="aws")


def test_the_table_in_the_docs_is_the_table_in_the_code() -> None:
    text = (PROJECT / "docs/deployment.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
    documented = {name: default.strip().strip("`") for name, default, _ in rows}
    assert documented.keys() == {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        if setting.default:
            assert documented[setting.name] == setting.default


def list_kinds(template: Template) -> set[str]:
    return {resource["Type"] for resource in template.body["Resources"].values()}


def test_the_name_is_the_stacks_and_keeps_its_metrics_apart(
    aws: Template, adapted: Template
) -> None:
    assert [path.name for path in adapted.folder.glob("*.template.json")] == [
        "Dropcast-dev.template.json"
    ]
    (api,) = adapted.find("ApiGateway::RestApi").values()
    assert api["Properties"]["Name"] == "Dropcast-dev"
    (other,) = aws.find("ApiGateway::RestApi").values()
    assert other["Properties"]["Name"] == "Dropcast"
    variables = adapted.find_functions()["predict"]["Properties"]["Environment"]["Variables"]
    assert variables["DROPCAST_METRICS_NAMESPACE"] == "Dropcast-dev"


def test_data_goes_with_the_stack_where_that_is_set_and_logs_stay_as_long_as_set(
    adapted: Template,
) -> None:
    buckets = adapted.find("S3::Bucket").values()
    assert {bucket["DeletionPolicy"] for bucket in buckets} == {"Delete"}
    # What API Gateway writes logs by is the account's, and another stack may need it.
    (role,) = (r for i, r in adapted.find("IAM::Role").items() if "CloudWatchRole" in i)
    assert role["DeletionPolicy"] == "Retain"
    groups = adapted.find("Logs::LogGroup").values()
    assert {group["Properties"]["RetentionInDays"] for group in groups} == {14}


def test_alarms_and_the_dashboard_can_be_left_out(aws: Template, adapted: Template) -> None:
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"):
        assert kind in list_kinds(aws)
        assert kind not in list_kinds(adapted)
    assert "DashboardName" not in adapted.body["Outputs"]


def test_metrics_of_each_route_are_kept_only_where_that_is_set(
    aws: Template, adapted: Template
) -> None:
    for template, is_detailed in ((aws, False), (adapted, True)):
        (stage,) = template.find("ApiGateway::Stage").values()
        settings = stage["Properties"]["MethodSettings"]
        assert {bool(one.get("MetricsEnabled")) for one in settings} == {is_detailed}


def test_every_resource_that_can_have_tags_has_those_that_are_set(adapted: Template) -> None:
    wanted = {("team", "data"), ("cost-center", "42")}
    for kind in ("S3::Bucket", "Lambda::Function", "StepFunctions::StateMachine", "SQS::Queue"):
        for resource in adapted.find(kind).values():
            found = {(tag["Key"], tag["Value"]) for tag in resource["Properties"]["Tags"]}
            assert found >= wanted, kind


def test_the_customers_key_encrypts_every_bucket_and_serves_whom_the_buckets_serve(
    aws: Template, adapted: Template
) -> None:
    for bucket in adapted.find("S3::Bucket").values():
        (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": KEY,
        }
        assert rule["BucketKeyEnabled"] is True
    for name, function in adapted.find_functions().items():
        statements = adapted.list_statements(function["Properties"]["Role"])
        may = {one.action for one in statements if one.resource == KEY}
        does = {one.action for one in statements if one.action.startswith("s3:")}
        assert ("kms:GenerateDataKey" in may) == ("s3:PutObject" in does), name
        reads = does & {"s3:GetObject", "s3:GetObjectVersion", "s3:AbortMultipartUpload"}
        assert ("kms:Decrypt" in may) == bool(reads), name
        assert may <= {"kms:Decrypt", "kms:GenerateDataKey"}
    assert "kms" not in str(aws.body)


def test_the_key_is_used_through_s3_alone(adapted: Template) -> None:
    found: list[Any] = [
        statement
        for policy in adapted.find("IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "kms:" in str(statement["Action"])
    ]
    assert found
    for statement in found:
        (service,) = statement["Condition"]["StringEquals"].values()
        assert "s3." in str(service)


def test_a_domain_answers_under_the_path_of_the_api_itself(
    aws: Template, adapted: Template
) -> None:
    (domain,) = adapted.find("ApiGateway::DomainName").values()
    assert domain["Properties"]["DomainName"] == "api.example.com"
    assert domain["Properties"]["RegionalCertificateArn"] == CERTIFICATE
    assert domain["Properties"]["SecurityPolicy"] == "TLS_1_2"
    (mapping,) = adapted.find("ApiGateway::BasePathMapping").values()
    assert mapping["Properties"]["BasePath"] == "v1"
    outputs = adapted.body["Outputs"]
    assert outputs["ApiDomainUrl"]["Value"] == "https://api.example.com/v1"
    assert {"ApiDomainTarget", "ApiDomainZoneId"} <= outputs.keys()
    assert "AWS::ApiGateway::DomainName" not in list_kinds(aws)


def test_the_api_url_has_no_slash_at_its_end(aws: Template) -> None:
    parts = aws.body["Outputs"]["ApiUrl"]["Value"]["Fn::Join"][1]
    assert isinstance(parts[-1], dict) or not str(parts[-1]).endswith("/")


def test_the_shell_decides_the_stage_where_the_context_has_none(copy: Copy, tmp_path: Path) -> None:
    here = {"AWS_ENDPOINT_URL": "http://localhost:4566"}
    finished = copy.run_app(None, tmp_path / "assembly", variables=here)
    assert finished.returncode == 0, finished.stderr
    template = read_template(tmp_path / "assembly")
    buckets = template.find("S3::Bucket").values()
    assert {bucket["DeletionPolicy"] for bucket in buckets} == {"Delete"}


def test_a_stage_for_another_cloud_is_one_sentence_and_no_template(
    copy: Copy, tmp_path: Path
) -> None:
    here = {"AWS_ENDPOINT_URL": "http://localhost:4566"}
    finished = copy.run_app("aws", tmp_path / "assembly", variables=here)
    assert finished.returncode == 1
    assert "stage 'aws' is for AWS" in finished.stderr
    assert "AWS_ENDPOINT_URL=http://localhost:4566" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not list((tmp_path / "assembly").glob("*.template.json"))
