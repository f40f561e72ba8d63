"""What AWS's services ask IAM for and MiniStack does by itself, asked of MiniStack's own evaluator.

MiniStack checks each call that comes over HTTP. Four things it does from within, asking nobody:

- S3 says "not found" of a missing key to whoever may read it; AWS does so only to who may list it
  (the key is then the condition's ``s3:prefix``) and says "forbidden" else.
- Lambda's own writes of a function's log need the function's role to allow them.
- The letter that Lambda sends when a function failed for good, too.
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
Answer = tuple[int, dict[str, str], bytes]
_machine_role: ContextVar[str | None] = ContextVar("machine_role", default=None)


def close_access_gaps() -> None:
    """Put the checks in their places. MiniStack has no hooks for them."""
    s3._get_object = hiding_missing_keys(s3._get_object)  # noqa: SLF001
    s3._head_object = hiding_missing_keys(s3._head_object)  # noqa: SLF001
    lambda_svc._emit_lambda_logs = logging_if_allowed(  # noqa: SLF001
        lambda_svc._emit_lambda_logs  # noqa: SLF001
    )
    lambda_svc._route_async_failure = sending_letters_if_allowed(  # noqa: SLF001
        lambda_svc._route_async_failure  # noqa: SLF001
    )
    stepfunctions._run_execution = knowing_the_role(stepfunctions._run_execution)  # noqa: SLF001
    stepfunctions._call_lambda = calling_if_allowed(stepfunctions._call_lambda)  # noqa: SLF001


def may(role_arn: str, action: str, resource: str, policy: tuple[Any, Any] | None = None) -> bool:
    """Return whether a service that acts as the role may do this; ``policy`` is the resource's own
    and its owner's account."""
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
    found = iam_evaluator.evaluate(context, policies)
    if policy is not None:
        found = iam_evaluator.combine_resource_policy(found, context, *policy)
    if found.decision == "Allow":
        return True
    logger.warning("refused: %s may not %s on %s", name, action, resource)
    return False


def hiding_missing_keys(read: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return ``read`` that answers 403 for a missing key which the caller may not list."""

    def read_hidden(
        bucket: str, key: str, headers: dict[str, str] | None = None, query: Any = None
    ) -> Answer:
        answer = read(bucket, key, headers, query)
        caller = extract_access_key_id(headers or {}, query or {})
        if answer[0] != 404 or not caller or s3._qp(query or {}, "versionId", ""):  # noqa: SLF001
            return answer
        refusal = iam_evaluator.enforce(
            caller,
            "s3:ListBucket",
            "s3",
            get_region(),
            resource_arn=f"arn:aws:s3:::{bucket}",
            service_context={"s3:prefix": key},
        )
        if refusal is None:
            return answer
        logger.warning("refused: %s may not s3:ListBucket on %s for %s", caller, bucket, key)
        hidden: Answer = s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")  # noqa: SLF001
        return hidden

    return read_hidden


def logging_if_allowed(emit: Callable[..., None]) -> Callable[..., None]:
    """Return ``emit`` that writes a function's log only if its role allows both steps."""

    def emit_allowed(function: dict[str, Any], *arguments: Any, **named: Any) -> None:
        config = function.get("config") or function
        told = (config.get("LoggingConfig") or {}).get("LogGroup")
        group = told or f"/aws/lambda/{config.get('FunctionName', '')}"
        stream = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:new"
        if all(
            may(config.get("Role", ""), action, stream)
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        ):
            emit(function, *arguments, **named)

    return emit_allowed


def sending_letters_if_allowed(send: Callable[..., None]) -> Callable[..., None]:
    """Return ``send`` that puts a failed event into a queue only if the function's role may."""

    def send_allowed(target: str, name: str, event: Any, result: Any) -> None:
        role = lambda_svc._functions[name]["config"]["Role"]  # noqa: SLF001
        if ":sqs:" not in target or may(
            role, "sqs:SendMessage", target, sqs.queue_policy_for_arn(target)
        ):
            send(target, name, event, result)

    return send_allowed


def knowing_the_role(run: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``run``, which runs an execution, with the machine's role kept for its tasks."""

    def run_knowing(execution: str) -> None:
        machine = stepfunctions._executions[execution]["stateMachineArn"]  # noqa: SLF001
        token = _machine_role.set(stepfunctions._state_machines[machine]["roleArn"])  # noqa: SLF001
        try:
            run(execution)
        finally:
            _machine_role.reset(token)

    return run_knowing


def calling_if_allowed(call: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return ``call`` that fails as AWS's does where the machine's role may not call."""

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
