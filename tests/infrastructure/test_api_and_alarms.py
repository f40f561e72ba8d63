"""The API lets in who has a key, at a pace, and says in one shape why not; alarms watch it all."""

import json
import re
from collections.abc import Collection
from typing import Any

import pytest

from dropcast.contracts.environment import METRICS_NAMESPACE
from dropcast.contracts.errors import PHRASES
from dropcast.openapi.routes import PROBLEMS
from dropcast.runtime.log_lines import METRICS, NAMESPACE
from functions.predict import catalogue, handler, rollback, uploads
from tests.infrastructure.template import Template

# What API Gateway answers by itself -> the status, and words that its detail must have.
REFUSALS = {
    "BAD_REQUEST_PARAMETERS": (400, "a part of the path is empty"),
    "INVALID_API_KEY": (403, "send yours as the header x-api-key"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "no such route; GET /v1/docs lists them"),
    "RESOURCE_NOT_FOUND": (404, "no such route; GET /v1/docs lists them"),
    "REQUEST_TOO_LARGE": (413, "at most 1,048,576 bytes"),
    "THROTTLED": (429, "wait a second and try again"),
    "QUOTA_EXCEEDED": (429, "try again tomorrow"),
    "INTEGRATION_FAILURE": (504, "was not reached; try again"),
    "INTEGRATION_TIMEOUT": (504, "with fewer rows"),
    "DEFAULT_4XX": (400, "GET /v1/docs shows what each route takes"),
    "DEFAULT_5XX": (502, "try again"),
}


# (method, path) -> the function that answers. The open ones are asked without a key.
FUNCTION_BY_ROUTE = {
    ("POST", "/{dataset}/predict"): "predict",
    ("POST", "/{dataset}/uploads"): "uploads",
    ("POST", "/{dataset}/rollback"): "rollback",
    ("GET", "/datasets"): "catalogue",
    ("GET", "/{dataset}"): "catalogue",
    ("GET", "/{dataset}/model"): "catalogue",
    ("GET", "/{dataset}/versions"): "catalogue",
    ("GET", "/openapi.json"): "catalogue",
    ("GET", "/docs"): "catalogue",
    ("GET", "/docs/{file}"): "catalogue",
}
OPEN = {("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/{file}")}


def list_methods(template: Template) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the methods' properties by what is asked."""
    resources = {i: r["Properties"] for i, r in template.find("ApiGateway::Resource").items()}

    def find_path(resource: str) -> str:
        place = resources.get(resource)
        return f"{find_path(place['ParentId'].get('Ref', ''))}/{place['PathPart']}" if place else ""

    methods = [r["Properties"] for r in template.find("ApiGateway::Method").values()]
    return {(m["HttpMethod"], find_path(m["ResourceId"]["Ref"])): m for m in methods}


def test_every_route_needs_a_key_but_the_api_document_and_its_page(aws: Template) -> None:
    methods = list_methods(aws)
    assert methods.keys() == FUNCTION_BY_ROUTE.keys()
    assert {route for route, m in methods.items() if m["ApiKeyRequired"] is not True} == OPEN
    for (_, path), method in methods.items():
        assert method["Integration"]["Type"] == "AWS_PROXY"
        fields = {f"method.request.path.{name}" for name in re.findall(r"{(\w+)}", path)}
        assert method.get("RequestParameters", {}).keys() == fields


def test_each_route_reaches_its_function_and_predictions_its_live_version(aws: Template) -> None:
    ((alias_id, alias),) = aws.find("Lambda::Alias").items()
    assert alias["Properties"]["Name"] == "live"
    function = alias["Properties"]["FunctionName"]["Ref"]
    assert aws.body["Resources"][function] is aws.find_functions()["predict"]
    ids = {id(r): i for i, r in aws.find("Lambda::Function").items()}
    targets = {name: f"<{ids[id(r)]}.Arn>" for name, r in aws.find_functions().items()}
    targets["predict"] = f"<{alias_id}>"
    for route, method in list_methods(aws).items():
        assert targets[FUNCTION_BY_ROUTE[route]] in aws.render(method["Integration"]["Uri"]), route


