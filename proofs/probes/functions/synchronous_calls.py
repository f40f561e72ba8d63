"""Lambda, called synchronously: errors, time, memory and variables."""

from concurrent.futures import ThreadPoolExecutor

from proofs.probes.lambda_functions import (
    call,
    call_shared,
    make_function,
    make_shared_function,
    publish_alias,
)
from proofs.probes.probe import make_probes
from proofs.probes.target import Target

_MIB = 1024 * 1024


def _name_error(target: Target) -> str:
    how, error = call_shared(target, do="fail", error="BusyError")
    fields = " ".join(sorted(set(error) & {"errorMessage", "errorType", "stackTrace"}))
    return f"{how} {error.get('errorType')}, with {fields}"


def _name_exit(target: Target) -> str:
    how, error = call_shared(target, do="exit")
    return f"{how} {error.get('errorType')}"


def _name_import_error(target: Target) -> str:
    name = make_function(target, {"handler.py": "import not_there"})
    how, error = call(target, name, {})
    return f"{how} {error.get('errorType')}"


def _time_out(target: Target) -> str:
    name = make_function(target, Timeout=1)
    _, before = call(target, name, {})
    how, error = call(target, name, {"do": "sleep", "seconds": 8})
    message = "timed out after 1.00 seconds" in str(error.get("errorMessage"))
    _, after = call(target, name, {})
    fresh = "a new process" if after["process"] != before["process"] else "the same process"
    return f"{how} {error.get('errorType')}{', with the message' if message else ''}, then {fresh}"


def _read_remaining_time(target: Target) -> str:
    _, (first, second) = call_shared(target, do="left")
    return "counts down" if 8000 < first <= 10000 and 250 <= first - second < 5000 else "does not"


def _read_memory(target: Target) -> str:
    _, seen = call_shared(target, variables=["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
    return f"{seen['memory']}, {seen['variables']['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']}"


def _exceed_memory(target: Target) -> str:
    name = make_function(target, MemorySize=128, Timeout=30)
    how, result = call(target, name, {"do": "take", "bytes": 200 * _MIB})
    return f"{how} {result.get('errorType')}" if how != "ok" else "ok"


def _measure_disk(target: Target) -> str:
    name = make_function(target, EphemeralStorage={"Size": 1024})
    _, found = call(target, name, {"do": "disk"})
    return "as declared" if 900 * _MIB <= found <= 1100 * _MIB else "another's"


def _read_variables(target: Target) -> str:
    _, seen = call_shared(target, variables=["PROBE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION"])
    variables = seen["variables"]
    named = variables["AWS_LAMBDA_FUNCTION_NAME"] == target.once(make_shared_function)
    where = variables["AWS_REGION"] == target.region
    return f"{variables['PROBE']}, own name {named}, region {where}"


def _count_calls(target: Target) -> str:
    name = make_function(target)
    seen = [call(target, name, {})[1] for _ in range(2)]
    call(target, name, {"do": "fail", "error": "DataError"})
    seen.append(call(target, name, {})[1])
    return "calls " + " ".join(str(one["calls"]) for one in seen)


def _run_at_once(target: Target) -> str:
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(call_shared, target, do="sleep", seconds=1) for _ in range(3)]
        processes = {future.result()[1]["process"] for future in calls}
    return f"{len(processes)} environments for 3"


def _call_alias(target: Target) -> str:
    name = make_function(target)
    version = publish_alias(target, name)
    _, seen = call(target, name, {}, Qualifier="live")
    return f"version {version}, called as {seen['arn'].rpartition(':')[2]}"


_ERRORS = "AWS Lambda Developer Guide: Lambda function errors in Python"
_RUN = "AWS Lambda Developer Guide: Understanding the Lambda execution environment lifecycle"
_MEMORY = "AWS Lambda Developer Guide: Configure Lambda function memory"
_VARIABLES = "AWS Lambda Developer Guide: Working with Lambda environment variables"
PROBES = make_probes(
    "Lambda",
    (
        "A Python function's error is named by its class",
        "Unhandled BusyError, with errorMessage errorType stackTrace",
        _ERRORS,
        "cdk/training.py: retried and caught by name",
        _name_error,
    ),
    (
        "A process that exits",
        "Unhandled Runtime.ExitError",
        _RUN,
        "cdk/training.py: tried once more",
        _name_exit,
    ),
    (
        "A module that cannot be imported",
        "Unhandled Runtime.ImportModuleError",
        _ERRORS,
        "layers: a missing module shows at the first call",
        _name_import_error,
    ),
    (
        "A function that times out",
        "Unhandled Sandbox.Timedout, with the message, then a new process",
        "AWS Lambda Developer Guide: Troubleshoot invocation issues; Step Functions Developer "
        "Guide: Handling errors (Sandbox.Timedout)",
        "cdk/functions.py: timeouts",
        _time_out,
    ),
    (
        "The remaining time",
        "counts down",
        "AWS Lambda Developer Guide: Using the Lambda context object to retrieve Python function "
        "information",
        "functions that watch their own time",
        _read_remaining_time,
    ),
    ("A function sees its declared memory", "256, 256", _VARIABLES, "runtime", _read_memory),
    (
        "A function that takes more memory than was declared",
        "Unhandled Runtime.ExitError",
        _MEMORY,
        "cdk/functions.py: memory; measured by the tests marked memory",
        _exceed_memory,
    ),
    (
        "The declared size of /tmp",
        "as declared",
        "AWS Lambda Developer Guide: Configure ephemeral storage for Lambda functions",
        "cdk/functions.py: disk_mib",
        _measure_disk,
    ),
    (
        "A function sees its environment variables",
        "é value, own name True, region True",
        _VARIABLES,
        "contracts/environment.py",
        _read_variables,
    ),
    (
        "An environment is reused, also after an error",
        "calls 1 2 4",
        _RUN,
        "functions: dependencies are made once per cold start; runtime/champions.py",
        _count_calls,
    ),
    (
        "Concurrent calls have environments of their own",
        "3 environments for 3",
        "AWS Lambda Developer Guide: Understanding Lambda function scaling",
        "storage: races are between processes",
        _run_at_once,
    ),
    (
        "An alias is called as itself",
        "version 1, called as live",
        "AWS Lambda Developer Guide: Using Lambda function aliases",
        "cdk/functions.py: predict's alias",
        _call_alias,
    ),
)
