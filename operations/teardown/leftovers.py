"""What of a stack is still there, by each service itself and not by CloudFormation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from operations.clouds import Cloud
from operations.stacks import Resource
from operations.teardown.emptying import is_gone

LOG_GROUP = "AWS::Logs::LogGroup"
Probe = Callable[[Callable[[str], Any], str], Any]


@dataclass(frozen=True, kw_only=True)
class Left:
    """Something that is still there, or that could not be looked up."""

    kind: str
    name: str
    note: str = ""


def _probe_log_group(client: Callable[[str], Any], name: str) -> bool:
    listed = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in listed)


def _probe_state_machine(client: Callable[[str], Any], name: str) -> bool:
    described = client("stepfunctions").describe_state_machine(stateMachineArn=name)
    return bool(described["status"] != "DELETING")


def _probe_dashboard(client: Callable[[str], Any], name: str) -> bool:
    listed = client("cloudwatch").list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    return any(entry["DashboardName"] == name for entry in listed)


# How each type that bills, or gives access, is looked up; an answer that is empty means gone.
PROBES: Mapping[str, Probe] = {
    "AWS::S3::Bucket": lambda client, name: client("s3").head_bucket(Bucket=name),
    LOG_GROUP: _probe_log_group,
    "AWS::Lambda::Function": lambda client, name: client("lambda").list_versions_by_function(
        FunctionName=name
    )["Versions"],
    "AWS::Lambda::LayerVersion": lambda client, name: client("lambda").get_layer_version_by_arn(
        Arn=name
    ),
    "AWS::SQS::Queue": lambda client, name: client("sqs").get_queue_attributes(QueueUrl=name),
    "AWS::CloudWatch::Alarm": lambda client, name: client("cloudwatch").describe_alarms(
        AlarmNames=[name]
    )["MetricAlarms"],
    "AWS::CloudWatch::Dashboard": _probe_dashboard,
    "AWS::ApiGateway::RestApi": lambda client, name: client("apigateway").get_rest_api(
        restApiId=name
    ),
    "AWS::ApiGateway::ApiKey": lambda client, name: client("apigateway").get_api_key(apiKey=name),
    "AWS::ApiGateway::UsagePlan": lambda client, name: client("apigateway").get_usage_plan(
        usagePlanId=name
    ),
    "AWS::Events::Rule": lambda client, name: client("events").describe_rule(Name=name),
    "AWS::StepFunctions::StateMachine": _probe_state_machine,
    "AWS::IAM::Role": lambda client, name: client("iam").get_role(RoleName=name),
}


def list_left(cloud: Cloud, resources: Iterable[Resource]) -> list[Left]:
    """Return which of the resources are still there.

    Log groups that services made beside them are among what is returned.
    """
    known = list(resources)
    found = [left for one in known if (left := _look(cloud, one)) is not None]
    return found + [Left(kind=LOG_GROUP, name=name) for name in list_strays(cloud, known)]


def list_strays(cloud: Cloud, resources: Iterable[Resource]) -> list[str]:
    """Return the log groups that Lambda and API Gateway made by themselves for the resources."""
    starts = {
        "AWS::Lambda::Function": "/aws/lambda/{}",
        "AWS::ApiGateway::RestApi": "API-Gateway-Execution-Logs_{}/",
    }
    prefixes = [starts[one.type].format(one.name) for one in resources if one.type in starts]
    pages = cloud.client("logs").get_paginator("describe_log_groups").paginate()
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return sorted(name for name in names if name.startswith(tuple(prefixes)))


def measure_bucket(cloud: Cloud, bucket: str) -> tuple[int, int]:
    """Return how many objects a bucket holds now, and their bytes; nothing where there is none."""
    pages = cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    try:
        sizes = [one["Size"] for page in pages for one in page.get("Contents", [])]
    except ClientError as error:
        if is_gone(error):
            return 0, 0
        raise
    return len(sizes), sum(sizes)


def _look(cloud: Cloud, resource: Resource) -> Left | None:
    probe = PROBES.get(resource.type)
    if probe is None:
        return None
    try:
        there = probe(cloud.client, resource.name)
    except ClientError as error:
        if is_gone(error):
            return None
        return Left(kind=resource.type, name=resource.name, note=f"could not be looked up: {error}")
    return Left(kind=resource.type, name=resource.name) if there else None
