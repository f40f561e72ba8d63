"""API Gateway, REST: keys, plans, its own answers, what the function is told."""

import json

from proofs.probes.api.resources import ask, make_api, make_key, tell
from proofs.probes.probe import Probe
from proofs.probes.target import Target

_MIB = 1024 * 1024


def refuse_without_key(target: Target) -> str:
    return tell(ask(target, "closed/one"))


def refuse_unknown_key(target: Target) -> str:
    # A key that is not known stays so: no waiting for it to be.
    api = target.once(make_api)
    headers = {"x-api-key": "x" * 40}
    return tell(target.fetch(f"{api.url}/closed/one", headers=headers))


def admit_key(target: Target) -> str:
    api = target.once(make_api)
    answer = ask(target, "closed/one", key=api.key)
    identity = json.loads(answer.body)["event"]["requestContext"]["identity"]
    told = "told by its id" if identity.get("apiKeyId") == api.key_id else "not told"
    return f"{answer.status}, {told}"


def refuse_route(target: Target) -> str:
    return tell(ask(target, "nowhere/at/all"))


def refuse_large(target: Target) -> str:
    answer = ask(
        target,
        "open/one",
        method="POST",
        body=b"x" * (10 * _MIB + 1),
        headers={"content-type": "text/plain"},
    )
    return tell(answer)


def fail_inside(target: Target) -> str:
    return tell(ask(target, "open/fail"))


def answer_oddly(target: Target) -> str:
    return tell(ask(target, "open/odd"))


def answer_late(target: Target) -> str:
    return tell(ask(target, "slow"))


def call_without_leave(target: Target) -> str:
    return tell(ask(target, "barred"))


def keep_pace(target: Target) -> str:
    api = target.once(make_api)
    key, _ = make_key(target, api.id, {"rateLimit": 1, "burstLimit": 1}, 1000)
    ask(target, "closed/one", key=key)
    # AWS keeps the pace by best effort: it may take many before the first is refused.
    for _ in range(200 if target.settles else 12):
        answer = ask(target, "closed/one", key=key)
        if answer.status == 429:
            return tell(answer)
    return "never refused"


def keep_quota(target: Target) -> str:
    api = target.once(make_api)
    key, _ = make_key(target, api.id, {"rateLimit": 1000, "burstLimit": 1000}, 3)
    for _ in range(200 if target.settles else 6):
        answer = ask(target, "closed/one", key=key)
        if answer.status == 429:
            return tell(answer)
    return "never refused"


_KEYS = "Amazon API Gateway Developer Guide: Usage plans and API keys for REST APIs"
_OWN = "Amazon API Gateway Developer Guide: Gateway response types for API Gateway"
_PROXY = "Amazon API Gateway Developer Guide: Lambda proxy integrations in API Gateway"
_QUOTAS = "Amazon API Gateway Developer Guide: Quotas for configuring and running a REST API"
_REFUSALS = "cdk/api/refusals.py"
_ROWS = (
    (
        "A route that needs a key, without one",
        "403 own answer 'key' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: INVALID_API_KEY",
        refuse_without_key,
    ),
    (
        "A route that needs a key, with one that is not known",
        "403 own answer 'key' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: INVALID_API_KEY",
        refuse_unknown_key,
    ),
    (
        "A key that is let in",
        "201, told by its id",
        "Amazon API Gateway Developer Guide: Variables for data transformations (apiKeyId)",
        "ADR 23: which keys a route takes",
        admit_key,
    ),
    (
        "More requests than a plan's rate",
        "429 own answer 'pace' as application/problem+json, with the id",
        f"{_KEYS} (best effort, not a limit)",
        f"{_REFUSALS}: THROTTLED",
        keep_pace,
    ),
    (
        "More requests than a plan's quota of the day",
        "429 own answer 'quota' as application/problem+json, with the id",
        f"{_KEYS} (best effort, not a limit)",
        f"{_REFUSALS}: QUOTA_EXCEEDED",
        keep_quota,
    ),
    (
        "A route that is not there",
        "404 own answer 'route' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: MISSING_AUTHENTICATION_TOKEN",
        refuse_route,
    ),
    (
        "A request above 10 MiB",
        "413 own answer 'large' as application/problem+json, with the id",
        _QUOTAS,
        f"{_REFUSALS}: REQUEST_TOO_LARGE",
        refuse_large,
    ),
    (
        "A function that fails",
        "502 own answer 'bad' as application/problem+json, with the id",
        _PROXY,
        f"{_REFUSALS}: DEFAULT_5XX",
        fail_inside,
    ),
    (
        "A function that answers in another shape",
        "502 own answer 'bad' as application/problem+json, with the id",
        _PROXY,
        f"{_REFUSALS}: DEFAULT_5XX",
        answer_oddly,
    ),
    (
        "A function that answers after the integration's time",
        "504 own answer 'late' as application/problem+json, with the id",
        _OWN,
        f"{_REFUSALS}: INTEGRATION_TIMEOUT",
        answer_late,
    ),
    (
        "A function that does not let the API in",
        "502 own answer 'bad' as application/problem+json, with the id",
        "Amazon API Gateway Developer Guide: Control access to a REST API (Lambda permissions)",
        "cdk/api/rest_api.py: a permission for each method",
        call_without_leave,
    ),
)
PROBES = tuple(
    Probe(name=name, service="API Gateway", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
