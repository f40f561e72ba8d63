"""The state machine: states that read as a sentence, retried and caught by error name."""

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from cdk.functions import FUNCTIONS, Functions
from cdk.stage import Stage
from dropcast.contracts.errors import DataError, DropcastError, TransientError

TASK_FUNCTIONS = ("Split", "Propose", "Trial", "Fit", "Evaluate", "Register")
SERVICE_ERRORS = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    # The function is being deployed.
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
)
# The process or its response was lost in mid-work. A lost host is replaced; too little memory or
# time does not, and fails again at the price of a step: once more, and no further.
LOST_ERRORS = ("Runtime.ExitError", "Lambda.Unknown", "States.Timeout")
# How much longer than its function a step waits.
PATIENCE_SECONDS = 60
TIMEOUTS = {spec.name: spec.timeout_seconds for spec in FUNCTIONS}
# What AWS documents for a state machine's log and its traces; neither knows a resource.
LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
TRACING = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)
CONCURRENT_TRIALS = 10
TIMEOUT_HOURS = 6


def list_error_names(kind: type[DropcastError]) -> list[str]:
    """Return the names of the errors of a kind: a Lambda's error name is its class name."""
    found = [kind.__name__]
    for child in kind.__subclasses__():
        found += list_error_names(child)
    return sorted(found)


class TrainingMachine(Construct):
    """The state machine of a training run.

    Split rows -> Propose trials -> More trials? -> Try candidates -> Propose trials ... ->
    Fit model -> Evaluate model -> Beats the gate? -> Register | Reject model.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, functions: Functions
    ) -> None:
        super().__init__(scope, construct_id)
        self._functions = functions
        self._unusable = sfn.Fail(
            self,
            "Data cannot train a model",
            error_path="$.error.Error",
            cause_path="$.error.Cause",
        )
        self._failed = sfn.Fail(
            self, "Run failed", error_path="$.error.Error", cause_path="$.error.Cause"
        )
        self.log_group = logs.LogGroup(
            self,
            "Log",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = self._make_role()
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            # The L2 would let it call every version of the functions too.
            role=self.role.without_policy_updates(),
            comment='Train a model. Start it by hand with {"dataset": "<name>"}',
            definition_body=sfn.DefinitionBody.from_chainable(self._chain_states()),
            state_machine_type=sfn.StateMachineType.STANDARD,
            timeout=Duration.hours(TIMEOUT_HOURS),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
        )

    def _make_role(self) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        functions = [self._functions.by_name[name].function_arn for name in TASK_FUNCTIONS]
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=functions)
        )
        role.add_to_policy(iam.PolicyStatement(actions=[*LOG_DELIVERY, *TRACING], resources=["*"]))
        return role

    def _chain_states(self) -> sfn.IChainable:
        propose = self._make_step("Propose trials", "Propose")
        searched = {
            "split": sfn.JsonPath.object_at("$.split"),
            "leaderboard_key": sfn.JsonPath.string_at("$.leaderboard_key"),
        }
        fit = self._make_step("Fit model", "Fit", payload=searched)
        fit.next(self._make_step("Evaluate model", "Evaluate")).next(self._make_gate())
        more = (
            sfn.Choice(self, "More trials?")
            .when(sfn.Condition.boolean_equals("$.ended", True), fit)
            .otherwise(self._make_trials().next(propose))
        )
        return self._make_step("Split rows", "Split").next(propose).next(more)

    def _make_trials(self) -> sfn.Map:
        """Return the map that fits a round's trials side by side.

        Whatever stops a trial becomes its outcome: the error's name without its cause, which may
        be longer than the input that Step Functions allows.
        """
        failed = sfn.Pass(
            self,
            "Trial failed",
            parameters={
                "number": sfn.JsonPath.number_at("$.trial.number"),
                "error": sfn.JsonPath.string_at("$.error.Error"),
            },
        )
        trial = self._make_task("Fit trial", "Trial", waits_for_capacity=True)
        trial.add_catch(failed, errors=["States.ALL"], result_path="$.error")
        trials = sfn.Map(
            self,
            "Try candidates",
            items_path="$.trials",
            item_selector={
                "split": sfn.JsonPath.object_at("$.split"),
                "trial": sfn.JsonPath.object_at("$$.Map.Item.Value"),
            },
            max_concurrency=CONCURRENT_TRIALS,
            result_path="$.outcomes",
        )
        trials.item_processor(trial)
        trials.add_catch(self._failed, errors=["States.ALL"], result_path="$.error")
        return trials

    def _make_gate(self) -> sfn.Choice:
        evaluated = sfn.JsonPath.object_at("$")
        register, reject = (
            self._make_step(
                f"{decision.capitalize()} model",
                "Register",
                payload={"decision": decision, "evaluated": evaluated},
            )
            for decision in ("register", "reject")
        )
        return (
            sfn.Choice(self, "Beats the gate?")
            .when(sfn.Condition.boolean_equals("$.passed", True), register)
            .otherwise(reject)
        )

    def _make_step(
        self, state: str, function: str, *, payload: Mapping[str, object] | None = None
    ) -> tasks.LambdaInvoke:
        """Return a task whose failure ends the run.

        The run ends under the error's own name where only other data can help.
        """
        task = self._make_task(state, function, payload=payload)
        task.add_catch(self._unusable, errors=list_error_names(DataError), result_path="$.error")
        task.add_catch(self._failed, errors=["States.ALL"], result_path="$.error")
        return task

    def _make_task(
        self,
        state: str,
        function: str,
        *,
        payload: Mapping[str, object] | None = None,
        waits_for_capacity: bool = False,
    ) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke(
            self,
            state,
            lambda_function=self._functions.by_name[function],
            payload=sfn.TaskInput.from_object(dict(payload)) if payload else None,
            payload_response_only=True,
            retry_on_service_exceptions=False,
            task_timeout=sfn.Timeout.duration(
                Duration.seconds(TIMEOUTS[function] + PATIENCE_SECONDS)
            ),
        )
        if waits_for_capacity:
            # An account may run fewer functions at once than a round has trials, each for minutes.
            task.add_retry(
                errors=["Lambda.TooManyRequestsException"],
                interval=Duration.seconds(10),
                backoff_rate=2,
                max_attempts=60,
                max_delay=Duration.seconds(60),
                jitter_strategy=sfn.JitterType.FULL,
            )
        task.add_retry(
            errors=[*SERVICE_ERRORS, *list_error_names(TransientError)],
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_attempts=4,
            max_delay=Duration.seconds(30),
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_retry(
            errors=[*LOST_ERRORS],
            interval=Duration.seconds(2),
            max_attempts=1,
            jitter_strategy=sfn.JitterType.FULL,
        )
        return task
