"""Findings of cdk-nag that are accepted, each as narrow as it can be and with its reason."""

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.api.rest_api import PredictionApi
from cdk.buckets import DataBuckets
from cdk.functions import Functions
from cdk.permissions import ACCESSES, list_patterns
from cdk.stage import Stage
from cdk.training import TrainingMachine
from cdk.triggers import Triggers


def acknowledge_findings(
    *,
    stage: Stage,
    buckets: DataBuckets,
    functions: Functions,
    training: TrainingMachine,
    triggers: Triggers,
    api: PredictionApi,
) -> None:
    """Acknowledge every accepted finding of the stack."""
    for bucket in buckets.by_name.values():
        _acknowledge(
            bucket,
            "S1",
            "The ledger and the audit trail record every write of ours, and CloudTrail the API "
            "calls; an access log would be a fourth bucket that bills at rest.",
        )
    for name, function in functions.by_name.items():
        _acknowledge(
            function,
            "L1",
            f"The layers carry compiled wheels for {stage.runtime}; the runtime moves with them.",
        )
        role = function.role
        assert isinstance(role, iam.Role)
        for finding in _list_object_findings(name, buckets):
            _acknowledge(
                role,
                finding,
                "Objects are named by dataset, hash and run under this prefix, which is one "
                "kind of object in the key grammar; the prefix is the narrowest pattern.",
            )
    _acknowledge_training(training)
    for queue in triggers.dead_letters.values():
        _acknowledge(queue, "SQS3", "It is a dead-letter queue itself; an alarm watches it.")
    _acknowledge_api(api)


def _list_object_findings(function: str, buckets: DataBuckets) -> list[str]:
    return sorted(
        {
            f"IAM5[Resource::<{_name_resource(buckets.by_name[access.bucket])}.Arn>/{pattern}]"
            for access in ACCESSES
            if access.function == function
            for pattern in list_patterns(access.formats)
        }
    )


def _acknowledge_training(training: TrainingMachine) -> None:
    _acknowledge(
        training.role,
        "IAM5[Resource::*]",
        "Log delivery and X-Ray know no resources; AWS documents them with *.",
    )


def _acknowledge_api(api: PredictionApi) -> None:
    _acknowledge(
        api.rest_api,
        "APIG2",
        "The function checks the body by the recipe and lists every field's problem; a schema here "
        "would stop at the first one.",
    )
    _acknowledge(
        api.rest_api,
        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
        "AmazonAPIGatewayPushToCloudWatchLogs]",
        "API Gateway's account-wide logging role is made for this managed policy.",
    )
    _acknowledge(
        api.rest_api,
        "APIG6",
        "The access log records every call. Execution logs would go to a group that API Gateway "
        "makes by itself, kept for ever.",
    )
    _acknowledge(
        api.rest_api,
        "APIG3",
        "A web ACL bills at rest. A key, its usage plan and a throttle bound what needs a key; the "
        "routes without one (the API document and its page) have a throttle of their own.",
    )
    for finding in ("APIG4", "COG4"):
        _acknowledge(
            api.rest_api,
            finding,
            "Callers are programs with an API key under a usage plan; there are no user accounts.",
        )


def _name_resource(construct: Construct) -> str:
    """Return the logical id of a construct's own resource."""
    resource = construct.node.default_child
    assert resource is not None
    name: str = Stack.of(construct).resolve(Stack.of(construct).get_logical_id(resource))  # type: ignore[arg-type]
    return name


def _acknowledge(scope: Construct, finding: str, reason: str) -> None:
    Validations.of(scope).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=reason)
    )