def test_the_code_of_each_function_answers_the_routes_that_reach_it() -> None:
    answered: dict[str, Collection[tuple[str, str]]] = {
        "predict": handler.ROUTES,
        "catalogue": catalogue.ROUTES,
        "uploads": uploads.ROUTES,
        "rollback": rollback.ROUTES,
    }
    for route, function in FUNCTION_BY_ROUTE.items():
        assert route in answered[function]


def test_the_pages_scripts_are_compressed_and_a_prediction_is_not(aws: Template) -> None:
    (api,) = aws.find("ApiGateway::RestApi").values()
    assert 10_000 < api["Properties"]["MinimumCompressionSize"] < 100_000
    assert "BinaryMediaTypes" not in api["Properties"]


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
    status, words = REFUSALS[kind]
    header = "gatewayresponse.header.Content-Type"
    assert response["ResponseParameters"] == {header: "'application/problem+json'"}
    assert response["StatusCode"] == str(status)
    template = response["ResponseTemplates"]["application/json"]
    assert template.count("$") == 1
    body = json.loads(template.replace("$context.requestId", "an id"))
    assert {**body, "detail": ""} == {
        "type": "about:blank",
        "title": PHRASES[status],
        "status": status,
        "detail": "",
        "instance": "an id",
    }
    assert words in body["detail"]
    assert status in PROBLEMS


def test_every_answer_of_api_gateway_itself_is_tested(aws: Template) -> None:
    found = aws.find("ApiGateway::GatewayResponse").values()
    assert {r["Properties"]["ResponseType"] for r in found} == REFUSALS.keys()


def test_each_route_without_a_key_has_a_pace_of_its_own(aws: Template) -> None:
    (stage,) = aws.find("ApiGateway::Stage").values()
    settings = {
        # CloudFormation wants a slash before, and each slash of the path as ~1.
        (s["HttpMethod"], s["ResourcePath"].removeprefix("/").replace("~1", "/")): s
        for s in stage["Properties"]["MethodSettings"]
    }
    everywhere = settings.pop(("*", "*"))
    assert settings.keys() == OPEN
    for own in settings.values():
        assert 0 < own["ThrottlingRateLimit"] < everywhere["ThrottlingRateLimit"]
        # A visit of the page is five requests.
        assert 5 <= own["ThrottlingBurstLimit"] <= everywhere["ThrottlingBurstLimit"]
        # Its own settings take the place of those of all routes, and do not add to them.
        assert own["LoggingLevel"] == "OFF"


def test_metrics_of_single_methods_are_off_and_nothing_reads_them(aws: Template) -> None:
    (stage,) = aws.find("ApiGateway::Stage").values()
    assert all(s["MetricsEnabled"] is False for s in stage["Properties"]["MethodSettings"])
    watched = [
        {dimension["Name"] for dimension in alarm["Properties"]["Dimensions"]}
        for alarm in aws.find("CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/ApiGateway"
    ]
    # Those of the whole API are free and always there.
    assert watched == [{"ApiName"}]
    (dashboard,) = aws.find("CloudWatch::Dashboard").values()
    _, parts = dashboard["Properties"]["DashboardBody"]["Fn::Join"]
    shown = "".join(part for part in parts if isinstance(part, str))
    assert shown.count('"AWS/ApiGateway"') == shown.count('"ApiName"') == 3
    assert not [name for name in ("Method", "Resource", "Stage") if f'"{name}"' in shown]


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
    (broken,) = (a for a in alarms if a["MetricName"] == "broken_champions")
    assert (broken["Namespace"], broken.get("Dimensions", [])) == (NAMESPACE, [])
    variables = aws.find_functions()["predict"]["Properties"]["Environment"]["Variables"]
    assert variables[METRICS_NAMESPACE] == NAMESPACE
    assert broken["MetricName"] in METRICS
    for alarm in alarms:
        assert alarm["AlarmDescription"]
        assert alarm["TreatMissingData"] == "notBreaching"
    assert len(aws.find("CloudWatch::Dashboard")) == 1
