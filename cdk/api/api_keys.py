"""The API's keys: three purposes, a usage plan for each, and generations by which they are changed.

CloudFormation cannot change a key's value, so keys are changed by a new generation beside the old
one, and the old one's removal once nobody uses it (docs/access.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from cdk.stage import Stage
from dropcast.contracts.api_keys import OPERATOR, PREDICTIONS, UPLOADS

FIRST_GENERATION = "1"


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """A kind of key.

    ``key_id`` and ``plan_id`` are ids of constructs. The limits of the usage plan hold for each
    key by itself.
    """

    name: str
    key_id: str
    plan_id: str
    description: str
    requests_per_second: int
    burst: int
    requests_per_day: int


def list_purposes(stage: Stage) -> tuple[Purpose, ...]:
    """Return the three purposes.

    Each has a usage plan of its own, so that uploads and operators are served however busy
    predictions are.
    """
    return (
        Purpose(
            name=PREDICTIONS,
            key_id="Key",
            plan_id="Plan",
            description="Dropcast predictions",
            requests_per_second=stage.requests_per_second,
            burst=stage.burst,
            requests_per_day=stage.requests_per_day,
        ),
        Purpose(
            name=UPLOADS,
            key_id="UploadKey",
            plan_id="UploadPlan",
            description="Dropcast uploads: may drop files that models learn from",
            requests_per_second=5,
            burst=10,
            requests_per_day=2000,
        ),
        Purpose(
            name=OPERATOR,
            key_id="OperatorKey",
            plan_id="OperatorPlan",
            description="Dropcast operator: may roll a champion back",
            requests_per_second=5,
            burst=10,
            requests_per_day=1000,
        ),
    )


def add_keys(
    scope: Construct,
    *,
    rest_api: apigateway.RestApi,
    stage: Stage,
    generations: tuple[str, ...],
) -> Mapping[str, tuple[apigateway.IApiKey, ...]]:
    """Add the plans and keys; return the keys of each purpose, the newest generation's last."""
    return {
        purpose.name: _add_purpose(scope, purpose, rest_api=rest_api, generations=generations)
        for purpose in list_purposes(stage)
    }


def _add_purpose(
    scope: Construct,
    purpose: Purpose,
    *,
    rest_api: apigateway.RestApi,
    generations: tuple[str, ...],
) -> tuple[apigateway.IApiKey, ...]:
    plan = rest_api.add_usage_plan(
        purpose.plan_id,
        throttle=apigateway.ThrottleSettings(
            rate_limit=purpose.requests_per_second, burst_limit=purpose.burst
        ),
        quota=apigateway.QuotaSettings(
            limit=purpose.requests_per_day, period=apigateway.Period.DAY
        ),
    )
    plan.add_api_stage(stage=rest_api.deployment_stage)
    keys = []
    for generation in generations:
        # The first generation's ids are those that stacks have had before there were generations.
        suffix = "" if generation == FIRST_GENERATION else generation
        # Not by the API's own method: such a key waits for the API's stage, and a function that
        # knows the key by its id would wait for itself.
        key = apigateway.ApiKey(scope, f"{purpose.key_id}{suffix}", description=purpose.description)
        plan.add_api_key(key)
        keys.append(key)
    return tuple(keys)
