"""The state machine: states that read as a sentence, retried and caught by error name."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from cdk.doors import Doors
from cdk.stage import Stage
from dropcast.contracts.errors import DataError, DropcastError, TransientError

TASK_DOORS = ("Split", "Fit", "Evaluate", "Register")
SERVICE_ERRORS = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)


def list_error_names(kind: type[DropcastError]) -> list[str]:
    """Return the names of the errors of a kind: a Lambda's error name is its class name."""
    found = [kind.__name__]
    for child in kind.__subclasses__():
        found += list_error_names(child)
    return sorted(found)


class TrainingMachine(Construct):
    """Split rows -> Fit model -> Evaluate model -> Beats the gate? -> Register | Reject model."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, doors: Doors) -> None:
        super().__init__(scope, construct_id)
        self._doors = doors
        self._unusable = sfn.Fail(
            self,
            "Data cannot train a model",
            error_path="$.error.Error",
            cause_path="$.error.Cause",
        )
        self._failed = sfn.Fail(
            self, "Run failed", error_path="$.error.Error", cause_path="$.error.Cause"
        )
        split = self._make_task("Split rows", "Split")
        fit = self._make_task("Fit model", "Fit")
        evaluate = self._make_task("Evaluate model", "Evaluate")
        register = self._make_task("Register model", "Register", decision="register")
        reject = self._make_task("Reject model", "Register", decision="reject")
        gate = (
            sfn.Choice(self, "Beats the gate?")
            .when(sfn.Condition.boolean_equals("$.passed", True), register)
            .otherwise(reject)
        )
        self.log_group = logs.LogGroup(
            self,
            "Log",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            comment='Train a model. Start it by hand with {"dataset": "<name>"}',
            definition_body=sfn.DefinitionBody.from_chainable(
                split.next(fit).next(evaluate).next(gate)
            ),
            state_machine_type=sfn.StateMachineType.STANDARD,
            timeout=Duration.hours(2),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
        )

    def _make_task(
        self, state: str, door: str, *, decision: str | None = None
    ) -> tasks.LambdaInvoke:
        asked = {"decision": decision, "evaluated": sfn.JsonPath.object_at("$")}
        task = tasks.LambdaInvoke(
            self,
            state,
            lambda_function=self._doors.by_name[door],
            payload=sfn.TaskInput.from_object(asked) if decision else None,
            payload_response_only=True,
            retry_on_service_exceptions=False,
        )
        task.add_retry(
            errors=[*SERVICE_ERRORS, *list_error_names(TransientError)],
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_attempts=4,
            max_delay=Duration.seconds(30),
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_catch(self._unusable, errors=list_error_names(DataError), result_path="$.error")
        task.add_catch(self._failed, errors=["States.ALL"], result_path="$.error")
        return task
