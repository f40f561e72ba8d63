"""The prediction API: REST API v1 with two keys, a usage plan for each and an access log."""

import json
import re

from aws_cdk import RemovalPolicy, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.doors import Doors
from cdk.refusals import REFUSALS, Refusal
from cdk.routes import OPEN_BURST, OPEN_REQUESTS_PER_SECOND, ROUTES
from cdk.stage import Stage
from dropcast.contracts.errors import PHRASES, PROBLEM_CONTENT_TYPE

# Answers from this size on are compressed where the caller takes it: the scripts of the page that
# shows the API document, large cards. A prediction is answered as it is.
COMPRESSED_FROM_KIB = 32
OPERATOR_REQUESTS_PER_SECOND = 5
OPERATOR_BURST = 10
OPERATOR_REQUESTS_PER_DAY = 1000


class PredictionApi(Construct):
    """The routes of :data:`~cdk.routes.ROUTES` under ``/v1``, and the two keys that open them.

    ``detailed_metrics`` adds API Gateway's metrics of each method, which bill as custom metrics.
    The alarms and the dashboard read those of the whole API, which are free and always there.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        doors: Doors,
        detailed_metrics: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            description="Dropcast predictions",
            cloud_watch_role=True,
            # The role is the account's: other APIs may log by it when this stack is gone.
            cloud_watch_role_removal_policy=stage.data_removal,
            min_compression_size=Size.kibibytes(COMPRESSED_FROM_KIB),
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            deploy_options=apigateway.StageOptions(
                stage_name="v1",
                access_log_destination=apigateway.LogGroupLogDestination(self.access_log),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=False,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=False,
                ),
                logging_level=apigateway.MethodLoggingLevel.OFF,
                data_trace_enabled=False,
                metrics_enabled=detailed_metrics,
                throttling_rate_limit=stage.requests_per_second,
                throttling_burst_limit=stage.burst,
                method_options={
                    f"{route.path}/{route.method}": apigateway.MethodDeploymentOptions(
                        logging_level=apigateway.MethodLoggingLevel.OFF,
                        data_trace_enabled=False,
                        metrics_enabled=detailed_metrics,
                        throttling_rate_limit=OPEN_REQUESTS_PER_SECOND,
                        throttling_burst_limit=OPEN_BURST,
                    )
                    for route in ROUTES
                    if not route.needs_key
                },
            ),
        )
        for response_type, refusal in REFUSALS.items():
            self._add_gateway_response(response_type, refusal)
        self._add_methods(doors)
        self.key = self._add_key(
            "Key",
            "Plan",
            description="Dropcast predictions",
            throttle=apigateway.ThrottleSettings(
                rate_limit=stage.requests_per_second, burst_limit=stage.burst
            ),
            requests_per_day=stage.requests_per_day,
        )
        # A plan of its own: however busy predictions are, an operator gets through.
        self.operator_key = self._add_key(
            "OperatorKey",
            "OperatorPlan",
            description="Dropcast operator: may roll a champion back",
            throttle=apigateway.ThrottleSettings(
                rate_limit=OPERATOR_REQUESTS_PER_SECOND, burst_limit=OPERATOR_BURST
            ),
            requests_per_day=OPERATOR_REQUESTS_PER_DAY,
        )

    def _add_key(
        self,
        key_id: str,
        plan_id: str,
        *,
        description: str,
        throttle: apigateway.ThrottleSettings,
        requests_per_day: int,
    ) -> apigateway.IApiKey:
        # Not by the API's own method: such a key waits for the API's stage, and a function that
        # knows the key by its id would wait for itself.
        key = apigateway.ApiKey(self, key_id, description=description)
        plan = self.rest_api.add_usage_plan(
            plan_id,
            throttle=throttle,
            quota=apigateway.QuotaSettings(limit=requests_per_day, period=apigateway.Period.DAY),
        )
        plan.add_api_key(key)
        plan.add_api_stage(stage=self.rest_api.deployment_stage)
        return key

    def _add_methods(self, doors: Doors) -> None:
        integrations = {
            # A permission for each method's own path; the console's test button needs none.
            name: apigateway.LambdaIntegration(handler, allow_test_invoke=False)
            for name, handler in doors.handlers.items()
        }
        # API Gateway checks the path; the function checks the body.
        validator = self.rest_api.add_request_validator(
            "Validator", validate_request_parameters=True
        )
        for route in ROUTES:
            fields = re.findall(r"{(\w+)}", route.path)
            self.rest_api.root.resource_for_path(route.path).add_method(
                route.method,
                integrations[route.door],
                api_key_required=route.needs_key,
                request_parameters={f"method.request.path.{field}": True for field in fields},
                request_validator=validator,
            )

    def _add_gateway_response(self, response_type: str, refusal: Refusal) -> None:
        problem = {
            "type": "about:blank",
            "title": PHRASES[refusal.status],
            "status": refusal.status,
            "detail": refusal.detail,
            "instance": "$context.requestId",
        }
        self.rest_api.add_gateway_response(
            response_type.title().replace("_", ""),
            type=apigateway.ResponseType.of(response_type),
            status_code=str(refusal.status),
            response_headers={"Content-Type": f"'{PROBLEM_CONTENT_TYPE}'"},
            # API Gateway looks for the template under this type, whatever the answer's is.
            templates={"application/json": json.dumps(problem)},
        )
