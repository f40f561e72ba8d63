"""The prediction API: REST API v1 with a key, a usage plan and an access log."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.stage import Stage

# Answers that API Gateway gives by itself, in the same words as the function's (RFC 9457).
GATEWAY_RESPONSES = {
    "INVALID_API_KEY": "403",
    "THROTTLED": "429",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "MISSING_AUTHENTICATION_TOKEN": "404",
}


class PredictionApi(Construct):
    """``POST /v1/{dataset}/predict`` and ``GET /v1/{dataset}/model``."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, predict: lambda_.Alias
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
                metrics_enabled=True,
                throttling_rate_limit=stage.requests_per_second,
                throttling_burst_limit=stage.burst,
            ),
        )
        for response_type, status in GATEWAY_RESPONSES.items():
            self._add_gateway_response(response_type, status)
        self._add_methods(predict)
        self.key = self.rest_api.add_api_key("Key", description="Dropcast predictions")
        plan = self.rest_api.add_usage_plan(
            "Plan",
            throttle=apigateway.ThrottleSettings(
                rate_limit=stage.requests_per_second, burst_limit=stage.burst
            ),
            quota=apigateway.QuotaSettings(
                limit=stage.requests_per_day, period=apigateway.Period.DAY
            ),
        )
        plan.add_api_key(self.key)
        plan.add_api_stage(stage=self.rest_api.deployment_stage)

    def _add_methods(self, predict: lambda_.Alias) -> None:
        integration = apigateway.LambdaIntegration(predict)
        # API Gateway checks the path; the function checks the body by the recipe.
        validator = self.rest_api.add_request_validator(
            "Validator", validate_request_parameters=True
        )
        dataset = self.rest_api.root.add_resource("{dataset}")
        for name, method in (("predict", "POST"), ("model", "GET")):
            dataset.add_resource(name).add_method(
                method,
                integration,
                api_key_required=True,
                request_parameters={"method.request.path.dataset": True},
                request_validator=validator,
            )

    def _add_gateway_response(self, response_type: str, status: str) -> None:
        body = (
            '{"type": "about:blank", "title": $context.error.messageString, '
            f'"status": {status}, "detail": $context.error.messageString, '
            '"instance": "$context.requestId"}'
        )
        self.rest_api.add_gateway_response(
            response_type.title().replace("_", ""),
            type=apigateway.ResponseType.of(response_type),
            status_code=status,
            templates={"application/json": body},
        )
