"""The bill of each type of resource while nobody uses it; nothing is an entry too, with its reason.

A type that is not here stops ``dropcast costs`` and a test, so that nothing that costs money
comes in unseen.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dropcast.contracts.errors import DropcastError
from operations.pricing.prices import (
    ALARM_METRIC,
    DASHBOARD,
    KMS_KEY,
    LOG_STORAGE,
    S3_STORAGE,
    Price,
)

METRICS_OF_A_FREE_DASHBOARD = 50
_STANDARD_RESOLUTION_SECONDS = 60
Properties = Mapping[str, Any]


class UnpricedResourceError(DropcastError):
    """A resource whose price at rest is not known; add it to this package's ``resource_types``."""


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of its price that a resource counts as.

    ``coverable`` are those of them that the account's free units may cover.
    """

    billed: float
    coverable: float


@dataclass(frozen=True, kw_only=True)
class Resting:
    """What a type of resource costs at rest.

    ``price``   ``None``: nothing
    ``count``   the units of one resource; ``None`` where a template does not know them: they are
                a size, and ``why`` says of what
    ``unless``  properties that would make it bill; a resource that has one is refused
    """

    why: str
    price: Price | None = None
    count: Callable[[Properties], Units] | None = None
    unless: tuple[str, ...] = ()


def count_alarm_metrics(properties: Properties) -> Units:
    """Return how many metrics an alarm refers to: each is billed."""
    queries = properties.get("Metrics")
    if queries is None:
        if properties["Period"] < _STANDARD_RESOLUTION_SECONDS:
            raise UnpricedResourceError("an alarm of high resolution costs 0.30 USD; price it")
        return Units(billed=1, coverable=1)
    metrics = [query["MetricStat"] for query in queries if "MetricStat" in query]
    expressions = " ".join(str(query.get("Expression", "")) for query in queries)
    if "SELECT" in expressions or "ANOMALY_DETECTION_BAND" in expressions:
        raise UnpricedResourceError(
            "an alarm on a query or on an anomaly is billed by what it finds; price it"
        )
    if any(metric["Period"] < _STANDARD_RESOLUTION_SECONDS for metric in metrics):
        raise UnpricedResourceError("an alarm of high resolution costs 0.30 USD a metric; price it")
    return Units(billed=len(metrics), coverable=len(metrics))


def count_dashboard(properties: Properties) -> Units:
    """Return one dashboard, coverable where it has few enough metrics."""
    few = count_dashboard_metrics(properties) <= METRICS_OF_A_FREE_DASHBOARD
    return Units(billed=1, coverable=int(few))


def count_dashboard_metrics(properties: Properties) -> int:
    """Return how many metrics a dashboard's widgets show.

    >>> count_dashboard_metrics({"DashboardBody": '{"widgets": []}'})
    0
    """
    body = properties["DashboardBody"]
    if not isinstance(body, str):
        # CloudFormation puts names into the text; which ones does not matter here.
        separator, parts = body["Fn::Join"]
        body = separator.join(part if isinstance(part, str) else "name" for part in parts)
    widgets = json.loads(body)["widgets"]
    return sum(len(widget["properties"].get("metrics", ())) for widget in widgets)


def _count_one(_: Properties) -> Units:
    return Units(billed=1, coverable=1)


_SETTING = "a setting of something else in this table"
_CALLS = "billed by the call"

RESOURCE_TYPES: Mapping[str, Resting] = {
    "AWS::ApiGateway::Account": Resting(why="a setting of the account"),
    "AWS::ApiGateway::ApiKey": Resting(why="keys are free; calls are billed"),
    "AWS::ApiGateway::BasePathMapping": Resting(why=_SETTING),
    "AWS::ApiGateway::Deployment": Resting(why=_SETTING),
    "AWS::ApiGateway::DomainName": Resting(
        why="a custom domain and its public certificate are free; its hosted zone, which this "
        "stack does not make, is not"
    ),
    "AWS::ApiGateway::GatewayResponse": Resting(why=_SETTING),
    "AWS::ApiGateway::Method": Resting(why=_SETTING),
    "AWS::ApiGateway::RequestValidator": Resting(why=_SETTING),
    "AWS::ApiGateway::Resource": Resting(why=_SETTING),
    "AWS::ApiGateway::RestApi": Resting(why=_CALLS),
    "AWS::ApiGateway::Stage": Resting(
        why="has no cache, which would bill by the hour; metrics of single methods bill only in "
        "hours with calls",
        unless=("CacheClusterEnabled", "CacheClusterSize"),
    ),
    "AWS::ApiGateway::UsagePlan": Resting(why=_SETTING),
    "AWS::ApiGateway::UsagePlanKey": Resting(why=_SETTING),
    "AWS::CloudWatch::Alarm": Resting(
        why="each metric that an alarm refers to",
        price=ALARM_METRIC,
        count=count_alarm_metrics,
    ),
    "AWS::CloudWatch::Dashboard": Resting(
        why="an account's first three are free where each has up to "
        f"{METRICS_OF_A_FREE_DASHBOARD} metrics",
        price=DASHBOARD,
        count=count_dashboard,
    ),
    "AWS::Events::Rule": Resting(
        why="events are billed, not rules; none of the rules is a schedule",
        unless=("ScheduleExpression",),
    ),
    "AWS::IAM::Policy": Resting(why="IAM is free"),
    "AWS::IAM::Role": Resting(why="IAM is free"),
    "AWS::KMS::Key": Resting(why="each key, used or not", price=KMS_KEY, count=_count_one),
    "AWS::Lambda::Alias": Resting(
        why="no process is kept ready", unless=("ProvisionedConcurrencyConfig",)
    ),
    "AWS::Lambda::EventInvokeConfig": Resting(why=_SETTING),
    "AWS::Lambda::Function": Resting(
        why="billed by the call and its duration; code that Lambda keeps has a quota and no price",
        # Snapshots of Python functions bill while they are kept; a VPC's ways out bill by the hour.
        unless=("SnapStart", "VpcConfig"),
    ),
    "AWS::Lambda::LayerVersion": Resting(
        why="code that Lambda keeps has a quota and no price; CDK's copies in S3 are below"
    ),
    "AWS::Lambda::Permission": Resting(why=_SETTING),
    "AWS::Lambda::Version": Resting(
        why="no process is kept ready", unless=("ProvisionedConcurrencyConfig",)
    ),
    "AWS::Logs::LogGroup": Resting(
        why="what it holds, compressed, until it is deleted after its retention",
        price=LOG_STORAGE,
    ),
    "AWS::S3::Bucket": Resting(
        why="what it holds, every version of an object",
        price=S3_STORAGE,
        unless=(
            "AnalyticsConfigurations",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "MetricsConfigurations",
            "ReplicationConfiguration",
        ),
    ),
    "AWS::S3::BucketPolicy": Resting(why=_SETTING),
    "AWS::SQS::Queue": Resting(
        why="billed by the request; a queue of failed events gets one a failure"
    ),
    "AWS::SQS::QueuePolicy": Resting(why=_SETTING),
    "AWS::StepFunctions::StateMachine": Resting(
        why="a standard workflow is billed by the state transition, its traces by the run"
    ),
}
