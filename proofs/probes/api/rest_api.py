"""API Gateway's REST API: keys, usage plans, and the responses that it gives itself."""

import json

from proofs.probes.api.resources import call_api, describe_response, make_api, make_key
from proofs.probes.probe import Look, make_probes
from proofs.probes.target import Target

_MIB = 1024 * 1024


def _get(path: str) -> Look:
    """Return a probe that gets a path without a key."""
    return lambda target: describe_response(call_api(target, path))


def _send_unknown_key(target: Target) -> str:
    # Without the wait until a key is known: this one never is.
    api = target.once(make_api)
    headers = {"x-api-key": "x" * 40}
    return describe_response(target.fetch(f"{api.url}/closed/one", headers=headers))


def _send_key(target: Target) -> str:
    api = target.once(make_api)
    response = call_api(target, "closed/one", key=api.key)
    identity = json.loads(response.body)["event"]["requestContext"]["identity"]
    passed = "with its id" if identity.get("apiKeyId") == api.key_id else "without its id"
    return f"{response.status}, {passed}"


def _send_large(target: Target) -> str:
    response = call_api(
        target,
        "open/one",
        method="POST",
        body=b"x" * (10 * _MIB + 1),
        headers={"content-type": "text/plain"},
    )
    return describe_response(response)


def _call_until_refused(target: Target, rate: int, per_day: int, calls: int) -> str:
    """Call with a new key of this plan until it is refused, or ``calls`` times.

    AWS enforces plans by best effort: it may take many calls until the first is refused.
    """
    api = target.once(make_api)
    key, _ = make_key(target, api.id, {"rateLimit": rate, "burstLimit": rate}, per_day)
    for _ in range(200 if target.settles else calls):
        response = call_api(target, "closed/one", key=key)
        if response.status == 429:
            return describe_response(response)
    return "never refused"


def _exceed_rate(target: Target) -> str:
    return _call_until_refused(target, 1, 1000, 13)


def _exceed_quota(target: Target) -> str:
    return _call_until_refused(target, 1000, 3, 6)


_KEYS = "Amazon API Gateway Developer Guide: Usage plans and API keys for REST APIs"
_OWN = "Amazon API Gateway Developer Guide: Gateway response types for API Gateway"
_PROXY = "Amazon API Gateway Developer Guide: Lambda proxy integrations in API Gateway"
_QUOTAS = "Amazon API Gateway Developer Guide: Quotas for configuring and running a REST API"
_REFUSALS = "cdk/api/refusals.py"
PROBES = make_probes(
    "API Gateway",
    (
        "A route that needs a key, without one",
        "403 own response 'key' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: INVALID_API_KEY",
        _get("closed/one"),
    ),
    (
        "A route that needs a key, with one that is not known",
        "403 own response 'key' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: INVALID_API_KEY",
        _send_unknown_key,
    ),
    (
        "A request with a valid key",
        "201, with its id",
        "Amazon API Gateway Developer Guide: Variables for data transformations (apiKeyId)",
        "ADR 23: which keys a route takes",
        _send_key,
    ),
    (
        "More requests than a plan's rate",
        "429 own response 'pace' as application/problem+json, with the id",
        f"{_KEYS} (best effort, not a limit)",
        f"{_REFUSALS}: THROTTLED",
        _exceed_rate,
    ),
    (
        "More requests than a plan's daily quota",
        "429 own response 'quota' as application/problem+json, with the id",
        f"{_KEYS} (best effort, not a limit)",
        f"{_REFUSALS}: QUOTA_EXCEEDED",
        _exceed_quota,
    ),
    (
        "A route that does not exist",
        "404 own response 'route' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: MISSING_AUTHENTICATION_TOKEN",
        _get("nowhere/at/all"),
    ),
    (
        "A request above 10 MiB",
        "413 own response 'large' as application/problem+json, with the id",
        _QUOTAS,
        f"{_REFUSALS}: REQUEST_TOO_LARGE",
        _send_large,
    ),
    (
        "A function that fails",
        "502 own response 'bad' as application/problem+json, with the id",
        _PROXY,
        f"{_REFUSALS}: DEFAULT_5XX",
        _get("open/fail"),
    ),
    (
        "A function whose response has another shape",
        "502 own response 'bad' as application/problem+json, with the id",
        _PROXY,
        f"{_REFUSALS}: DEFAULT_5XX",
        _get("open/odd"),
    ),
    (
        "A function that responds after the integration's timeout",
        "504 own response 'late' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: INTEGRATION_TIMEOUT",
        _get("slow"),
    ),
    (
        "A function that the API may not call",
        "502 own response 'bad' as application/problem+json, with the id",
        "Amazon API Gateway Developer Guide: Control access to a REST API (Lambda permissions)",
        "cdk/api/rest_api.py: a permission for each method",
        _get("barred"),
    ),
)
