"""The stack, as prose: buckets; doors; drops start ingest, moved versions start features; features
start training; training writes models; the API answers from them."""

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from cdk.acknowledgements import acknowledge_findings
from cdk.api import PredictionApi
from cdk.buckets import DataBuckets
from cdk.doors import Doors
from cdk.observability import Observability
from cdk.permissions import grant_accesses
from cdk.stage import Stage
from cdk.training import TrainingMachine
from cdk.triggers import Triggers
from dropcast.contracts.environment import OPERATOR_KEY_ID, STATE_MACHINE_ARN


class DropcastStack(Stack):
    """All of Dropcast in one stack."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, root: Path) -> None:
        super().__init__(scope, construct_id, description="Drop a file, get a prediction API")
        buckets = DataBuckets(self, "Data", stage=stage)
        doors = Doors(self, "Doors", stage=stage, root=root, buckets=buckets)
        grant_accesses(doors=doors, buckets=buckets)

        training = TrainingMachine(self, "Training", stage=stage, doors=doors)
        training.machine.grant_start_execution(doors.features)
        doors.features.add_environment(STATE_MACHINE_ARN, training.machine.state_machine_arn)

        triggers = Triggers(self, "Triggers", buckets=buckets, doors=doors)
        api = PredictionApi(self, "Api", stage=stage, doors=doors)
        doors.by_name["Rollback"].add_environment(OPERATOR_KEY_ID, api.operator_key.key_id)
        observability = Observability(
            self, "Observability", doors=doors, training=training, triggers=triggers, api=api
        )
        acknowledge_findings(
            stage=stage,
            buckets=buckets,
            doors=doors,
            training=training,
            triggers=triggers,
            api=api,
        )

        outputs = {
            "RawBucketName": buckets.raw.bucket_name,
            "LakeBucketName": buckets.lake.bucket_name,
            "ModelBucketName": buckets.models.bucket_name,
            "StateMachineArn": training.machine.state_machine_arn,
            "ApiUrl": api.rest_api.url,
            "ApiId": api.rest_api.rest_api_id,
            "ApiKeyId": api.key.key_id,
            "OperatorKeyId": api.operator_key.key_id,
        }
        if observability.dashboard is not None:
            outputs["DashboardName"] = observability.dashboard.dashboard_name
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
