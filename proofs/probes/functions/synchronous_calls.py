"""Lambda, called and waited for: errors, time, memory, layers, limits."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from proofs.probes.lambda_functions import SOURCE, make_mirror
from proofs.probes.probe import Probe
from proofs.probes.resources import make_function
from proofs.probes.target import Target

_MIB = 1024 * 1024


def call(target: Target, name: str, event: object, **settings: Any) -> tuple[str, Any]:
    """Return whether the function failed (``ok`` or AWS's ``FunctionError``), and its answer."""
    answer = target.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), **settings
    )
    return answer.get("FunctionError", "ok"), json.loads(answer["Payload"].read() or b"null")


def mirror(target: Target, **event: Any) -> tuple[str, Any]:
    """Call the run's mirror."""
    return call(target, target.once(make_mirror), event)


def name_error(target: Target) -> str:
    how, answer = mirror(target, do="fail", error="BusyError")
    fields = " ".join(sorted(set(answer) & {"errorMessage", "errorType", "stackTrace"}))
    return f"{how} {answer.get('errorType')}, with {fields}"


def name_exit(target: Target) -> str:
    how, answer = mirror(target, do="exit")
    return f"{how} {answer.get('errorType')}"


def name_import_error(target: Target) -> str:
    name = make_function(target, {"handler.py": "import not_there"})
    how, answer = call(target, name, {})
    return f"{how} {answer.get('errorType')}"


def end_in_time(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE}, Timeout=1)
    _, before = call(target, name, {})
    how, answer = call(target, name, {"do": "sleep", "seconds": 8})
    told = "timed out after 1.00 seconds" in str(answer.get("errorMessage"))
    _, after = call(target, name, {})
    fresh = "a new process" if after["process"] != before["process"] else "the same process"
    return f"{how} {answer.get('errorType')}{', told so' if told else ''}, then {fresh}"


def count_time(target: Target) -> str:
    _, (first, second) = mirror(target, do="left")
    return "counts down" if 8000 < first <= 10000 and 250 <= first - second < 5000 else "does not"


def tell_memory(target: Target) -> str:
    _, seen = mirror(target, variables=["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
    return f"{seen['memory']}, {seen['variables']['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']}"


def take_memory(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE}, MemorySize=128, Timeout=30)
    how, answer = call(target, name, {"do": "take", "bytes": 200 * _MIB})
    return f"{how} {answer.get('errorType')}" if how != "ok" else "ok"


def measure_disk(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE}, EphemeralStorage={"Size": 1024})
    _, found = call(target, name, {"do": "disk"})
    return "as declared" if 900 * _MIB <= found <= 1100 * _MIB else "another's"


def tell_variables(target: Target) -> str:
    _, seen = mirror(target, variables=["PROBE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION"])
    told = seen["variables"]
    named = told["AWS_LAMBDA_FUNCTION_NAME"] == target.once(make_mirror)
    where = told["AWS_REGION"] == target.region
    return f"{told['PROBE']}, own name {named}, region {where}"


def keep_warm(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE})
    seen = [call(target, name, {})[1] for _ in range(2)]
    call(target, name, {"do": "fail", "error": "DataError"})
    seen.append(call(target, name, {})[1])
    return "calls " + " ".join(str(one["calls"]) for one in seen)


def run_at_once(target: Target) -> str:
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(mirror, target, do="sleep", seconds=1) for _ in range(3)]
        answers = [future.result()[1] for future in asked]
    return f"{len({answer['process'] for answer in answers})} environments for 3"


def call_alias(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE})
    functions = target.client("lambda")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    _, seen = call(target, name, {}, Qualifier="live")
    return f"version {version}, called as {seen['arn'].rpartition(':')[2]}"


_ERRORS = "AWS Lambda Developer Guide: Lambda function errors in Python"
_RUN = "AWS Lambda Developer Guide: Understanding the Lambda execution environment lifecycle"
_MEMORY = "AWS Lambda Developer Guide: Configure Lambda function memory"
_VARIABLES = "AWS Lambda Developer Guide: Working with Lambda environment variables"
_ROWS = (
    (
        "A Python function's error is named by its class",
        "Unhandled BusyError, with errorMessage errorType stackTrace",
        _ERRORS,
        "cdk/training.py: retried and caught by name",
        name_error,
    ),
    (
        "A process that exits",
        "Unhandled Runtime.ExitError",
        _RUN,
        "cdk/training.py: tried once more",
        name_exit,
    ),
    (
        "A module that cannot be imported",
        "Unhandled Runtime.ImportModuleError",
        _ERRORS,
        "layers: a gap is seen at the first call",
        name_import_error,
    ),
    (
        "A function whose time is up",
        "Unhandled Sandbox.Timedout, told so, then a new process",
        "AWS Lambda Developer Guide: Troubleshoot invocation issues; Step Functions Developer "
        "Guide: Handling errors (Sandbox.Timedout)",
        "cdk/functions.py: timeouts",
        end_in_time,
    ),
    (
        "The time that is left",
        "counts down",
        "AWS Lambda Developer Guide: Using the Lambda context object to retrieve Python function "
        "information",
        "functions: what watches its own time",
        count_time,
    ),
    ("The memory that was declared is told", "256, 256", _VARIABLES, "runtime", tell_memory),
    (
        "A function that takes more memory than was declared",
        "Unhandled Runtime.ExitError",
        _MEMORY,
        "cdk/functions.py: memory; measured by the tests marked memory",
        take_memory,
    ),
    (
        "The disk that was declared, under /tmp",
        "as declared",
        "AWS Lambda Developer Guide: Configure ephemeral storage for Lambda functions",
        "cdk/functions.py: disk_mib",
        measure_disk,
    ),
    (
        "Environment variables are told",
        "é told, own name True, region True",
        _VARIABLES,
        "contracts/environment.py",
        tell_variables,
    ),
    (
        "An environment is used again, also after an error",
        "calls 1 2 4",
        _RUN,
        "functions: wired once a cold start; runtime/champions.py",
        keep_warm,
    ),
    (
        "Calls at once have environments of their own",
        "3 environments for 3",
        "AWS Lambda Developer Guide: Understanding Lambda function scaling",
        "storage: races are between processes",
        run_at_once,
    ),
    (
        "An alias is called as itself",
        "version 1, called as live",
        "AWS Lambda Developer Guide: Using Lambda function aliases",
        "cdk/functions.py: predict's alias",
        call_alias,
    ),
)
PROBES = tuple(
    Probe(name=name, service="Lambda", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
