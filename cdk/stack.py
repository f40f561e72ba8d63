"""The stack: buckets and functions, and the events that lead from one to the next.

Drops start ingest, moved dataset versions start features, features start training, training
writes models, and the API predicts with them.
"""

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from cdk.acknowledgements import acknowledge_findings
from cdk.api.domain import ApiDomain
from cdk.api.rest_api import PredictionApi
from cdk.api.routes import list_checked_keys
from cdk.buckets import DataBuckets
from cdk.functions import Functions
from cdk.grants import grant_accesses
from cdk.observability import Observability
from cdk.settings import Settings
from cdk.training import TrainingMachine
from cdk.triggers import Triggers
from dropcast.contracts.api_keys import OPERATOR, PREDICTIONS, UPLOADS
from dropcast.contracts.environment import KEY_IDS, METRICS_NAMESPACE, STATE_MACHINE_ARN


class DropcastStack(Stack):
    """All of Dropcast in one stack."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, root: Path
    ) -> None:
        super().__init__(scope, construct_id, description="Drop a file, get a prediction API")
        stage = settings.stage
        buckets = DataBuckets(self, "Data", stage=stage, kms_key_arn=settings.kms_key_arn)
        functions = Functions(self, "Functions", stage=stage, root=root, buckets=buckets)
        grant_accesses(functions=functions, buckets=buckets)

        training = TrainingMachine(self, "Training", stage=stage, functions=functions)
        training.machine.grant_start_execution(functions.features)
        functions.features.add_environment(STATE_MACHINE_ARN, training.machine.state_machine_arn)

        triggers = Triggers(self, "Triggers", buckets=buckets, functions=functions)
        api = PredictionApi(
            self,
            "Api",
            name=settings.name,
            stage=stage,
            functions=functions,
            key_generations=settings.key_generations,
            detailed_metrics=settings.detailed_metrics,
        )
        for function, keys in list_checked_keys().items():
            functions.by_name[function].add_environment(KEY_IDS, ",".join(api.list_key_ids(keys)))
        # Two stacks in one region would otherwise count in each other's metrics and alarms.
        functions.predict.add_environment(METRICS_NAMESPACE, settings.name)
        observability = Observability(
            self,
            "Observability",
            metrics_namespace=settings.name,
            alarms=settings.alarms,
            dashboard=settings.dashboard,
            functions=functions,
            training=training,
            triggers=triggers,
            api=api,
        )
        acknowledge_findings(
            stage=stage,
            buckets=buckets,
            functions=functions,
            training=training,
            triggers=triggers,
            api=api,
        )

        outputs = {
            "RawBucketName": buckets.raw.bucket_name,
            "LakeBucketName": buckets.lake.bucket_name,
            "ModelBucketName": buckets.models.bucket_name,
            "StateMachineArn": training.machine.state_machine_arn,
            "ApiUrl": api.url,
            "ApiId": api.rest_api.rest_api_id,
            "ApiKeyId": api.find_newest_key(PREDICTIONS),
            "UploadKeyId": api.find_newest_key(UPLOADS),
            "OperatorKeyId": api.find_newest_key(OPERATOR),
        }
        if observability.dashboard is not None:
            outputs["DashboardName"] = observability.dashboard.dashboard_name
        if settings.domain is not None:
            domain = ApiDomain(self, "Domain", domain=settings.domain, api=api)
            outputs |= domain.outputs
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
