"""MiniStack with two gaps closed; run by MiniStack's own interpreter.

AWS names a failed Python function's error by its exception's class, and Step Functions retries and
catches by that name. MiniStack's worker tells only the message and the traceback and calls every
error ``Runtime.HandlerError``; here the class is read from the traceback's last entry.

AWS runs a rule's function as an asynchronous invocation: tried again, and at last a dead letter.
MiniStack runs it once and forgets a failure; here it takes MiniStack's own asynchronous way.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from ministack.app import main
from ministack.services import eventbridge, lambda_svc

UNNAMED = "Runtime.HandlerError"
Execute = Callable[[dict[str, Any], dict[str, Any], str], dict[str, Any]]


def find_error_name(log: str, message: str) -> str | None:
    """Return the class that the log's last traceback ends with; ``None`` if there is none.

    >>> find_error_name("Traceback ...\\npackage.errors.BusyError: try again", "try again")
    'BusyError'
    """
    text = log.rstrip()
    if not text.endswith(message.rstrip()):
        return None
    head = text[: len(text) - len(message.rstrip())].rstrip().removesuffix(":")
    name = head.rsplit("\n", 1)[-1].rsplit(".", 1)[-1]
    return name if name.isidentifier() else None


def with_error_names(execute: Execute) -> Execute:
    """Return ``execute`` with the error's class in the answer of a failed function."""

    def execute_named(function: dict[str, Any], event: dict[str, Any], request: str) -> Any:
        answer = execute(function, event, request)
        body = answer.get("body")
        if answer.get("error") and isinstance(body, dict) and body.get("errorType") == UNNAMED:
            name = find_error_name(answer.get("log") or "", str(body.get("errorMessage", "")))
            body["errorType"] = name or UNNAMED
        return answer

    return execute_named


def dispatch_with_retries(arn: str, payload: str) -> None:
    """Run a rule's function as Lambda runs an asynchronous invocation."""
    function, _, _ = lambda_svc._get_func_record_for_ref(arn)  # noqa: SLF001 - no public look-up
    if function:
        lambda_svc.invoke_async_with_retry(function, json.loads(payload))


if __name__ == "__main__":
    eventbridge._dispatch_to_lambda = dispatch_with_retries  # noqa: SLF001 - there is no public hook
    lambda_svc._execute_function_warm = with_error_names(  # noqa: SLF001 - there is no public hook
        lambda_svc._execute_function_warm  # noqa: SLF001
    )
    sys.exit(main())
