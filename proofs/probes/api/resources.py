"""The REST API that probes call: a function behind it, keys, usage plans and own responses."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proofs.probes.lambda_functions import find_arn, make_function, publish_alias
from proofs.probes.target import Response, Target

# The last part of the path says whether it responds as a proxy integration must.
SOURCE = """
import json, time


def handle(event, context):
    last = event["path"].rpartition("/")[2]
    if last == "fail":
        raise ValueError("on purpose")
    if last == "odd":
        return {"no": "status"}
    if last == "slow":
        time.sleep(2)
    if last == "large":
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "x" * 60000}
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-Probe": "yes"},
        "body": json.dumps({"event": event, "arn": context.invoked_function_arn}),
    }
"""
STAGE = "v1"
# API Gateway's name of a response -> the status and the word that the probes' API gives it.
_OWN_RESPONSES = {
    "INVALID_API_KEY": ("403", "key"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "route"),
    "THROTTLED": ("429", "pace"),
    "QUOTA_EXCEEDED": ("429", "quota"),
    "REQUEST_TOO_LARGE": ("413", "large"),
    "INTEGRATION_TIMEOUT": ("504", "late"),
    "DEFAULT_5XX": ("502", "bad"),
}


@dataclass(frozen=True, kw_only=True)
class Api:
    """A deployed API, and a key with its id."""

    id: str
    url: str
    key: str
    key_id: str


def make_api(target: Target) -> Api:
    """Return the run's API.

    Its routes are ``open/{name}`` for all callers, ``closed/{name}`` with a key, ``slow`` with a
    timeout of 100 ms, and ``barred`` whose function the API may not call.
    """
    api = target.client("apigateway")
    function = make_function(target, {"handler.py": SOURCE}, Timeout=10)
    barred = make_function(target, {"handler.py": SOURCE})
    functions = target.client("lambda")
    publish_alias(target, function)
    made = api.create_rest_api(
        name=target.name("api"),
        endpointConfiguration={"types": ["REGIONAL"]},
        minimumCompressionSize=32768,
    )
    api_id = made["id"]
    target.remove_later(api_id, lambda: api.delete_rest_api(restApiId=api_id))
    functions.add_permission(
        FunctionName=function,
        Qualifier="live",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{target.region}:{target.account}:{api_id}/*",
    )
    live = f"{find_arn(target, function)}:live"
    root = made.get("rootResourceId") or _find_root(api, api_id)
    for path, arn, named, more in (
        ("open", live, True, {}),
        ("closed", live, True, {"apiKeyRequired": True}),
        ("slow", live, False, {}),
        ("barred", find_arn(target, barred), False, {}),
    ):
        parent = api.create_resource(restApiId=api_id, parentId=root, pathPart=path)["id"]
        if named:
            parent = api.create_resource(restApiId=api_id, parentId=parent, pathPart="{name}")["id"]
        _add_method(target, api_id, parent, arn, slow=path == "slow", more=more)
    for kind, (status, word) in _OWN_RESPONSES.items():
        api.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            statusCode=status,
            responseParameters={
                "gatewayresponse.header.Content-Type": "'application/problem+json'"
            },
            responseTemplates={
                "application/json": json.dumps({"own": word, "id": "$context.requestId"})
            },
        )
    api.create_deployment(restApiId=api_id, stageName=STAGE)
    url = _find_url(target, api_id)
    target.wait_for(lambda: True if target.fetch(f"{url}/open/one").status == 201 else None)
    key, key_id = make_key(target, api_id, {"rateLimit": 1000, "burstLimit": 1000}, 1000)
    return Api(id=api_id, url=url, key=key, key_id=key_id)


def _add_method(
    target: Target, api_id: str, resource: str, arn: str, *, slow: bool, more: Mapping[str, Any]
) -> None:
    api = target.client("apigateway")
    for method in ("GET", "POST"):
        where = {"restApiId": api_id, "resourceId": resource, "httpMethod": method}
        api.put_method(**where, authorizationType="NONE", **more)
        api.put_integration(
            **where,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{target.region}:lambda:path/2015-03-31/functions/{arn}"
            "/invocations",
            **({"timeoutInMillis": 100} if slow else {}),
        )


def _find_root(api: Any, api_id: str) -> str:
    items = api.get_resources(restApiId=api_id)["items"]
    return str(next(item["id"] for item in items if item["path"] == "/"))


def _find_url(target: Target, api_id: str) -> str:
    if target.endpoint_url is None:
        return f"https://{api_id}.execute-api.{target.region}.amazonaws.com/{STAGE}"
    return f"{target.endpoint_url}/restapis/{api_id}/{STAGE}/_user_request_"


def make_key(
    target: Target, api_id: str, throttle: Mapping[str, int], per_day: int
) -> tuple[str, str]:
    """Return a new key for the API and its id, with a usage plan of its own."""
    api = target.client("apigateway")
    key = api.create_api_key(name=target.name("key"), enabled=True)
    target.remove_later(key["id"], lambda: api.delete_api_key(apiKey=key["id"]))
    plan = api.create_usage_plan(
        name=target.name("plan"),
        throttle=dict(throttle),
        quota={"limit": per_day, "period": "DAY"},
        apiStages=[{"apiId": api_id, "stage": STAGE}],
    )["id"]
    target.remove_later(plan, lambda: _remove_plan(api, plan, api_id))
    api.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    return key["value"], key["id"]


def _remove_plan(api: Any, plan: str, api_id: str) -> None:
    stage = {"op": "remove", "path": "/apiStages", "value": f"{api_id}:{STAGE}"}
    api.update_usage_plan(usagePlanId=plan, patchOperations=[stage])
    api.delete_usage_plan(usagePlanId=plan)


def call_api(target: Target, path: str, *, key: str | None = None, **more: Any) -> Response:
    """Return the API's response; on AWS, once the API and the key are known everywhere."""
    api = target.once(make_api)
    headers = {**more.pop("headers", {}), **({"x-api-key": key} if key else {})}
    for _ in range(30 if target.settles else 1):
        response = target.fetch(f"{api.url}/{path}", headers=headers, **more)
        if not (target.settles and key and response.status == 403):
            break
        time.sleep(2)
    return response


def describe_response(response: Response) -> str:
    """Return a response's status, and which of the API's own responses it is."""
    try:
        document = json.loads(response.body)
    except ValueError:
        document = None
    found = document if isinstance(document, dict) else {}
    kind = response.header("content-type").partition(";")[0]
    own = f"own response {found['own']!r} as {kind}" if "own" in found else "another response"
    identified = found.get("id", "$")[0] != "$"
    return f"{response.status} {own}{', with the id' if identified else ''}"
