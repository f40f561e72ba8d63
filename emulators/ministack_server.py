"""MiniStack with its gaps to AWS closed; MiniStack's own interpreter runs it.

- AWS names a failed Python function's error by its exception's class, and Step Functions retries
  and catches by that name. MiniStack's worker reports only the message and the traceback, and calls
  every error ``Runtime.HandlerError``; here the class is read from the traceback's last entry.
- AWS runs a rule's function as an asynchronous invocation: it is tried again, and at last there is
  a dead-letter message. MiniStack runs it once and drops a failure; here the rule takes MiniStack's
  own asynchronous way.
- AWS passes the id of the caller's API key to the function. MiniStack checks the key and does not
  pass it on; here its id is in the event, where AWS has it.
- AWS keeps the process of a function that raised; MiniStack ends it, and the next call starts cold.
  Here the worker returns the error as a result, and the server turns it into an error again.
- S3 sends EventBridge the version of a new object; MiniStack does so in its other notifications
  alone.
- What MiniStack's services do internally is checked by IAM, as on AWS (``ministack_access``).
- The processes of all functions share the layers' files (``ministack_layers``).
- Where ``DROPCAST_CHAOS`` is set, faults can be requested (``emulators.faults``).
- Only the requested port is opened; MiniStack would open 443 too where it may.
"""

import json
import os
import sys
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import apigateway_v1, eventbridge, lambda_svc, s3

sys.path.append(str(Path(__file__).resolve().parents[1]))

from emulators import ministack_layers
from emulators.ministack_access import close_access_gaps

UNNAMED = "Runtime.HandlerError"
RAISED = "dropcast.raised"
ERROR_STATEMENT = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
RESULT_STATEMENT = (
    '{"status": "ok", "result": {"dropcast.raised": {"errorMessage": str(e), '
    '"errorType": type(e).__name__, "trace": traceback.format_exc()}}}'
)
Execute = Callable[[dict[str, Any], dict[str, Any], str], dict[str, Any]]


def keep_raising_worker(script: str) -> str:
    """Return the worker's script that returns a handler's exception as a result and runs on."""
    if script.count(ERROR_STATEMENT) != 1:
        raise LookupError("MiniStack's worker reports errors in another way; see its new version")
    return script.replace(ERROR_STATEMENT, RESULT_STATEMENT)


def find_error_name(log: str, message: str) -> str | None:
    r"""Return the class that the log's last traceback ends with; ``None`` if there is none.

    >>> find_error_name("Traceback ...\npackage.errors.BusyError: try again", "try again")
    'BusyError'
    """
    text = log.rstrip()
    if not text.endswith(message.rstrip()):
        return None
    head = text[: len(text) - len(message.rstrip())].rstrip().removesuffix(":")
    name = head.rsplit("\n", 1)[-1].rsplit(".", 1)[-1]
    return name if name.isidentifier() else None


def add_error_names(execute: Execute) -> Execute:
    """Return ``execute`` with the error's class in the result of a failed function."""

    def execute_named(function: dict[str, Any], event: dict[str, Any], request: str) -> Any:
        result = execute(function, event, request)
        body = result.get("body")
        if isinstance(body, dict) and body.keys() == {RAISED}:
            raised = body[RAISED]
            log = "\n".join(filter(None, [result.get("log"), raised.pop("trace")]))
            return {"body": raised, "error": True, "log": log}
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == UNNAMED:
            name = find_error_name(result.get("log") or "", str(body.get("errorMessage", "")))
            body["errorType"] = name or UNNAMED
        return result

    return execute_named


def dispatch_with_retries(arn: str, payload: str) -> None:
    """Run a rule's function as Lambda runs an asynchronous invocation."""
    function, _, _ = lambda_svc._get_func_record_for_ref(arn)  # noqa: SLF001 - no public look-up
    if function:
        lambda_svc.invoke_async_with_retry(function, json.loads(payload))


def add_key_ids(
    build: Callable[..., dict[str, Any]], find_key: Callable[[Any], dict[str, Any] | None]
) -> Callable[..., dict[str, Any]]:
    """Return ``build`` with the caller's API key in the event.

    ``find_key`` returns the key of the request's headers, the seventh argument of ``build``.
    """

    def build_named(*arguments: Any, **named: Any) -> dict[str, Any]:
        event = build(*arguments, **named)
        key = find_key(arguments[6])
        if key is not None:
            event["requestContext"]["identity"] |= {"apiKeyId": key["id"], "apiKey": key["value"]}
        return event

    return build_named


_version: ContextVar[str | None] = ContextVar("version", default=None)


def remember_version(fire: Callable[..., None]) -> Callable[..., None]:
    """Return ``fire``, which sends an object's events, with ``version_id`` kept for its callees."""

    def fire_remembering(*arguments: Any, **named: Any) -> None:
        token = _version.set(named.get("version_id"))
        try:
            fire(*arguments, **named)
        finally:
            _version.reset(token)

    return fire_remembering


def add_version_ids(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``dispatch`` with the object's version in the event of a versioned bucket."""

    def dispatch_named(event: dict[str, Any], *rest: Any) -> Any:
        version = _version.get()
        if version is not None and event["Source"] == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event, *rest)

    return dispatch_named


if __name__ == "__main__":
    close_access_gaps()
    ministack_layers.install()
    lambda_runtime._PYTHON_WORKER_SCRIPT = keep_raising_worker(  # noqa: SLF001 - there is no hook
        lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001
    )
    s3._fire_s3_event = remember_version(s3._fire_s3_event)  # noqa: SLF001 - there is no hook
    eventbridge._dispatch_event = add_version_ids(  # noqa: SLF001 - there is no public hook
        eventbridge._dispatch_event  # noqa: SLF001
    )
    app._port_is_bindable = lambda _host, _port: False  # noqa: SLF001 - there is no public hook
    eventbridge._dispatch_to_lambda = dispatch_with_retries  # noqa: SLF001 - there is no public hook
    lambda_svc._execute_function_warm = add_error_names(  # noqa: SLF001 - there is no public hook
        lambda_svc._execute_function_warm  # noqa: SLF001
    )
    apigateway_v1._build_lambda_event_v1 = add_key_ids(  # noqa: SLF001 - there is no public hook
        apigateway_v1._build_lambda_event_v1,  # noqa: SLF001
        lambda headers: apigateway_v1._resolve_api_key(  # noqa: SLF001
            apigateway_v1._api_key_from_request(headers)  # noqa: SLF001
        ),
    )
    if os.environ.get("DROPCAST_CHAOS"):
        from emulators.faults import control  # its hooks wrap those above

        control.install()
    sys.exit(app.main())
