"""The API lets in who has a key, at a pace, and says in one shape why not; alarms watch it all."""

import json
import re

import pytest

from tests.infrastructure.template import Template

REFUSALS = {
    "INVALID_API_KEY": 403,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "REQUEST_TOO_LARGE": 413,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
}


def test_there_are_two_methods_and_each_needs_a_key(aws: Template) -> None:
    paths = {i: r["Properties"] for i, r in aws.find("ApiGateway::Resource").items()}
    found = set()
    for method in aws.find("ApiGateway::Method").values():
        properties = method["Properties"]
        leaf = paths[properties["ResourceId"]["Ref"]]
        parent = paths[leaf["ParentId"]["Ref"]]
        found.add((properties["HttpMethod"], f"/{parent['PathPart']}/{leaf['PathPart']}"))
        assert properties["ApiKeyRequired"] is True
        assert properties["Integration"]["Type"] == "AWS_PROXY"
    assert found == {("POST", "/{dataset}/predict"), ("GET", "/{dataset}/model")}


def test_requests_reach_the_live_version_of_the_predict_door(aws: Template) -> None:
    ((alias_id, alias),) = aws.find("Lambda::Alias").items()
    assert alias["Properties"]["Name"] == "live"
    function = alias["Properties"]["FunctionName"]["Ref"]
    assert aws.body["Resources"][function] is aws.find_doors()["predict"]
    for method in aws.find("ApiGateway::Method").values():
        assert f"<{alias_id}>" in aws.render(method["Properties"]["Integration"]["Uri"])


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_a_key_has_a_pace_and_a_quota(templates: dict[str, Template], stage: str) -> None:
    template = templates[stage]
    (plan,) = template.find("ApiGateway::UsagePlan").values()
    assert plan["Properties"]["Throttle"]["RateLimit"] > 0
    assert plan["Properties"]["Throttle"]["BurstLimit"] > 0
    assert plan["Properties"]["Quota"]["Period"] == "DAY"
    assert plan["Properties"]["Quota"]["Limit"] > 0
    (key,) = template.find("ApiGateway::ApiKey")
    (link,) = template.find("ApiGateway::UsagePlanKey").values()
    assert link["Properties"]["KeyId"] == {"Ref": key}
    ((stage_id, deployed),) = template.find("ApiGateway::Stage").items()
    assert plan["Properties"]["ApiStages"][0]["Stage"] == {"Ref": stage_id}
    assert deployed["Properties"]["StageName"] == "v1"


def test_the_access_log_is_json_and_holds_neither_bodies_nor_keys(aws: Template) -> None:
    (stage,) = aws.find("ApiGateway::Stage").values()
    fields = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
    assert fields["requestId"] == "$context.requestId"
    assert {"$context.status"} <= set(fields.values())
    assert not [v for v in fields.values() if re.search(r"body|identity\.apiKey$", str(v))]
    for settings in stage["Properties"].get("MethodSettings", []):
        assert settings.get("DataTraceEnabled", False) is False


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_api_gateway_refuses_itself_is_a_problem_document(aws: Template, kind: str) -> None:
    (response,) = (
        r["Properties"]
        for r in aws.find("ApiGateway::GatewayResponse").values()
        if r["Properties"]["ResponseType"] == kind
    )
    assert response["StatusCode"] == str(REFUSALS[kind])
    template = response["ResponseTemplates"]["application/json"]
    # API Gateway puts a quoted string for messageString and the bare id for requestId.
    body = json.loads(
        template.replace("$context.error.messageString", '"said"').replace(
            "$context.requestId", "an id"
        )
    )
    assert body["type"] == "about:blank"
    assert body["status"] == REFUSALS[kind]
    assert body["instance"] == "an id"
    assert body["title"]
    assert body["detail"]


def test_what_a_person_must_act_on_has_an_alarm(aws: Template) -> None:
    alarms = [alarm["Properties"] for alarm in aws.find("CloudWatch::Alarm").values()]
    watched = {(a["Namespace"], a["MetricName"]) for a in alarms}
    assert watched >= {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/ApiGateway", "5XXError"),
    }
    queues = {
        dimension["Value"]["Fn::GetAtt"][0]
        for a in alarms
        if a["Namespace"] == "AWS/SQS"
        for dimension in a["Dimensions"]
    }
    assert queues == aws.find("SQS::Queue").keys()
    assert [a for a in alarms if a.get("ExtendedStatistic") == "p99"]
    for alarm in alarms:
        assert alarm["AlarmDescription"]
        assert alarm["TreatMissingData"] == "notBreaching"
    assert len(aws.find("CloudWatch::Dashboard")) == 1
