"""The function that probes call: it does what its event asks for and tells what it sees."""

from proofs.probes.resources import make_function
from proofs.probes.target import Target

SOURCE = """
import os, shutil, time

CALLS = []


class BusyError(Exception):
    pass


class DataError(Exception):
    pass


def handle(event, context):
    CALLS.append(1)
    do = event.get("do", "mirror")
    if do == "fail":
        raise {"BusyError": BusyError, "DataError": DataError}[event["error"]]("on purpose")
    if do == "exit":
        os._exit(3)
    if do == "take":
        return len(bytearray(b"x") * event["bytes"])
    if do == "answer":
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
            answer = boto3.client("s3").get_object(Bucket=event["bucket"], Key=event["key"])
        except Exception as error:
            return error.response["Error"]["Code"]
        return answer["Body"].read().decode()
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


def make_mirror(target: Target) -> str:
    """Return the run's mirror, by its name: 256 MiB, 10 seconds."""
    return make_function(
        target,
        {"handler.py": SOURCE},
        MemorySize=256,
        Timeout=10,
        Environment={"Variables": {"PROBE": "é told"}},
    )
