"""Every API key, and callers without one, on every route of the deployed stack."""

import json
import re
import time
import urllib.error
import urllib.request

import pytest

from cdk.api.routes import ROUTES, Route
from dropcast.contracts.api_keys import API_KEYS
from operations.stacks import DeployedStack
from tests.e2e.conftest import DATASET, IS_STRICT

pytestmark = pytest.mark.e2e

BODIES: dict[str, object] = {"/{dataset}/uploads": {"name": "keys.csv", "size": 3}}
STRANGERS = {"no key": None, "an empty key": "", "an unknown key": "0" * 40}


def call(stack: DeployedStack, route: Route, key: str | None) -> tuple[int, bytes]:
    """Return the status and body of a call; one beyond the key's pace is made again."""
    path = re.sub(r"{file}", "page.js", re.sub(r"{dataset}", DATASET, route.path))
    headers = {"content-type": "application/json"} | ({} if key is None else {"x-api-key": key})
    body = json.dumps(BODIES.get(route.path, {})).encode() if route.method == "POST" else None
    for _ in range(20):
        request = urllib.request.Request(  # noqa: S310 - the stack's own
            f"{stack.api_url}{path}", method=route.method, data=body, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=stack.trust) as response:  # noqa: S310
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            if error.code != 429:
                return error.code, error.read()
            time.sleep(1)
    raise AssertionError(f"{route.path} returned 429 for 20 s")


def find_key(stack: DeployedStack, caller: str) -> str | None:
    keys = {
        "predictions": stack.api_key,
        "uploads": stack.upload_key,
        "operator": stack.operator_key,
    }
    return {**keys, **STRANGERS}[caller]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@pytest.mark.parametrize("caller", [*API_KEYS, *STRANGERS])
def test_every_key_may_do_on_every_route_what_the_table_says(
    stack: DeployedStack, route: Route, caller: str
) -> None:
    status, body = call(stack, route, find_key(stack, caller))
    if not route.keys or caller in route.keys:
        assert status != 403
        assert status < 500
        return
    assert status == 403
    if IS_STRICT or caller in API_KEYS:
        problem = json.loads(body)
        assert (problem["status"], problem["title"]) == (403, "Forbidden")
        assert "x-api-key" in problem["detail"]
    if caller in API_KEYS:
        assert problem["detail"].startswith(f"{route.method} {route.path} takes the ")
