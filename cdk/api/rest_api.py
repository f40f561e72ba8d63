"""The prediction API: REST API v1 with keys, their usage plans and an access log."""

import json
import re
from collections.abc import Iterable

from aws_cdk import Aws, RemovalPolicy, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.api.api_keys import FIRST_GENERATION, add_keys
from cdk.api.refusals import REFUSALS, Refusal
from cdk.api.routes import OPEN_BURST, OPEN_REQUESTS_PER_SECOND, ROUTES
from cdk.functions import Functions
from cdk.stage import Stage
from dropcast.contracts.errors import PHRASES, PROBLEM_CONTENT_TYPE

# Responses from this size on are compressed where the caller takes it: the scripts of the page that
# shows the API document, large cards. A prediction is answered as it is.
COMPRESSED_FROM_KIB = 32
# The first part of every path.
API_STAGE = "v1"


class PredictionApi(Construct):
    """The routes of :data:`~cdk.api.routes.ROUTES` under ``/v1``, and their API keys.

    There are three keys of each generation; the newest generation is the last.

    ``detailed_metrics`` adds API Gateway's metrics of each method, which bill as custom metrics.
    The alarms and the dashboard read those of the whole API, which are free and always there.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        stage: Stage,
        functions: Functions,
        key_generations: tuple[str, ...] = (FIRST_GENERATION,),
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
            # API Gateway's metrics know an API by its name alone.
            rest_api_name=name,
            description="Dropcast predictions",
            cloud_watch_role=True,
            # The role is the account's: other APIs may log by it when this stack is gone.
            cloud_watch_role_removal_policy=stage.shared_removal,
            min_compression_size=Size.kibibytes(COMPRESSED_FROM_KIB),
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            deploy_options=apigateway.StageOptions(
                stage_name=API_STAGE,
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
        self._add_methods(functions)
        self._keys = add_keys(
            self, rest_api=self.rest_api, stage=stage, generations=key_generations
        )

    @property
    def url(self) -> str:
        """The API's address without a slash at its end, so that ``$API_URL/datasets`` is one."""
        host = f"{self.rest_api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        return f"https://{host}/{API_STAGE}"

    def find_newest_key(self, name: str) -> str:
        """Return the id of the newest key of this name, which is the one to hand out."""
        return self._keys[name][-1].key_id

    def list_key_ids(self, names: Iterable[str]) -> list[str]:
        """Return the ids of all keys of these names, of every generation."""
        return [key.key_id for name in names for key in self._keys[name]]

    def _add_methods(self, functions: Functions) -> None:
        integrations = {
            # A permission for each method's own path; the console's test button needs none.
            name: apigateway.LambdaIntegration(handler, allow_test_invoke=False)
            for name, handler in functions.handlers.items()
        }
        # API Gateway checks the path; the function checks the body.
        validator = self.rest_api.add_request_validator(
            "Validator", validate_request_parameters=True
        )
        for route in ROUTES:
            fields = re.findall(r"{(\w+)}", route.path)
            self.rest_api.root.resource_for_path(route.path).add_method(
                route.method,
                integrations[route.function],
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
            # API Gateway looks for the template under this type, whatever the response's is.
            templates={"application/json": json.dumps(problem)},
        )
