"""Permission checks that AWS makes inside its services, by MiniStack's own policy evaluator.

MiniStack checks each call that comes over HTTP. It does four things internally without a check:

- S3 answers "not found" for a missing key to every caller that may read it; AWS does so only for
  callers that may list it (the key is then the condition's ``s3:prefix``), and answers "forbidden"
  otherwise.
- Lambda writes a function's log, which the function's role must allow on AWS.
- Lambda sends a dead-letter message when a function failed for good, which the role must allow too.
- Step Functions calls a function as the state machine's role.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import lambda_svc, s3, sqs, stepfunctions

logger = logging.getLogger("ministack")
Response = tuple[int, dict[str, str], bytes]
_machine_role: ContextVar[str | None] = ContextVar("machine_role", default=None)


def close_access_gaps() -> None:
    """Install the checks in MiniStack, which has no hooks for them."""
    s3._get_object = hide_missing_keys(s3._get_object)  # noqa: SLF001
    s3._head_object = hide_missing_keys(s3._head_object)  # noqa: SLF001
    lambda_svc._emit_lambda_logs = log_if_allowed(  # noqa: SLF001
        lambda_svc._emit_lambda_logs  # noqa: SLF001
    )
    lambda_svc._route_async_failure = send_failure_if_allowed(  # noqa: SLF001
        lambda_svc._route_async_failure  # noqa: SLF001
    )
    stepfunctions._run_execution = remember_role(stepfunctions._run_execution)  # noqa: SLF001
    stepfunctions._call_lambda = call_if_allowed(stepfunctions._call_lambda)  # noqa: SLF001


def may(role_arn: str, action: str, resource: str, policy: tuple[Any, Any] | None = None) -> bool:
    """Return whether a service that acts as the role may do this.

    ``policy`` is the resource's own policy and its owner's account.
    """
    account, name = get_account_id(), role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/service",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
    )
    policies = iam_evaluator._gather_role_policies(name, account)  # noqa: SLF001
    verdict = iam_evaluator.evaluate(context, policies)
    if policy is not None:
        verdict = iam_evaluator.combine_resource_policy(verdict, context, *policy)
    if verdict.decision == "Allow":
        return True
    logger.warning("refused: %s may not %s on %s", name, action, resource)
    return False


def hide_missing_keys(read: Callable[..., Response]) -> Callable[..., Response]:
    """Return ``read`` that responds with 403 for a missing key which the caller may not list."""

    def read_hidden(
        bucket: str, key: str, headers: dict[str, str] | None = None, query: Any = None
    ) -> Response:
        response = read(bucket, key, headers, query)
        caller = extract_access_key_id(headers or {}, query or {})
        if response[0] != 404 or not caller or s3._qp(query or {}, "versionId", ""):  # noqa: SLF001
            return response
        refusal = iam_evaluator.enforce(
            caller,
            "s3:ListBucket",
            "s3",
            get_region(),
            resource_arn=f"arn:aws:s3:::{bucket}",
            service_context={"s3:prefix": key},
        )
        if refusal is None:
            return response
        logger.warning("refused: %s may not s3:ListBucket on %s for %s", caller, bucket, key)
        path = f"/{bucket}/{key}"
        hidden: Response = s3._error("AccessDenied", "Access Denied", 403, path)  # noqa: SLF001
        return hidden

    return read_hidden


def log_if_allowed(emit: Callable[..., None]) -> Callable[..., None]:
    """Return ``emit`` that writes a function's log only if its role allows both steps."""

    def emit_allowed(function: dict[str, Any], *arguments: Any, **named: Any) -> None:
        config = function.get("config") or function
        configured = (config.get("LoggingConfig") or {}).get("LogGroup")
        group = configured or f"/aws/lambda/{config.get('FunctionName', '')}"
        stream = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:new"
        if all(
            may(config.get("Role", ""), action, stream)
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        ):
            emit(function, *arguments, **named)

    return emit_allowed


def send_failure_if_allowed(send: Callable[..., None]) -> Callable[..., None]:
    """Return ``send`` that puts a failed event into a queue only if the function's role may."""

    def send_allowed(target: str, name: str, event: Any, result: Any) -> None:
        role = lambda_svc._functions[name]["config"]["Role"]  # noqa: SLF001
        if ":sqs:" not in target or may(
            role, "sqs:SendMessage", target, sqs.queue_policy_for_arn(target)
        ):
            send(target, name, event, result)

    return send_allowed


def remember_role(run: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``run``, which runs an execution, with the machine's role kept for its tasks."""

    def run_as_role(execution: str) -> None:
        machine = stepfunctions._executions[execution]["stateMachineArn"]  # noqa: SLF001
        token = _machine_role.set(stepfunctions._state_machines[machine]["roleArn"])  # noqa: SLF001
        try:
            run(execution)
        finally:
            _machine_role.reset(token)

    return run_as_role


def call_if_allowed(call: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return ``call`` that fails as on AWS where the machine's role may not call the function."""

    def call_allowed(function: str, event: Any) -> Any:
        role = _machine_role.get()
        if role is None or may(role, "lambda:InvokeFunction", function):
            return call(function, event)
        raise stepfunctions._ExecutionError(  # noqa: SLF001
            "Lambda.AWSLambdaException",
            f"User: {role} is not authorized to perform: lambda:InvokeFunction on resource: "
            f"{function} (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)",
        )

    return call_allowed
