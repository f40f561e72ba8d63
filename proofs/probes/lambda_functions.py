"""Lambda functions of probes, and the one whose event says what it does."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from proofs.probes.resources import Statement, allow, make_role
from proofs.probes.target import Target

Files = Mapping[str, str | bytes]
# It does what its event says and returns what it sees.
SOURCE = """
import os, shutil, time

CALLS = []


class BusyError(Exception):
    pass


class DataError(Exception):
    pass


def handle(event, context):
    CALLS.append(1)
    do = event.get("do", "describe")
    if do == "fail":
        raise {"BusyError": BusyError, "DataError": DataError}[event["error"]]("on purpose")
    if do == "exit":
        os._exit(3)
    if do == "take":
        return len(bytearray(b"x") * event["bytes"])
    if do == "return":
        return "x" * event["bytes"]
    if do == "sleep":
        started = time.time()
        time.sleep(event["seconds"])
        return {"started": started, "ended": time.time(), "process": os.getpid()}
    if do == "disk":
        return shutil.disk_usage("/tmp").total
    if do == "left":
        first = context.get_remaining_time_in_millis()
        time.sleep(0.3)
        return [first, context.get_remaining_time_in_millis()]
    if do == "read":
        import boto3
        try:
            found = boto3.client("s3").get_object(Bucket=event["bucket"], Key=event["key"])
        except Exception as error:
            return error.response["Error"]["Code"]
        return found["Body"].read().decode()
    if do == "import":
        return __import__(event["module"]).WHO
    return {
        "event": event,
        "calls": len(CALLS),
        "process": os.getpid(),
        "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn,
        "request": context.aws_request_id,
        "variables": {n: os.environ.get(n) for n in event.get("variables", [])},
    }
"""
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def zip_files(files: Files) -> bytes:
    """Return a zip archive of these files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as code:
        for name, content in files.items():
            code.writestr(name, content)
    return archive.getvalue()


def make_function(
    target: Target, files: Files | None = None, *, role: str | None = None, **settings: Any
) -> str:
    """Return the name of a new function that is ready to be called.

    ``files``  its code, with ``handle`` in ``handler.py``; :data:`SOURCE` if not given
    """
    functions, name = target.client("lambda"), target.name("function")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role or target.once(make_function_role),
        Handler="handler.handle",
        Code={"ZipFile": zip_files(files or {"handler.py": SOURCE})},
        **settings,
    )
    logs, group = target.client("logs"), f"/aws/lambda/{name}"
    target.remove_later(group, lambda: logs.delete_log_group(logGroupName=group))
    target.remove_later(name, lambda: functions.delete_function(FunctionName=name))

    def is_ready() -> bool | None:
        found = functions.get_function_configuration(FunctionName=name)
        return None if found.get("State") == "Pending" else True

    target.wait_for(is_ready)
    return name


def make_function_role(target: Target, *statements: Statement) -> str:
    """Return a role for functions that may write logs, and what the statements allow."""
    return make_role(target, {"Service": "lambda.amazonaws.com"}, allow(_LOGS, ["*"]), *statements)


def make_shared_function(target: Target) -> str:
    """Return the name of the function that all probes of a run share: 256 MiB, 10 seconds."""
    variables = {"PROBE": "é value"}
    return make_function(target, MemorySize=256, Timeout=10, Environment={"Variables": variables})


def publish_alias(target: Target, function: str) -> str:
    """Publish a version of a function behind the alias ``live``; return the version."""
    functions = target.client("lambda")
    version = functions.publish_version(FunctionName=function)["Version"]
    functions.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    return str(version)


def find_arn(target: Target, function: str) -> str:
    """Return a function's ARN."""
    return f"arn:aws:lambda:{target.region}:{target.account}:function:{function}"


def call(target: Target, function: str, event: object, **settings: Any) -> tuple[str, Any]:
    """Return whether a function failed (``ok`` or AWS's ``FunctionError``), and its result."""
    response = target.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(event).encode(), **settings
    )
    return response.get("FunctionError", "ok"), json.loads(response["Payload"].read() or b"null")


def call_shared(target: Target, **event: Any) -> tuple[str, Any]:
    """Call the shared function."""
    return call(target, target.once(make_shared_function), event)
